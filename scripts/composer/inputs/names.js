// Matches the member names of a request to the API's, without regard to case, underscores and hyphens.

import { finderOf } from "../engine/named.js";
import { Partial, Unknown, isMapping } from "../engine/partial.js";
import { quoted } from "../canonical.js";
import { GLOBALS } from "../catalog.js";
import { textOf } from "./numbers.js";
import { put } from "./places.js";

/** What AWS CloudTrail writes in place of values it does not show. */
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";
const DROP = Symbol("drop");

/** A name as it is compared: lower case, without underscores and hyphens. */
export function plain(name) {
  return name.replaceAll("_", "").replaceAll("-", "").toLowerCase();
}

/**
 * How an input format writes a request differently from the API: blocks (Terraform: structures are lists of one, lists
 * are in the singular), members (other names of members, in plain form), ignored (names that need no mention).
 */
export function style({ blocks = false, members = {}, ignored = [] } = {}) {
  return { blocks, members: new Map(Object.entries(members)), ignored: new Set(ignored) };
}

/** Matches requests against the shapes of a catalog. */
export class Names {
  constructor(catalog) {
    this.catalog = catalog;
    this.inputs = catalog.shapes.inputs;
    this.types = catalog.shapes.types;
    this.known = new Map();
  }

  /** The members of a structure: name in plain form to the API's spelling. */
  members(shape) {
    if (!this.known.has(shape)) {
      this.known.set(shape, new Map(Object.keys(this.types[shape]?.members ?? {}).map((name) => [plain(name), name])));
    }
    return this.known.get(shape);
  }

  /** The operation of a name in any spelling, "" if the catalog has no shape for it. */
  operation(name) {
    if (Object.hasOwn(this.inputs, name)) return name;
    const wanted = plain(name);
    return Object.keys(this.inputs).find((known) => known.toLowerCase() === wanted) ?? "";
  }

  /** Reads a request's members: {members in the API's spelling, faults}. Nulls and empty texts count as not given. */
  match(operation, given, how, path = []) {
    const faults = [];
    this.types = this.catalog.shapesOf(operation);
    const value = this.#value(this.inputs[operation], given, path, how, faults);
    return { members: isMapping(value) ? value : {}, faults };
  }

  #value(shape, value, path, how, faults) {
    const entry = this.types[shape];
    if (value instanceof Partial && !value.parts.some((part) => part instanceof Unknown)) {
      value = entry && "member" in entry ? elementsOf(value.parts.join("")) : value.parts.join("");
    }
    if (value === null || value === undefined || value === "") return DROP;
    if (!entry) return this.#scalar(shape, value, path, how, faults);
    if (how.blocks && Array.isArray(value) && !("member" in entry)) {
      if (!value.length) return DROP;
      if (value.length === 1) {
        [value] = value;
        path = [...path, 0];
        if (value === null) return DROP;
      }
    }
    if ("members" in entry && isMapping(value)) return this.#structure(shape, value, path, how, faults);
    if ("value" in entry && isMapping(value)) {
      const out = {};
      for (const [key, item] of Object.entries(value)) {
        const read = this.#value(entry.value, item, [...path, key], how, faults);
        if (read !== DROP) put(out, key, read);
      }
      return Object.keys(out).length ? out : DROP;
    }
    let items = null;
    if ("member" in entry && Array.isArray(value)) items = value;
    else if ("member" in entry && value instanceof Partial) items = [asList(value)];
    else if ("member" in entry && how.blocks && isMapping(value) && this.#isTag(entry.member)) {
      items = Object.entries(value).map(([Key, Value]) => ({ Key, Value }));
    }
    if (items) {
      const read = items
        .map((item, index) => this.#value(entry.member, item, [...path, index], how, faults))
        .filter((item) => item !== DROP);
      return read.length ? read : DROP;
    }
    if (value === HIDDEN) return DROP;
    if (value instanceof Partial) {
      const message = `${shown(path)} is not known yet (${value}), so it is ignored: give it a value`;
      faults.push({ kind: "problem", path, message });
      return DROP;
    }
    const wanted = "member" in entry ? "a list" : "a mapping";
    faults.push({ kind: "problem", path, message: `${shown(path)} must be ${wanted}, not ${kindOf(value)}; it is ignored` });
    return DROP;
  }

