// Bundles the composer for the page: `node build.mjs [FOLDER]`. The YAML reader is a file of its own, loaded when needed.

import { copyFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "..", "..", "docs", "assets", "composer"));

rmSync(folder, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: ["page/main.js"],
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  entryNames: "composer",
  chunkNames: "composer-[name]-[hash]",
  outdir: folder,
});
copyFileSync(join(here, "NOTICE.txt"), join(folder, "NOTICE.txt"));
