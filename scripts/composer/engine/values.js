// Reads request values: finds them, tells the forms of their kinds apart, writes them so that IAM takes them literally.

import jmespath from "jmespath";

import { extend, quoted } from "../canonical.js";
import { GLOBALS } from "../catalog.js";
import { codePoints, product } from "../comparison.js";
import { Partial, Unknown, inside, isText, joined } from "./partial.js";

const NAME = /\$\{([A-Z][A-Za-z0-9]*)\}/g;
/** Half of a pair, which no text of AWS can hold: it has no UTF-8. */
const SURROGATE = /[\ud800-\udfff]/u;
const MAX_UNKNOWN = 4;
export const GLOBAL_EXAMPLES = { Partition: "aws", Region: "us-west-2", Account: "111122223333" };

/** Writes a request value so that IAM takes every character literally. */
export function escape(value) {
  return value.replace(/[*?$]/g, (char) => `\${${char}}`);
}

/** A template as [text, name, text, name, … text]. */
export function partsOf(template) {
  return template.split(NAME);
}

/** Names of the placeholders in a template, in order. */
export function namesIn(template) {
  return partsOf(template).filter((_, index) => index % 2 === 1);
}

/** Puts values into placeholders; those without a value stay. */
export function filled(text, values) {
  return text.replace(NAME, (whole, name) => (values.has(name) ? values.get(name) : whole));
}

/** Evaluates a JMESPath expression over a request; null where a function in it is given what it cannot take. */
export function search(expression, members) {
  if (members === null || typeof members !== "object") return null;
  const { value, parts } = plain(members);
  try {
    const result = expression.includes("parsed(") ? searchInside(value, expression) : jmespath.search(value, expression);
    return parts.length ? decoded(result, parts) : result;
  } catch {
    return null;
  }
}

const PARSED = /parsed\(([A-Za-z]+)\)/g;

/** An expression as reasons and messages have it, where texts that are read as JSON are members like others. */
export function shown(expression) {
  return expression.replaceAll(PARSED, "$1");
}

/** Members of the request whose text an expression reads as JSON. */
function documentsOf(expression) {
  return [...expression.matchAll(PARSED)].map(([, name]) => name);
}

/** Whether an entry reads texts as JSON and a request has texts there that are none. */
export function isUnread(expressions, members) {
  return expressions.flatMap(documentsOf).some((name) => isText(members[name]) && documentIn(plain(members).value[name]) === null);
}

/** The library has no functions of others, so what they give stands beside the members. */
function searchInside(members, expression) {
  const documents = Object.fromEntries(documentsOf(expression).map((name) => [`parsed(${name})`, documentIn(members[name])]));
  return jmespath.search({ ...members, ...documents }, expression.replaceAll(PARSED, (call) => `"${call}"`));
}

/** The object that a text holds as JSON; null if it holds none. */
function documentIn(text) {
  const value = typeof text === "string" ? inside(text) : null;
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}

/** Requests as the library takes them, each once. */
const coded = new WeakMap();
function plain(members) {
  if (!coded.has(members)) coded.set(members, code(members));
  return coded.get(members);
}

const MARK = /\uf8ff([0-9]+)\uf8ff/;

/**
 * A request whose texts that are partly known are plain texts, so that functions take them: a mark of two characters for
 * private use around a number stands for each unknown part.
 */
function code(members) {
  const parts = [];
  const walk = (value) => {
    if (value instanceof Partial) {
      return value.parts.map((part) => (part instanceof Unknown ? `\uf8ff${parts.push(part) - 1}\uf8ff` : part)).join("");
    }
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== "object" || value instanceof Number) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
  };
  const value = walk(members);
  return parts.length ? { value, parts } : { value: members, parts };
}

