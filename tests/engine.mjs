// Answers calls, one a line, with the engine in a folder: `node engine.mjs FOLDER snapshot|archive`.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

import { start } from "../scripts/web/engine.js";

const [folder, way] = process.argv.slice(2);
const read = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const from = (name) => import(pathToFileURL(`${folder}/${name}`));
const answer = await start({
  loadPyodide: (await from("pyodide.mjs")).loadPyodide,
  create: (await from("pyodide.asm.mjs")).default,
  folder: `${folder}/`,
  nothing: `${folder}/nothing.zip`,
  snapshot: async () => {
    if (way !== "snapshot") throw new Error("not wanted");
    return new Uint8Array(gunzipSync(read("snapshot.bin")));
  },
  archive: async () => {
    if (way !== "archive") throw new Error("the snapshot could not be used");
    return read("engine.zip");
  },
  late: (name) => readFileSync(`${folder}/${name}`, "utf8"),
});
for await (const line of createInterface({ input: process.stdin })) console.log(answer(line));
