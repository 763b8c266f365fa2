// Writes the engine's archive and snapshot: `node snapshot.mjs SOURCE RUNTIME CALLS FOLDER`, the same bytes at any time
// and place.

import crypto from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";

import { packed, packedSnapshot, segmentsOf, snapshotOf } from "./engine.js";

const [source, runtime, calls, folder] = process.argv.slice(2);

// What Python would take of this process: its arguments and names, chance, time, and the place on earth.
process.argv.splice(1, Infinity, "engine");
process.env.TZ = "UTC";
crypto.randomFillSync = (view) => view.fill(7);
Object.getPrototypeOf(globalThis.crypto).getRandomValues = (view) => view.fill(7);
Date.now = () => 1767225600000;
performance.now = () => 0;

const read = (file) => new Uint8Array(readFileSync(file));

try {
  const { loadPyodide } = await import(pathToFileURL(`${runtime}/pyodide.mjs`));
  const given = { loadPyodide, folder: `${runtime}/` };
  const archive = await packed({ ...given, source: read(source), program: readFileSync(new URL("pack.py", import.meta.url), "utf8") });
  const asked = JSON.parse(readFileSync(calls, "utf8"));
  const { snapshot, answers } = await snapshotOf({ ...given, archive, calls: asked });
  const refused = answers.findIndex((answer) => !("answer" in JSON.parse(answer)));
  if (refused >= 0) throw new Error(`${asked[refused]}: ${answers[refused]}`);
  writeFileSync(`${folder}/engine.zip`, archive);
  const segments = segmentsOf(read(`${runtime}/pyodide.asm.wasm`));
  writeFileSync(`${folder}/snapshot.bin`, packedSnapshot(snapshot, segments, (bytes) => deflateRawSync(bytes).length));
} catch (error) {
  console.error(error.message); // not the stack, which shows the runtime's longest lines
  process.exit(1);
}
