// Reads inputs of any format into requests, and collects what was wrong with them on the way.

import { mindedBy } from "../engine/compose.js";
import { GLOBALS } from "../catalog.js";
import { sorted } from "../engine/comparison.js";
import * as ack from "./ack.js";
import * as api from "./api.js";
import * as cloudformation from "./cloudformation.js";
import * as cloudtrail from "./cloudtrail.js";
import { parseJson } from "./json.js";
import { Names, comparable, plain } from "./names.js";
import * as pipeline from "./pipeline.js";
import { Document, InputError, isMapping } from "./places.js";
import * as terraform from "./terraform.js";

const FORMATS = { api, cloudtrail, cloudformation, ack, terraform, pipeline };

/**
 * Reads texts into requests.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {{name: string, text: string}[]} inputs what the user gave
 * @param {object} [options] operation: reads API requests as requests of it, and of other inputs takes only its
 *   requests; values: values for parameters of templates, pipelines and plans, by name; parseYaml: the function of
 *   yaml.js, which is loaded only where a text needs it
 * @returns requests, notices, facts (Partition, Region, Account), unknown (placeholder to meaning), taken (names of
 *   values that were used), formats
 * @throws {AmbiguousOperation} an API request does not tell which operation it is for
 */
export function readTexts(catalog, inputs, { operation = "", values = {}, parseYaml = null } = {}) {
  const reader = new Reader(catalog, operation, values, parseYaml);
  for (const { name, text } of inputs) reader.take(name, text);
  return reader.finish();
}

class Reader {
  constructor(catalog, wanted, values, parseYaml) {
    Object.assign(this, { catalog, wanted, values, parseYaml, names: new Names(catalog) });
    this.requests = [];
    this.notices = [];
    this.unknownNames = new Map();
    this.taken = new Set();
    this.formats = new Set();
    this.places = new Map();
    this.seen = new Set();
    this.facts = new Map(GLOBALS.map((name) => [name, new Set()]));
    this.hidden = new Map();
    this.elsewhere = new Set();
    /** Texts of pipeline definitions whose steps are read already. */
    this.definitionsRead = new Set();
  }

  // what the formats ask for

  /** What data/inputs.yaml says of a format. */
  data(name) {
    return this.catalog.data.inputs?.[name] ?? {};
  }

  notice(kind, where, message) {
    this.notices.push({ kind, where, message });
  }

  /** A value the user gave for a parameter, under the first of some names; null if there is none. */
  value(...names) {
    const name = names.find((item) => Object.hasOwn(this.values, item));
    if (name === undefined) return null;
    this.taken.add(name);
    return this.values[name];
  }

  /** Declares a part of a value as not known yet; gives the name of its placeholder. */
  unknown(name, what) {
    let placeholder = camel(name) || "Unknown";
    if (GLOBALS.includes(placeholder)) placeholder += "Parameter";
    if (!this.unknownNames.has(placeholder)) this.unknownNames.set(placeholder, what);
    return placeholder;
  }

  // reading

