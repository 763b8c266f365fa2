// Conditions: what a test of a Condition says of a call, as far as equal tests, known values and one other test of the same
// key tell. The coarser part of scripts/sagemaker_roles/iam/conditions.py, as tests/conformance/reviewing.py takes it.

import { byCodePoint } from "../comparison.js";
import { condition as arnCondition, named } from "./arns.js";
import { covers, intersects, literal, pattern, remembered } from "./patterns.js";

const COMPARISONS = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
const FAMILIES = {
  StringEquals: "text",
  StringEqualsIgnoreCase: "text",
  StringLike: "text",
  ArnEquals: "text",
  ArnLike: "text",
  BinaryEquals: "text",
  Bool: "boolean",
  IpAddress: "address",
  Null: "null",
  ...Object.fromEntries(COMPARISONS.map((name) => [`Numeric${name}`, "number"])),
  ...Object.fromEntries(COMPARISONS.map((name) => [`Date${name}`, "date"])),
};
const NEGATIONS = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NotIpAddress: "IpAddress",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
};
/** Every operator by its name in small letters; IAM does not mind their case. */
const NAMES = new Map([...Object.keys(FAMILIES), ...Object.keys(NEGATIONS)].map((name) => [name.toLowerCase(), name]));
const QUANTIFIERS = { forallvalues: "ForAllValues", foranyvalue: "ForAnyValue" };

/** Operators of which the page sees whether one implies another. */
const PLAIN = { StringEquals: "String", StringLike: "String", ArnEquals: "Arn", ArnLike: "Arn" };
const JUDGED = ["text", "boolean", "null"];

/** Takes an operator apart: quantifier, ifExists, negated, base, family; false if IAM has none of that name. */
const operator = remembered((text) => {
  const lower = text.toLowerCase();
  const colon = lower.lastIndexOf(":");
  const quantifier = lower.slice(0, Math.max(colon, 0));
  if (colon >= 0 && !Object.hasOwn(QUANTIFIERS, quantifier)) return false;
  const name = lower.slice(colon + 1);
  const ifExists = name.endsWith("ifexists");
  const known = NAMES.get(ifExists ? name.slice(0, -8) : name);
  if (!known || (known === "Null" && (ifExists || colon >= 0))) return false;
  const base = NEGATIONS[known] ?? known;
  return { quantifier: QUANTIFIERS[quantifier] ?? "", ifExists, negated: base !== known, base, family: FAMILIES[base] };
});

/** The tests of a Condition, sorted: operator, key in small letters, values sorted and each once, and what makes tests equal. */
export function read(condition, variables = true) {
  const tests = [];
  for (const [name, keys] of Object.entries(condition)) {
    for (const [key, given] of Object.entries(keys)) {
      const values = [...new Set([given].flat().map(String))].sort(byCodePoint);
      const lower = key.toLowerCase();
      const id = JSON.stringify([name, lower, values, variables]);
      tests.push({ operator: name, parts: operator(name), key: lower, shown: key, values, variables, id });
    }
  }
  return tests.sort((a, b) => byCodePoint(a.key, b.key) || byCodePoint(a.operator, b.operator) || byList(a.values, b.values));
}

function byList(some, others) {
  for (let index = 0; index < Math.min(some.length, others.length); index += 1) {
    const order = byCodePoint(some[index], others[index]);
    if (order) return order;
  }
  return some.length - others.length;
}

const YES = { holds: true, keys: [] };
const NO = { holds: false, keys: [] };

/**
 * What is known of a call: values of condition keys (in small letters), and tests that it passes. isComplete: whether keys
 * without a value are absent; else they are not known.
 */
export class Context {
  constructor(values, assumed, isComplete = false) {
    this.values = values;
    this.isComplete = isComplete;
    this.assumed = assumed;
    this.ids = new Set(assumed.map((test) => test.id));
  }
}

/** Whether all of some tests pass in a call: holds is true, false, or null where it is not known, and then the keys. */
export function judge(tests, context) {
  return first(tests, (test) => one(test, context), false);
}

/** The first decisive answer, else what is not known, else the opposite. */
function first(items, ask, decisive) {
  let keys = null;
  for (const item of items) {
    const verdict = ask(item);
    if (verdict.holds === decisive) return verdict;
    if (verdict.holds === null) keys = [...(keys ?? []), ...verdict.keys];
  }
  return keys ? { holds: null, keys } : { holds: !decisive, keys: [] };
}

