// Starts the package in Pyodide: out of its snapshot, or where that does not fit this runtime, out of its archive.
// The names with an underscore are not part of Pyodide's documented interface: they stand here only, and its version is
// pinned.

/** What tells Pyodide that it has no packages of its own to load. */
const LOCK = { info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten", python: "3.14.2", version: "314.0.7" }, packages: {} };
const ENVIRONMENT = { HOME: "/", LANG: "C.UTF-8", PYTHONHASHSEED: "0", TZ: "UTC" };

/** Pyodide, with what it says on its outputs passed over. */
function load({ loadPyodide, folder, ...options }) {
  const nothing = () => {};
  return loadPyodide({
    indexURL: folder,
    lockFileContents: structuredClone(LOCK),
    packageBaseUrl: folder,
    env: { ...ENVIRONMENT },
    stdin: () => null,
    stdout: nothing,
    stderr: nothing,
    ...options,
  });
}

/** Puts the package's archive into Pyodide, and begins it. */
async function begin(pyodide, archive) {
  pyodide.FS.writeFile("/engine.zip", archive);
  pyodide.runPython('import sys; sys.path.insert(0, "/engine.zip"); from engine_boot import answer, files, prepare');
  return pyodide;
}

/** Pyodide's module with so much memory that a snapshot fits; the snapshot then takes the place of all of it. */
async function withRoom(create, settings, size) {
  const module = await create(settings);
  const begin = module.HEAP8.length;
  while (module.HEAP8.length < size && module._malloc(size - begin)); // each takes what is free
  module.HEAP8.fill(0, begin);
  return module;
}

/**
 * What answers calls: takes and gives JSON.
 *
 * @param {Function} loadPyodide the runtime's loader; create makes its module
 * @param {string} folder where its files are: an address, or in Node a path, with a final slash
 * @param {string} nothing where an archive without files is, in the place of the standard library, which the snapshot has
 * @param {() => Promise<Uint8Array>} snapshot gives the snapshot
 * @param {() => Promise<Uint8Array>} archive gives the archive, where the snapshot cannot be used
 * @param {(name: string) => string} late gives at once the text of a file that few calls need, "" if it cannot be had
 */
export async function start({ loadPyodide, create, folder, nothing, snapshot, archive, late }) {
  let pyodide = null;
  try {
    const bytes = await snapshot();
    const createPyodideModule = (settings) => withRoom(create, settings, bytes.length);
    pyodide = await load({ loadPyodide, folder, createPyodideModule, _loadSnapshot: bytes, stdLibURL: nothing });
  } catch {
    pyodide = await begin(await load({ loadPyodide, folder, createPyodideModule: create }), await archive());
  }
  pyodide.globals.get("files").read = late;
  return pyodide.globals.get("answer");
}

/** An archive with its modules compiled by a program in Python. */
export async function packed({ loadPyodide, folder, source, program }) {
  const pyodide = await load({ loadPyodide, folder });
  pyodide.FS.writeFile("/source.zip", source);
  pyodide.runPython(program);
  return pyodide.FS.readFile("/engine.zip");
}

/** The bytes of a snapshot in which some calls were answered, and what was answered. */
export async function snapshotOf({ loadPyodide, folder, archive, calls }) {
  const pyodide = await begin(await load({ loadPyodide, folder, _makeSnapshot: true }), archive);
  const answers = pyodide.runPython("prepare")(pyodide.toPy(calls)).toJs();
  return { snapshot: pyodide.makeMemorySnapshot(), answers };
}