  take(name, text) {
    try {
      for (const document of documents(name, text, this.parseYaml)) {
        const chosen = recognised(document.value) ?? "api";
        this.formats.add(chosen);
        for (const found of FORMATS[chosen].found(this, document)) this.add(found, document);
      }
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof api.AmbiguousOperation) throw error;
      this.notice("problem", error.where, error.message);
    }
  }

  /** Takes one request over: matches its names, and tells what is wrong with them. */
  add(found, document) {
    const name = this.names.operation(found.operation);
    if (!name) return;
    if (this.wanted && name !== this.wanted && !found.byService) {
      this.elsewhere.add(name);
      return;
    }
    for (const [fact, value] of Object.entries(found.facts ?? {})) this.facts.get(fact).add(value);
    if (found.members === null) {
      if (!this.hidden.has(name)) this.hidden.set(name, { operation: name, members: null, label: found.label });
      return;
    }
    const { members, faults } = this.names.match(name, found.members, found.style, found.path);
    for (const fault of faults) this.notice(fault.kind, document.where(fault.path), fault.message);
    this.#request({ operation: name, members, label: found.label, byService: found.byService ?? false }, document);
  }

  #request(request, document) {
    const key = request.operation + comparable(request.members);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.requests.push(request);
    if (document.text) this.places.set(request.label, document);
    const definition = request.members.PipelineDefinition;
    if (typeof definition !== "string" && !(definition instanceof String)) return;
    if (this.definitionsRead.has(definition)) return;
    for (const found of pipeline.embedded(this, definition, request.label)) {
      this.add({ ...found, byService: true }, new Document(null, request.label));
    }
  }

  /** Where a request's value stands: line and column if they can be found, else the request's label. */
  where(label, member, value) {
    const document = this.places.get(label);
    if (!document) return label;
    const last = plain(member.match(/[A-Za-z][A-Za-z0-9]*/g)?.at(-1) ?? "");
    const path = pathOf(document.value, last, value);
    return path.length ? document.where(path) : label;
  }

  finish() {
    const shown = new Set(this.requests.map((request) => request.operation));
    // Requests of an operation without a record only decide over add-ons of others.
    this.requests = this.requests.filter(
      ({ operation }) =>
        this.catalog.has(operation) || mindedBy(this.catalog, operation).some((host) => shown.has(host)),
    );
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
      taken: this.taken,
      formats: [...this.formats],
      where: (label, member, value) => this.where(label, member, value),
    };
  }
}

function pathOf(value, last, text) {
  const left = [[[], value, ""]];
  for (const [path, item, name] of left) {
    if (isMapping(item)) for (const [key, inner] of Object.entries(item)) left.push([[...path, key], inner, plain(key)]);
    else if (Array.isArray(item)) item.forEach((inner, index) => left.push([[...path, index], inner, name]));
    else if (item === text && name === last) return path;
  }
  return [];
}

/** A name as placeholders are written: data-bucket.arn is DataBucketArn. */
export function camel(name) {
  const text = name
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join("");
  return /^[0-9]/.test(text) ? `P${text}` : text;
}

/** Whether a text begins like JSON, so that it can be read without the YAML reader. */
export function isJson(text) {
  return /^\s*[{[]/.test(text);
}

/** The values of a text: JSON where it begins like JSON, else YAML. */
function documents(name, text, parseYaml) {
  const lower = name.toLowerCase();
  if (isJson(text) || /\.json(\.gz)?$/.test(lower)) {
    try {
      return parseJson(text, name);
    } catch (error) {
      if (!(error instanceof InputError) || !/\.(yaml|yml|template)$/.test(lower)) throw error;
    }
  }
  return parseYaml(text, name).filter((document) => document.value !== null);
}

/** The format of a value that says so itself; null if it may only be an API request. */
function recognised(value) {
  if (Array.isArray(value)) return isMapping(value[0]) && "eventName" in value[0] ? "cloudtrail" : null;
  if (!isMapping(value)) return null;
  if (isEvent(value) || isEvent(value.detail) || Array.isArray(value.Records)) return "cloudtrail";
  if (Array.isArray(value.Events) && value.Events.some((item) => isMapping(item) && "CloudTrailEvent" in item)) {
    return "cloudtrail";
  }
  if (typeof value.apiVersion === "string" && "kind" in value) return "ack";
  if ("terraform_version" in value || ("format_version" in value && ("planned_values" in value || "values" in value))) {
    return "terraform";
  }
  if (String(value.Type ?? "").startsWith("AWS::") || "AWSTemplateFormatVersion" in value) return "cloudformation";
  if (isMapping(value.Resources) && Object.values(value.Resources).some((item) => isMapping(item) && "Type" in item)) {
    return "cloudformation";
  }
  if (Array.isArray(value.Steps) && "Version" in value) return "pipeline";
  return null;
}

function isEvent(value) {
  return isMapping(value) && "eventName" in value && "eventSource" in value;
}
