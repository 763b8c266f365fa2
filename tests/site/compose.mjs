// Composes cases with the page's composer: a catalog's path as argument, one case a line in, one result a line out.
// A line is {"requests": [...], "choice": {...}, "full": bool}; a result is the SHA-256 of all that is composed, or all.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { canonical } from "../../composer/src/canonical.js";
import { compose } from "../../composer/src/compose.js";
import { Catalog } from "../../composer/src/model.js";

const catalog = new Catalog(JSON.parse(readFileSync(process.argv[2], "utf8")));

function run({ requests, choice, full }) {
  let whole;
  try {
    const result = compose(catalog, requests, choice);
    whole = canonical({
      policy: result.policy,
      trust: result.trust,
      caller: result.caller,
      addons: Object.fromEntries(result.addons),
      placeholders: result.placeholders,
      findings: result.findings,
      reasons: ["policy", "trust", "caller"].map((part) => result[part].statements.map((item) => item.reasons)),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    whole = canonical({ error: error.message });
  }
  return full ? whole : createHash("sha256").update(whole).digest("hex");
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(run(JSON.parse(line)))}\n`);
}