  #isTag(shape) {
    return Object.keys(this.types[shape]?.members ?? {}).sort().join() === "Key,Value";
  }

  #structure(shape, given, path, how, faults) {
    const known = this.members(shape);
    const types = this.types[shape].members;
    const out = {};
    const spelled = {};
    for (const [key, value] of Object.entries(given)) {
      const name = Object.hasOwn(types, key) ? key : find(known, key, how);
      if (!name) {
        if (!how.ignored.has(plain(key))) faults.push({ kind: "note", path: [...path, key], message: unknown(key, types) });
        continue;
      }
      const read = this.#value(types[name], value, [...path, key], how, faults);
      if (read === DROP) continue;
      if (Object.hasOwn(out, name) && !same(out[name], read)) {
        const message = `${key} and ${spelled[name]} are the same member; remove the duplicate`;
        faults.push({ kind: "problem", path: [...path, key], message });
        if (key !== name) continue;
      }
      out[name] = read;
      spelled[name] = key;
    }
    return Object.keys(out).length ? out : DROP;
  }

  #scalar(shape, value, path, how, faults) {
    if (how.blocks && Array.isArray(value) && value.length === 1 && !Array.isArray(value[0]) && !isMapping(value[0])) {
      [value] = value;
      if (value === null || value === "") return DROP;
    }
    if (Array.isArray(value) || isMapping(value)) {
      const what = ["string", "blob", "timestamp"].includes(shape) ? "text" : `a ${shape}`;
      faults.push({ kind: "problem", path, message: `${shown(path)} must be ${what}, not ${kindOf(value)}; it is ignored` });
      return DROP;
    }
    if (shape === "string" && typeof value !== "string" && !(value instanceof Partial)) {
      const text = textOf(value);
      const readAs = finderOf(this.catalog).isPrivate(path.join(".")) ? "text" : quoted(text);
      faults.push({ kind: "note", path, message: `${shown(path)} must be text; it is read as ${readAs}` });
      return text;
    }
    return value;
  }
}

function find(known, key, how) {
  const text = plain(key);
  let name = known.get(text);
  if (!name && how.members.has(text)) name = known.get(plain(how.members.get(text)));
  if (!name && how.blocks) name = known.get(`${text}s`) ?? (text.endsWith("y") ? known.get(`${text.slice(0, -1)}ies`) : "");
  return name ?? "";
}

/** The elements of a list that the user gave as one text: separated by commas. */
export function elementsOf(text) {
  return text.split(",").map((part) => part.replace(/^ +| +$/g, "")).filter(Boolean);
}

/** A value that is not known yet, where a list is wanted: an unknown part alone is that list. */
function asList(value) {
  const [part, ...others] = value.parts;
  if (others.length || !(part instanceof Unknown) || GLOBALS.includes(part.name)) return value;
  return new Partial([new Unknown(part.name, part.standsFor, true)]);
}

function unknown(key, types) {
  const hint = key.length < 100 ? nearest(plain(key), Object.keys(types)) : "";
  const what = `the request has no member ${shortened(key)}`;
  return hint ? `${what}; did you mean ${hint}? It is ignored.` : `${what}; it is ignored`;
}

/** The name most like a text, "" if none is like it: the share of characters in common runs, as difflib counts it. */
function nearest(text, names) {
  let best = "";
  let most = 0.6;
  for (const name of names) {
    const other = plain(name);
    const ratio = (2 * common(other, text)) / (other.length + text.length || 1);
    if (ratio > most || (ratio === most && (!best || other > plain(best)))) [best, most] = [name, ratio];
  }
  return best;
}

function common(a, b) {
  let length = 0;
  let atA = 0;
  let atB = 0;
  let row = new Array(b.length + 1).fill(0);
  for (let i = 0; i < a.length; i += 1) {
    const next = new Array(b.length + 1).fill(0);
    for (let j = 0; j < b.length; j += 1) {
      if (a[i] !== b[j]) continue;
      next[j + 1] = row[j] + 1;
      if (next[j + 1] > length) [length, atA, atB] = [next[j + 1], i - row[j], j - row[j]];
    }
    row = next;
  }
  if (!length) return 0;
  return length + common(a.slice(0, atA), b.slice(0, atB)) + common(a.slice(atA + length), b.slice(atB + length));
}

function same(first, second) {
  return comparable(first) === comparable(second);
}

/** A value as text that is equal for equal values, whatever the order of their keys. */
export function comparable(value) {
  return JSON.stringify(value, (_, item) => {
    if (typeof item === "bigint") return `${item}n`;
    if (item instanceof Number) return { real: Number(item) };
    return isMapping(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item;
  });
}

/** What a value is, in a message. */
export function kindOf(value) {
  if (typeof value === "boolean") return "a boolean";
  if (typeof value === "string" || value instanceof String) return "text";
  if (isMapping(value)) return "a mapping";
  if (Array.isArray(value)) return "a list";
  return value === null || value === undefined ? "nothing" : "a number";
}

/** A user's text in a message: quoted, control characters escaped, not too long. */
export function shortened(text) {
  return quoted(text.length <= 80 ? text : `${text.slice(0, 77)}...`);
}

function shown(path) {
  let out = "";
  for (const part of path.slice(-6)) {
    if (typeof part === "number") out += `[${part}]`;
    else out += out ? `.${part}` : part;
  }
  return out.length <= 160 ? out : `...${out.slice(-157)}`;
}
