// Bundles the engine for npm: `node build.mjs FOLDER`. The data stay a file of their own.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

await build({
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  entryPoints: ["index.js"],
  bundle: true,
  minify: true,
  preserveSymlinks: true,
  external: ["./data.json"],
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  supported: { "import-attributes": true },
  charset: "ascii",
  legalComments: "none",
  outfile: join(resolve(process.argv[2]), "index.js"),
});