function decoded(value, parts) {
  if (typeof value === "string") {
    const pieces = value.split(MARK);
    return pieces.length === 1 ? value : joined(pieces.map((piece, index) => (index % 2 ? (parts[Number(piece)] ?? piece) : piece)));
  }
  if (Array.isArray(value)) return value.map((item) => decoded(item, parts));
  if (value === null || typeof value !== "object" || value instanceof Number) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decoded(item, parts)]));
}

/** JMESPath's truth: empty texts, lists and mappings, false and null are false; 0 is true. */
export function isTrue(value) {
  if (value === null || value === undefined || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Partial) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A value, a list or nested lists as one flat list without nulls. */
export function items(value) {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value.flatMap(items) : [value];
}

/** A value as a finding shows it: JSON, at most 200 characters. */
export function short(value) {
  const text = quoted(value);
  return codePoints(text) <= 200 ? text : `${[...text].slice(0, 197).join("")}...`;
}

/** Reads a value as the first form of the kind that fits it whole: {form, fields}, or null if none does. */
export function parse(kind, value) {
  if (codePoints(value) > kind.maxLength || SURROGATE.test(value)) return null;
  for (const form of kind.forms) {
    const matched = form.pattern.exec(value);
    if (matched) {
      const fields = fieldsIn(form, matched);
      return misplaced(kind, fields) ? null : { form, fields };
    }
  }
  return null;
}

function fieldsIn(form, matched) {
  return new Map(form.fields.filter((name) => matched.groups[name] !== undefined).map((name) => [name, matched.groups[name]]));
}

/** The partition of a Region, "" if it is none of the Regions of any. */
export function partitionOf(regions, region) {
  for (const [name, pattern] of regions) if (pattern.test(region)) return name;
  return "";
}

/** Why no value can name the partition and the Region of these fields, as far as they are known; "" if one can. */
function misplaced({ regions }, fields) {
  const known = [...fields].filter(([, text]) => text && !text.includes("${"));
  const partition = new Map(known).get("Partition") ?? "";
  if (partition && !regions.has(partition)) {
    return `${short(partition)} is not an AWS partition; expected one of ${[...regions.keys()].join(", ")}`;
  }
  for (const [name, region] of known) {
    if (!name.endsWith("Region")) continue;
    const owner = partitionOf(regions, region);
    if (!owner) return `${short(region)} is not an AWS Region; expected a value like ${GLOBAL_EXAMPLES.Region}`;
    if (partition && owner !== partition) {
      return `the Region ${short(region)} is in the partition ${owner}, not in ${partition}`;
    }
  }
  return "";
}

/** How long a part of a value may be that is looked at to say what is wrong with it. */
const LONGEST = 400;

/**
 * Which part of a value keeps it from being of its kind, and what would be right; "" if that cannot be told. A form fits
 * but for one of its fields: that field is wrong.
 */
export function cause(kind, value) {
  if (codePoints(value) > Math.min(kind.maxLength, LONGEST)) return "";
  for (const form of kind.forms) {
    const matched = form.pattern.exec(value);
    if (matched) return misplaced(kind, fieldsIn(form, matched));
  }
  const usual = (form) => form.id === kind.default;
  for (const form of [...kind.forms.filter(usual), ...kind.forms.filter((one) => !usual(one))]) {
    if (form.noPermission) continue;
    for (const name of form.own) {
      const field = kind.fields[name];
      const matched = new RegExp(without(form.pattern.source, name), "u").exec(value);
      if (!matched || new RegExp(`^(?:${field.pattern})$`, "u").test(matched.groups[name])) continue;
      return `${short(matched.groups[name])} is not a valid ${field.meaning}; expected a value like ${field.example}`;
    }
  }
  return "";
}

/** A pattern in which a group takes any text without a slash or colon. */
function without(text, name) {
  const begin = text.indexOf(`(?<${name}>`) + `(?<${name}>`.length;
  let depth = 1;
  let at = begin;
  let inClass = false;
  for (; depth; at += 1) {
    const char = text[at];
    if (char === "\\") at += 1;
    else if (inClass) inClass = char !== "]";
    else if (char === "[") inClass = true;
    else if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
  }
  return `${text.slice(0, begin)}[^/:]{0,${LONGEST}}${text.slice(at - 1)}`;
}

/** Reads a value, wholly known or not, as a match: its form, and its fields escaped for templates. Null if none fits. */
export function match(kind, value) {
  const parsed = value instanceof Partial ? parsePartial(kind, value) : parse(kind, value);
  if (!parsed) return null;
  const { form } = parsed;
  const fields = new Map([...parsed.fields].map(([name, text]) => [name, value instanceof Partial ? text : escape(text)]));
  for (const name of form.own) {
    // A field that may be missing from a value of the form is empty then, but a missing global stays open.
    if (!fields.has(name)) fields.set(name, "");
  }
  return { form, fields };
}

/** The same value in lower case, where the kind says that AWS may write it so in ARNs; empty if that is no other. */
export function lowerCased(kind, one) {
  const texts = [...one.fields.values()];
  if (!kind.alsoLowerCase || texts.some((text) => text.includes("${"))) return [];
  const lower = new Map([...one.fields].map(([name, text]) => [name, text.toLowerCase()]));
  return texts.some((text) => text !== text.toLowerCase()) ? [{ form: one.form, fields: lower }] : [];
}

/**
 * Reads a value that is not wholly known, as the first form in which each unknown part lies inside one field.
 * The fields come ready for templates: escaped, with ${Name} for the unknown parts.
 */
function parsePartial(kind, value) {
  const unknown = value.parts.filter((part) => part instanceof Unknown);
  if (unknown.length > MAX_UNKNOWN) return null;
  if (value.parts.length === 1 && kind.forms.length > 1 && !unknown[0].standsFor) return null;
  for (const form of kind.forms) {
    if (form.noPermission && !form.isWrong) continue;
    const named = new Set([...form.scopes.values()].flatMap((scope) => scope.resources.flatMap(namesIn)));
    const examples = Object.entries(kind.fields)
      .filter(([name]) => form.isWrong || form.fields.includes(name) || named.has(name))
      .map(([, field]) => field.example);
    extend(examples, GLOBALS.filter((name) => form.fields.includes(name)).map((name) => GLOBAL_EXAMPLES[name]));
    const choices = unknown.map((part) => {
      if (part.standsFor) return [part.standsFor];
      const own = Object.hasOwn(GLOBAL_EXAMPLES, part.name) ? [GLOBAL_EXAMPLES[part.name]] : [];
      return [...new Set([...own, ...examples])];
    });
    for (const samples of product(choices)) {
      const fields = fieldsOf(form, kind, value, samples);
      if (fields) return { form, fields };
    }
  }
  return null;
}

function fieldsOf(form, kind, value, samples) {
  let text = "";
  let next = 0;
  const spans = [];
  for (const part of value.parts) {
    if (part instanceof Unknown) {
      const sample = samples[next];
      next += 1;
      spans.push([text.length, text.length + sample.length, part.shown]);
      text += sample;
    } else {
      text += part;
    }
  }
  const pattern = new RegExp(form.pattern.source, "ud");
  const matched = codePoints(text) <= kind.maxLength && !SURROGATE.test(text) ? pattern.exec(text) : null;
  if (!matched) return null;
  const fields = new Map();
  for (const name of form.fields) {
    const span = matched.indices.groups[name];
    if (!span) continue;
    const [begin, end] = span;
    let out = "";
    let at = begin;
    for (const [start, stop, placeholder] of spans) {
      if (stop <= begin || start >= end) continue;
      if (start < begin || stop > end) return null;
      out += escape(text.slice(at, start)) + placeholder;
      at = stop;
    }
    fields.set(name, out + escape(text.slice(at, end)));
  }
  return misplaced(kind, fields) ? null : fields;
}