function one(test, context) {
  if (context.ids.has(test.id)) return YES;
  const unknown = { holds: null, keys: [test.key] };
  const { parts } = test;
  if (!parts || !JUDGED.includes(parts.family)) return unknown;
  if (context.values.has(test.key)) return ofValue(test, parts, context);
  if (context.isComplete) return whenAbsent(test, parts) ? YES : NO;
  for (const other of context.assumed) {
    const known = other.key === test.key ? implied(other, test) : null;
    if (known !== null) return known ? YES : NO;
  }
  return unknown;
}

/** Whether a test passes where the call has not the key. */
function whenAbsent(test, parts) {
  if (parts.family === "null") return says(test, "true");
  return parts.ifExists || parts.quantifier === "ForAllValues" || (parts.negated && !parts.quantifier);
}

function ofValue(test, parts, context) {
  if (parts.family === "null") return says(test, "false") ? YES : NO;
  const text = context.values.get(test.key);
  const verdict = first(test.values, (wanted) => compare(parts.base, wanted, text, context, test), true);
  return parts.negated && verdict.holds !== null ? { ...verdict, holds: !verdict.holds } : verdict;
}

function says(test, value) {
  return test.values.some((one) => one.toLowerCase() === value);
}

function compare(base, wanted, value, context, test) {
  const filled = test.variables ? resolved(wanted, context) : wanted;
  const compiled = filled === null ? null : compiledOf(base, filled, test.variables);
  if (!compiled) return NO;
  const written = asWritten(value);
  const isArn = base === "ArnLike" || base === "ArnEquals";
  const text = isArn ? named(written) : literal(base === "Bool" ? written.toLowerCase() : written);
  if (covers(compiled, text)) return YES;
  if (!intersects(compiled, text) || !(compiled.opaque || text.opaque || text.wild)) return NO;
  return { holds: null, keys: [test.key] };
}

/** A value of a test as a pattern; null if it can match nothing. */
function compiledOf(base, value, variables) {
  if (base === "StringLike") return pattern(value, variables);
  if (base === "ArnLike" || base === "ArnEquals") return arnCondition(value, variables);
  if (base === "Bool") {
    return ["true", "false"].includes(value.toLowerCase()) || value.includes("${") ? literal(value, true, variables) : null;
  }
  return base === "BinaryEquals" ? literal(value, false, false) : literal(value, base === "StringEqualsIgnoreCase", variables);
}

const VARIABLE = /\$\{([^}*?$][^}]*)\}/g;

/** A text with its policy variables filled in as far as they are known; a variable that is not known stays. */
export function resolved(text, context) {
  if (!text.includes("${")) return text;
  return text.replace(VARIABLE, (whole, variable) => {
    const key = variable.split(",")[0].trim();
    const value = key.includes(":") ? context.values.get(key.toLowerCase()) : undefined;
    return value === undefined ? whole : asWritten(value);
  });
}

/** A value as a pattern writes it, each character itself; placeholders in it stay. */
export function asWritten(value) {
  return value.replace(/\$\{[A-Za-z0-9]+\}|([*?$])/g, (whole, character) => (character ? `\${${character}}` : whole));
}

/** Whether a test passes, or fails, wherever another one of its key passes; null if that is not told. */
export function implied(known, test) {
  const [one, other] = [known.parts, test.parts];
  if (!one || !other || one.ifExists || one.negated) return null;
  if (one.family === "null") return other.family === "null" ? says(test, "false") === says(known, "false") : null;
  if (!Object.hasOwn(PLAIN, one.base)) return null;
  if (other.family === "null") return one.quantifier === "ForAllValues" ? null : says(test, "false");
  if (PLAIN[other.base] !== PLAIN[one.base]) return null;
  const inner = known.values.map((text) => compiledOf(one.base, text, known.variables));
  const outer = test.values.map((text) => compiledOf(other.base, text, test.variables));
  const isWithin = inner.every((item) => item === null || outer.some((wide) => wide !== null && covers(wide, item)));
  if (one.quantifier) return isWithin && one.quantifier === other.quantifier && !other.negated ? true : null;
  if (isWithin) return !other.negated;
  const isApart = inner.every((item) => outer.every((wide) => item === null || wide === null || !intersects(wide, item)));
  return isApart ? other.negated : null;
}
