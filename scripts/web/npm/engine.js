// The package itself in Node, in Pyodide: the same answers as the wheel's.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { loadPyodide } from "pyodide";
import create from "pyodide/pyodide.asm.mjs";

import * as errors from "./errors.js";
import { start } from "./start.js";

export * from "./errors.js";

const here = dirname(fileURLToPath(import.meta.url));
const read = async (name) => new Uint8Array(await readFile(join(here, name)));

/** Starts an engine; it takes about half a second and 60 MB. */
export async function load() {
  const answer = await start({
    loadPyodide,
    create,
    folder: dirname(fileURLToPath(import.meta.resolve("pyodide"))) + sep,
    nothing: join(here, "nothing.zip"),
    snapshot: async () => new Uint8Array(await promisify(gunzip)(await read("snapshot.bin"))),
    archive: () => read("engine.zip"),
    late: (name) => readFileSync(join(here, name), "utf8"),
  });
  return new Engine(answer);
}

/** A value as JSON; an error of the package where it has none, such as a value that holds itself. */
function json(value, name) {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch {
    // told below
  }
  throw new errors.InvalidValue(`${name}: has no form in JSON; give an object or its text`, name);
}

const texts = (value, name) => {
  if (value === null || value === undefined || value === "") return [];
  return [{ name, text: typeof value === "string" ? value : json(value, name) }];
};

function several(values, name) {
  if (values !== null && values !== undefined && !Array.isArray(values)) throw new errors.InvalidValue(`${name}: expected a list`, name);
  return (values ?? []).flatMap((value, index) => texts(value, `${name} ${index + 1}`));
}

class Engine {
  #answer;

  constructor(answer) {
    this.#answer = answer;
  }

  /** Composes the roles of an input, as engine.d.ts says. */
  compose(input, options = {}) {
    return this.#asked("compose", { ...work(input), ...options });
  }

  /** Holds roles against their work, as engine.d.ts says. */
  audit(role, input, options = {}) {
    const { policies, roles, trust, boundary, scps, rcps, session, endpoint, resources, ...more } = role ?? {};
    return this.#asked("audit", {
      ...work(input),
      ...options,
      ...more,
      held: [...several(Array.isArray(policies) ? policies.flat() : policies, "policy"), ...several(roles, "role")],
      trust: texts(trust, "trust policy"),
      boundary: texts(boundary, "boundary"),
      scps: several(scps, "scp"),
      rcps: several(rcps, "rcp"),
      session: several(session, "session policy"),
      endpoint: several(endpoint, "endpoint policy"),
      resources: Object.fromEntries(Object.entries(resources ?? {}).flatMap(([arn, value]) => texts(value, arn).map(({ text }) => [arn, text]))),
    });
  }

  /** Says what an error message means, as engine.d.ts says. */
  explain(message, options = {}) {
    return this.#asked("explain", { message, ...options });
  }

  /** The operations, or the roles, add-ons and placeholders of one. */
  list(operation = "") {
    return this.#asked("list", { operation });
  }

  /** What Python says; where the runtime itself fails, it answers nothing any more. */
  #told(call) {
    try {
      if (this.#answer) return this.#answer(call);
    } catch {
      this.#answer = null;
    }
    throw new errors.SagemakerRolesError("the engine ended on an input that is too large, or nested too deeply; load another one");
  }

  #asked(name, call) {
    const { answer, error } = JSON.parse(this.#told(json({ ...call, do: name }, "the call")));
    if (error === undefined) return answer;
    const { name: kind, message, given, known, value, ...more } = error;
    const Kind = errors[kind] ?? errors.SagemakerRolesError;
    throw Kind === errors.InvalidValue ? new Kind(message, given, value) : new Kind(message, given, known, more);
  }
}

/** The inputs of a call: one value or text, or a list of named texts. */
function work(input) {
  const isNamed = Array.isArray(input) && input.every((one) => typeof one?.name === "string" && typeof one?.text === "string");
  return { inputs: isNamed ? input : texts(input, "request") };
}
