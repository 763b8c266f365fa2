// Answers what the tests ask of the composer's modules: one JSON line {code, argument} in, one JSON line out.

const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");

const [, , bundle, catalog] = process.argv;
globalThis.fetch = async (file) => ({ json: async () => JSON.parse(readFileSync(file, "utf8")) });
require(bundle);

async function serve() {
  await globalThis.useCatalog(catalog);
  for await (const line of createInterface({ input: process.stdin })) {
    const { code, argument } = JSON.parse(line);
    let answer;
    try {
      answer = { value: (await (0, eval)(code)(argument)) ?? null };
    } catch (error) {
      answer = { error: String(error.stack) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

serve();
