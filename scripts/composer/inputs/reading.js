// Reads inputs of any format into requests, and collects what was wrong with them on the way.

import { sorted } from "../comparison.js";
import { handledBy, hostsOf } from "../engine/compose.js";
import { fault, namesOf } from "../engine/placeholders.js";
import { GLOBALS } from "../catalog.js";
import { Partial, Unknown, isMapping, isText } from "../engine/partial.js";
import { AmbiguousOperation, InputError } from "../errors.js";
import { fileIs, textIs, valueIs } from "./foreign.js";
import { Context } from "./interfaces.js";
import { eventsBefore, parseJson } from "./json_text.js";
import { comparable, plain, shortened } from "./names.js";
import { embedded } from "./pipeline.js";
import { Document, MAX_DEPTH, isTooDeep, put } from "./places.js";
import { FORMATS, recognised } from "./registry.js";

/**
 * Reads texts into requests.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {{name: string, text: string}[]} inputs what the user gave
 * @param {object} [options] operation: reads API requests as requests of it, and of other inputs takes only its
 *   requests; values: values for parameters of templates, pipelines and plans, by name; parseYaml: the function of
 *   yaml_text.js, which is loaded only where a text needs it
 * @returns requests, notices, facts (Partition, Region, Account), unknown (placeholder to meaning), taken (names of
 *   values that were used), given (parameter to values that an input names outside the members of a request), formats
 * @throws {AmbiguousOperation} an API request does not tell which operation it is for
 */
export function readTexts(catalog, inputs, { operation = "", values = {}, parseYaml = null } = {}) {
  const reader = new Reader(catalog, operation, values, parseYaml);
  for (const { name, text } of inputs) reader.take(name, text);
  return reader.finish();
}

class Reader extends Context {
  constructor(catalog, wanted, values, parseYaml) {
    super(catalog, wanted, values);
    this.parseYaml = parseYaml;
    this.requests = [];
    this.formats = new Set();
    this.places = new Map();
    this.texts = new Map();
    this.seen = new Set();
    this.facts = new Map(GLOBALS.map((name) => [name, new Set()]));
    this.hidden = new Map();
    this.elsewhere = new Set();
    this.lists = new Set();
  }

  take(name, text) {
    try {
      this.#read(documents(name, text, this.parseYaml));
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof AmbiguousOperation) throw error;
      // A log that is cut tells what stands before the cut.
      this.#read(eventsBefore(text, name));
      this.notice("problem", error.where, error.message);
    }
  }

  #read(several) {
    for (const document of several) {
      if (isTooDeep(document.value)) throw new InputError(`nested deeper than ${MAX_DEPTH} levels`, document.name);
      const message = valueIs(document.value);
      if (message) throw new InputError(message, document.where());
      const chosen = recognised(document.value) ?? "api";
      this.formats.add(chosen);
      for (const item of FORMATS[chosen].read(this, document)) this.add(item, document);
    }
  }

  /** Takes one request over: matches its names, and tells what is wrong with them. */
  add(item, document) {
    const name = this.names.operation(item.operation);
    if (!name) return;
    if (this.wanted && name !== this.wanted && !item.byService) {
      this.elsewhere.add(name);
      return;
    }
    for (const [fact, [value, path]] of Object.entries(item.facts ?? {})) {
      const wrong = fault(this.catalog, fact, value);
      if (wrong) this.notice("problem", document.where(path), `${path.at(-1)}: ${shortened(value)} ${wrong}; it is ignored`);
      else this.facts.get(fact).add(value);
    }
    if (item.members === null) {
      if (!this.hidden.has(name)) this.hidden.set(name, { operation: name, members: null, label: item.label });
      return;
    }
    const { members, faults } = this.names.match(name, item.members, item.style, item.path);
    for (const one of faults) this.notice(one.kind, document.where(one.path), one.message);
    const request = { operation: name, members, label: item.label, byService: item.byService ?? false };
    this.#request(request, document, item.path);
  }

  #request(request, document, path) {
    const key = request.operation + comparable(request.members);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.requests.push(request);
    if (document.lines && !this.places.has(request.label)) this.places.set(request.label, [document, path]);
    const definition = request.members.PipelineDefinition;
    if (!isText(definition) || this.definitionsRead.has(String(definition))) return;
    for (const item of embedded(this, request.members, request.label)) {
      this.add({ ...item, byService: true }, new Document(null, request.label));
    }
  }

  /** Where a request's value stands: line and column if they can be found, else the request's label. */
  where(label, member, value) {
    if (!this.places.has(label)) return label;
    const [document, base] = this.places.get(label);
    if (!this.texts.has(label)) this.texts.set(label, textsOf(document.value, base));
    const last = plain(member.match(/[A-Za-z][A-Za-z0-9]*/g)?.at(-1) ?? "");
    const path = this.texts.get(label).get(`${last} ${value}`);
    return path ? document.where(path) : label;
  }

  /** Says which pipelines have their definition in Amazon S3, where no input gives one. */
  #missingDefinitions() {
    if (this.requests.some(({ members }) => members && Object.hasOwn(members, "PipelineDefinition"))) return;
    const message = "the pipeline's definition is in Amazon S3, so its steps are not read; give the definition as well";
    for (const { label, members } of this.requests) {
      if (members?.PipelineDefinitionS3Location) this.notice("problem", label, message);
    }
  }

  finish() {
    const shown = new Set(this.requests.map((request) => request.operation));
    // Requests of an operation without a record only decide over add-ons of others.
    this.requests = this.requests.filter(
      ({ operation }) =>
        this.catalog.has(operation) || handledBy(this.catalog, operation).some((host) => shown.has(host)),
    );
    this.#missingDefinitions();
    this.#disambiguate();
    for (const [name, request] of this.hidden) {
      if (shown.has(name)) continue;
      this.requests.push(request);
      this.notice("note", request.label, `${name}: the request's members are not shown here, so every placeholder stays`);
    }
    const facts = {};
    for (const [name, values] of this.facts) {
      if (values.size === 1) [facts[name]] = values;
      else if (values.size) this.notice("note", "input", `the inputs disagree about ${name} (${sorted(values).join(", ")})`);
    }
    if (!this.requests.length && this.elsewhere.size) {
      const others = sorted(this.elsewhere).join(", ");
      this.notice("problem", "input", `there is no request of ${this.wanted}; there are some of ${others}`);
    }
    return {
      requests: this.requests,
      notices: this.notices,
      facts,
      unknown: this.unknownNames,
      lists: this.lists,
      taken: this.taken,
      given: Object.fromEntries(this.given),
      formats: [...this.formats],
      where: (label, member, value) => this.where(label, member, value),
    };
  }

  /** Drops parts that no request holds, and renames those that are called as a placeholder of a composed record. */
  #disambiguate() {
    if (!this.unknownNames.size) return;
    const held = unknownIn([this.requests.map((request) => request.members), [...this.given.values()]]);
    this.unknownNames = new Map([...this.unknownNames].filter(([name]) => held.has(name)));
    this.lists = new Set([...held].filter(([name, isList]) => isList && this.unknownNames.has(name)).map(([name]) => name));
    const requested = this.requests.flatMap(({ operation }) => [operation, ...hostsOf(this.catalog, operation)]);
    const names = namesOf(this.catalog, sorted(requested).filter((name) => this.catalog.has(name)));
    const table = new Map();
    for (const name of this.unknownNames.keys()) {
      if (!names.has(name)) continue;
      let renamed = `${name}Parameter`;
      while (this.unknownNames.has(renamed) || names.has(renamed)) renamed += "Parameter";
      table.set(name, renamed);
    }
    if (!table.size) return;
    this.unknownNames = new Map([...this.unknownNames].map(([name, what]) => [table.get(name) ?? name, what]));
    this.lists = new Set([...this.lists].map((name) => table.get(name) ?? name));
    this.requests = this.requests.map((request) => ({ ...request, members: withNames(request.members, table) }));
    this.given = new Map([...this.given].map(([name, values]) => [name, withNames(values, table)]));
  }
}

