// Bundles the page's script: `node build.mjs [FOLDER]`. The worker's script is in it, as the text of a blob.

import { rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "..", "..", "docs", "assets", "composer"));
const common = { absWorkingDir: here, bundle: true, minify: true, format: "esm", target: "es2022", charset: "ascii", legalComments: "none" };

rmSync(folder, { recursive: true, force: true });
const { outputFiles } = await build({ ...common, entryPoints: ["worker.js"], write: false });
await build({ ...common, entryPoints: ["main.js"], define: { WORKER: JSON.stringify(outputFiles[0].text) }, outfile: join(folder, "composer.js") });
