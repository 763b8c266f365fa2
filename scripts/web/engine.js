// Starts the package in Pyodide: out of its snapshot, or where that does not fit this runtime, out of its archive.
// The names with an underscore are not part of Pyodide's documented interface: they stand here only, and its version is
// pinned.

/** What tells Pyodide that it has no packages of its own to load. */
const LOCK = { info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten", python: "3.14.2", version: "314.0.7" }, packages: {} };
/** The shortest range of memory that is worth its place in the list of those that a snapshot lacks. */
const SHORTEST = 64;
/** How many bytes of a snapshot are packed in one way. */
const PAGE = 4096;
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

/**
 * The snapshot of a file, and the ranges of memory that it lacks. The file begins with a head of numbers: how many ranges, how
 * many pages are by planes, two free ones, then the ends of the ranges and the numbers of the pages.
 */
function unpacked(bytes) {
  const [ranges, pages] = new Uint32Array(bytes.buffer, bytes.byteOffset, 4);
  const numbers = new Uint32Array(bytes.buffer, bytes.byteOffset + 16, 2 * ranges + pages);
  const snapshot = bytes.subarray(16 + Math.ceil(numbers.length / 4) * 16);
  const page = new Uint8Array(PAGE);
  for (const at of numbers.subarray(2 * ranges)) {
    page.set(snapshot.subarray(at * PAGE, (at + 1) * PAGE));
    for (let index = 0; index < PAGE; index += 1) snapshot[at * PAGE + index] = page[(index & 3) * (PAGE / 4) + (index >> 2)];
  }
  return { snapshot, ranges: Array.from({ length: ranges }, (_, index) => numbers.subarray(2 * index, 2 * index + 2)) };
}

/**
 * The file of a snapshot: without what memory has from the program itself, and with those pages by planes, the first byte of
 * each word before the second of each, that are smaller so.
 *
 * @param {{at: number, bytes: Uint8Array}[]} segments what the program puts into memory
 * @param {(bytes: Uint8Array) => number} sizeOf how large some bytes are when compressed
 */
export function packedSnapshot(snapshot, segments, sizeOf) {
  const [, offset] = new Uint32Array(snapshot.buffer, snapshot.byteOffset, 2);
  const rest = snapshot.slice();
  const ends = [];
  for (const { at, bytes } of segments) {
    for (let from = 0; from < bytes.length; from += 1) {
      let to = from;
      while (to < bytes.length && bytes[to] === snapshot[offset + at + to]) to += 1;
      if (to - from < SHORTEST) continue;
      rest.fill(0, offset + at + from, offset + at + to);
      ends.push(at + from, at + to);
      from = to;
    }
  }
  const pages = [];
  const planes = new Uint8Array(PAGE);
  for (let at = 0; (at + 1) * PAGE <= rest.length; at += 1) {
    const page = rest.subarray(at * PAGE, (at + 1) * PAGE);
    if (page.every((byte) => byte === 0)) continue;
    for (let index = 0; index < PAGE; index += 1) planes[(index & 3) * (PAGE / 4) + (index >> 2)] = page[index];
    if (sizeOf(planes) + 8 >= sizeOf(page)) continue;
    page.set(planes);
    pages.push(at);
  }
  const numbers = [ends.length / 2, pages.length, 0, 0, ...ends, ...pages];
  const head = new Uint32Array(Math.ceil(numbers.length / 4) * 4);
  head.set(numbers);
  const file = new Uint8Array(head.byteLength + rest.length);
  file.set(new Uint8Array(head.buffer));
  file.set(rest, head.byteLength);
  return file;
}

/** What a program in WebAssembly puts into memory when it starts: places and bytes (its section of data). */
export function segmentsOf(program) {
  let place = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = program[place++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const segments = [];
  while (place < program.length) {
    const section = program[place++];
    const end = number() + place;
    if (section !== 11) {
      place = end;
      continue;
    }
    for (let left = number(); left > 0; left -= 1) {
      // Kind 0 with `i32.const PLACE end`: no other has its place in the program.
      const isPlaced = number() === 0 && program[place++] === 0x41;
      if (!isPlaced) return segments;
      const at = number();
      place += 1;
      const length = number();
      segments.push({ at, bytes: program.subarray(place, place + length) });
      place += length;
    }
  }
  return segments;
}

/** Puts the package's archive into Pyodide, and begins it. */
async function begin(pyodide, archive) {
  pyodide.FS.writeFile("/engine.zip", archive);
  pyodide.runPython('import sys; sys.path.insert(0, "/engine.zip"); from engine_boot import answer, files, prepare');
  return pyodide;
}

/** Pyodide's module with so much memory that a snapshot fits; the snapshot then takes the place of all of it. */
async function withRoom(create, settings, { snapshot, ranges }) {
  const module = await create(settings);
  const size = snapshot.length;
  // What is in the memory of every such module is not in the file.
  const [, offset] = new Uint32Array(snapshot.buffer, snapshot.byteOffset, 2);
  for (const [from, to] of ranges) snapshot.set(module.HEAPU8.subarray(from, to), offset + from);
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
    const packed = unpacked(await snapshot());
    const createPyodideModule = (settings) => withRoom(create, settings, packed);
    pyodide = await load({ loadPyodide, folder, createPyodideModule, _loadSnapshot: packed.snapshot, stdLibURL: nothing });
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