/** The names of the parts that are not known yet in a value, and whether each stands for a list wherever it is. */
function unknownIn(value) {
  const names = new Map();
  const left = [value];
  while (left.length) {
    const item = left.pop();
    for (const part of item instanceof Partial ? item.parts : []) {
      if (part instanceof Unknown) names.set(part.name, part.isList && (names.get(part.name) ?? true));
    }
    if (Array.isArray(item)) for (const inner of item) left.push(inner);
    else if (isMapping(item)) for (const inner of Object.values(item)) left.push(inner);
  }
  return names;
}

/** A value whose parts that are not known yet have new names. */
function withNames(value, table) {
  if (value instanceof Partial) {
    const renamed = (part) => new Unknown(table.get(part.name), part.standsFor, part.isList);
    return new Partial(value.parts.map((part) => (part instanceof Unknown && table.has(part.name) ? renamed(part) : part)));
  }
  if (Array.isArray(value)) return value.map((item) => withNames(item, table));
  if (!isMapping(value)) return value;
  const out = {};
  for (const [key, item] of Object.entries(value)) put(out, key, withNames(item, table));
  return out;
}

/** The first path to each text below a path, by the plain name of the member that holds it, and the text. */
function textsOf(value, base) {
  for (const part of base) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, part)) return new Map();
    value = value[part];
  }
  const facts = new Map();
  const left = [[base, value, ""]];
  for (const [path, item, name] of left) {
    if (Array.isArray(item)) item.forEach((inner, index) => left.push([[...path, index], inner, name]));
    else if (isMapping(item)) for (const [key, inner] of Object.entries(item)) left.push([[...path, key], inner, plain(key)]);
    else if (typeof item === "string" && !facts.has(`${name} ${item}`)) facts.set(`${name} ${item}`, path);
  }
  return facts;
}

/** Whether a text begins like JSON, so that it can be read without the YAML reader. */
export function isJson(text) {
  return /^\s*[{[]/.test(text);
}

/** The values of a text: JSON where it begins like JSON, else YAML. */
function documents(name, text, parseYaml) {
  const archive = fileIs(text);
  if (archive) throw new InputError(archive, name);
  const lower = name.toLowerCase();
  if (isJson(text) || /\.json(\.gz)?$/.test(lower)) {
    try {
      return parseJson(text, name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (!/\.(yaml|yml|template)$/.test(lower)) {
        const message = isJson(text) ? "" : textIs(text);
        throw message ? new InputError(message, name) : error;
      }
    }
  }
  const message = textIs(text);
  if (message) throw new InputError(message, name);
  return parseYaml(text, name).filter((document) => document.value !== null);
}
