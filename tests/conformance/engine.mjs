// What the page's engine makes of a case, in the form in which answers.py gives what the Python engine makes of it.
// As a program: cases from standard input, one JSON value a line, each with what is wanted of it (a name of WANTED), and one
// line of JSON for each answer.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { compact } from "../../scripts/composer/canonical.js";
import { writeCompanions } from "../../scripts/composer/companions.js";
import { Catalog } from "../../scripts/composer/catalog.js";
import { byCodePoint } from "../../scripts/composer/comparison.js";
import { Partial, Unknown } from "../../scripts/composer/engine/partial.js";
import { AmbiguousOperation, InvalidValue, NothingToCompose, SeveralRoles, UnknownName, Unwritable } from "../../scripts/composer/errors.js";
import { readMessages } from "../../scripts/composer/inputs/messages.js";
import { readTexts } from "../../scripts/composer/inputs/reading.js";
import { parseYaml } from "../../scripts/composer/inputs/yaml_text.js";
import { PARTS, composeReading, placeholdersOf, write } from "../../scripts/composer/session.js";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

const compiled = (name) => JSON.parse(readFileSync(file(`../../build/compiled/${name}.json`), "utf8"));

export const catalog = new Catalog(compiled("index"), compiled("late"), compiled);

export function reading({ inputs = [], operation = "", choice = {} }) {
  if (operation && !inputs.length) return placeholdersOf(operation);
  const texts = inputs.map((item) =>
    item.file ? { name: item.file, text: readFileSync(file(`../inputs/${item.file}`), "utf8") } : item,
  );
  return readTexts(catalog, texts, { operation, values: choice.values ?? {}, parseYaml });
}

function read(item) {
  try {
    return readAs(reading(item));
  } catch (error) {
    if (!(error instanceof AmbiguousOperation)) throw error;
    return { error: error.message, known: error.candidates };
  }
}

/** All that the engine makes of a case, as answers.py's whole(). */
export function whole(item) {
  let read;
  let result;
  try {
    read = reading(item);
    const { show_values: showValues, ...choice } = item.choice ?? {};
    result = composeReading(catalog, read, { ...choice, showValues });
  } catch (error) {
    if (error instanceof AmbiguousOperation) return { error: error.message, known: error.candidates, notices: [] };
    if (![UnknownName, InvalidValue, NothingToCompose].some((kind) => error instanceof kind)) throw error;
    const cut = (line) => (item.places ? line.split(":").slice(0, 3).join(":") : line);
    return { error: error.message, known: error.known ?? [], notices: lines(read.notices).map(cut) };
  }
  const documents = write(result, PARTS, "json", true);
  const parts = item.parts ?? PARTS;
  const forms = ["json", "cloudformation", "terraform", "cli"];
  return {
    roles: JSON.parse(documents.text).roles,
    placeholders: documents.placeholders,
    notices: lines([...result.notices, ...documents.notices]),
    texts: Object.fromEntries(forms.map((form) => [form, text(result, parts, form)])),
    companions: companionsOf(result, forms, item.owner),
    details: { reading: readAs(read), roles: result.roles.map(({ composition }) => detailsOf(composition)) },
  };
}

/** The answer with digests in place of texts and details, as the committed cases have it. */
export function short(answer) {
  if (!answer.texts) return answer;
  const texts = Object.entries(answer.texts).map(([form, text]) => [form, digest(text)]);
  const [companions, details] = [digest(answer.companions), digest(answer.details)];
  return { ...answer, texts: Object.fromEntries(texts), companions, details };
}

export function digest(value) {
  return createHash("sha256").update(stable(value)).digest("hex").slice(0, 16);
}

/** JSON with sorted keys, without white space, ASCII only. */
function stable(value) {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (value === null || typeof value !== "object" || value instanceof String) return compact(value);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort(byCodePoint);
  return `{${keys.map((key) => `${compact(key)}:${stable(value[key])}`).join(",")}}`;
}

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

function readAs(reading) {
  return {
    requests: reading.requests.map((request) => ({
      operation: request.operation,
      members: plain(request.members),
      label: request.label,
      byService: request.byService ?? false,
    })),
    notices: lines(reading.notices),
    facts: reading.facts,
    unknown: Object.fromEntries(reading.unknown),
    given: plain(reading.given),
  };
}

function lines(notices) {
  return notices.map(({ kind, where, message }) => `${kind}: ${where}: ${message}`);
}

function text(result, parts, form) {
  try {
    return write(result, parts, form, result.roles.length > 1 && form === "json").text;
  } catch (error) {
    if (!(error instanceof Unwritable || error instanceof SeveralRoles)) throw error;
    return { error: error.message };
  }
}

/** What else must allow what the roles do, as answers.py's _companions(). */
function companionsOf(result, forms, owner) {
  const written = (part, form, options) => {
    try {
      const { text: whole, placeholders, notices } = writeCompanions(catalog, result, part, form, options);
      return [whole, placeholders, lines(notices)];
    } catch (error) {
      if (!(error instanceof Unwritable)) throw error;
      return { error: error.message };
    }
  };
  const all = forms.map((form) => [form, written("companions", form, { owner })]);
  const apart = ["delegation", "organization", "endpoint-policies"].map((part) => [part, written(part, "json", { each: true })]);
  return Object.fromEntries([...all, ...apart]);
}

function detailsOf(composition) {
  return {
    account: composition.account,
    addons: composition.addons,
    findings: composition.findings,
    placeholders: composition.placeholders,
    reasons: PARTS.map((part) => composition[part].statements.map((statement) => statement.reasons)),
  };
}

/** Seconds of processor time that reading inputs, or a message, takes, the least of three times. */
function time(item) {
  let best = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const start = process.cpuUsage();
    if (item.message === undefined) read(item);
    else readMessages(catalog, item.message);
    const used = process.cpuUsage(start);
    best = Math.min(best, (used.user + used.system) / 1e6);
  }
  return best;
}

function digested(item) {
  const answer = whole(item);
  return { digest: digest(answer), notices: answer.notices };
}

const WANTED = { read, whole, digested, time };

async function main() {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (!line) continue;
    const [wanted, item] = JSON.parse(line);
    let answer;
    try {
      answer = WANTED[wanted](item);
    } catch (error) {
      answer = { crash: `${error.name}: ${error.message}`, stack: error.stack };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

if (process.argv[1] === file("engine.mjs")) await main();
