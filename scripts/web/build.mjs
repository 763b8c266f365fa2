// Bundles the page's script, and what it loads later: `node build.mjs [FOLDER]`. The worker's script is in it, as the text of a blob.
// Makes the assets of a built site small: `node build.mjs small FOLDER`.

import { readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const common = { absWorkingDir: here, minify: true, target: "es2022", charset: "ascii", legalComments: "none" };
const [what, given] = process.argv.slice(2);

if (what === "small") {
  const folder = resolve(given);
  const names = readdirSync(folder).filter((name) => /\.(css|js)$/.test(name));
  await build({ ...common, entryPoints: names.map((name) => join(folder, name)), outdir: folder, allowOverwrite: true });
} else {
  const folder = resolve(what ?? join(here, "..", "..", "docs", "assets", "composer"));
  const bundled = { ...common, bundle: true, format: "esm" };
  rmSync(folder, { recursive: true, force: true });
  const { outputFiles } = await build({ ...bundled, entryPoints: ["worker.js"], write: false });
  const define = { WORKER: JSON.stringify(outputFiles[0].text) };
  await build({ ...bundled, entryPoints: { composer: "main.js", later: "later.js" }, define, outdir: folder });
}
