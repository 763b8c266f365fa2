// Runs the page's engine on cases from standard input, one JSON value a line, and prints what it makes of each, one a line.
// The first line names the catalog. A case: name, text, operation, values, and what is wanted of it (want):
//   read: requests and notices; all: what `run` gives and the text in every format; time: seconds of processor time.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { Catalog } from "../../scripts/composer/catalog.js";
import { Partial, Unknown } from "../../scripts/composer/engine/partial.js";
import { NothingToCompose } from "../../scripts/composer/errors.js";
import { AmbiguousOperation } from "../../scripts/composer/inputs/api.js";
import { readTexts } from "../../scripts/composer/inputs/reader.js";
import { parseYaml } from "../../scripts/composer/inputs/yaml.js";
import { PARTS, composeReading, write } from "../../scripts/composer/session.js";

/** A value as JSON can hold it: numbers as they were written, parts that are not known by name. */
function plain(value) {
  if (value instanceof Partial) {
    return { parts: value.parts.map((part) => (part instanceof Unknown ? { name: part.name, like: part.standsFor } : part)) };
  }
  if (value instanceof Number || typeof value === "bigint" || typeof value === "number") return { number: String(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function readCase(catalog, { name, text, operation = "", values = {} }) {
  try {
    const found = readTexts(catalog, [{ name, text }], { operation, values, parseYaml });
    const requests = found.requests.map((request) => ({
      operation: request.operation,
      members: plain(request.members),
      label: request.label,
      byService: request.byService ?? false,
    }));
    const unknown = Object.fromEntries(found.unknown);
    return { requests, notices: found.notices, facts: found.facts, unknown, given: plain(found.given) };
  } catch (error) {
    if (!(error instanceof AmbiguousOperation)) throw error;
    return { question: error.message, candidates: error.candidates };
  }
}

function runCase(catalog, { name, text, operation = "", values = {} }) {
  let result;
  try {
    result = composeReading(catalog, readTexts(catalog, [{ name, text }], { operation, values, parseYaml }), { values });
  } catch (error) {
    if (!(error instanceof AmbiguousOperation || error instanceof NothingToCompose)) throw error;
    return { error: error.message, candidates: error.candidates ?? [] };
  }
  const texts = {};
  for (const format of ["json", "cloudformation", "terraform", "cli"]) {
    try {
      texts[format] = write(result, PARTS, format).text;
    } catch (error) {
      texts[format] = error.message;
    }
  }
  return { texts, notices: result.notices };
}

function timed(catalog, item) {
  let best = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const start = process.cpuUsage();
    readCase(catalog, item);
    const used = process.cpuUsage(start);
    best = Math.min(best, (used.user + used.system) / 1e6);
  }
  return best;
}

const WANTED = { read: readCase, all: runCase, time: timed };

let catalog = null;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (!line) continue;
  const item = JSON.parse(line);
  if (!catalog) {
    catalog = new Catalog(JSON.parse(readFileSync(item.catalog, "utf8")));
    continue;
  }
  let answer;
  try {
    answer = WANTED[item.want ?? "read"](catalog, item);
  } catch (error) {
    answer = { crash: `${error.name}: ${error.message}`, stack: error.stack };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
