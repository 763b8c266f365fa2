// Says what placeholders stand for, and checks values that a user gives for them.

import { extend } from "../canonical.js";
import { GLOBALS } from "../catalog.js";
import { Partial } from "./partial.js";
import { GLOBAL_EXAMPLES, namesIn, parse, partitionOf } from "./values.js";

const GLOBAL_MEANINGS = [
  ["Partition", "AWS partition", "aws(-[a-z]{1,10}){0,2}"],
  ["Region", "AWS Region of the request", "[a-z]{2,4}-[a-z-]{3,24}-[0-9]{1,2}"],
  ["Account", "ID of the account that owns the role and the resources", "[0-9]{12}"],
].map(([name, text, pattern]) => [name, { text, pattern, example: GLOBAL_EXAMPLES[name] }]);

/** Placeholders that only companions have, as MEANINGS of engine/companions.py; `${Account}` is the account of the resource there. */
export const MEANINGS = new Map([
  ["RoleAccount", { text: "ID of the account that owns the role", pattern: "[0-9]{12}", example: "444455556666" }],
  [
    "CallerArn",
    {
      text: "ARN of the identity that calls the operation",
      pattern:
        "arn:aws[a-z-]{0,10}:(?:iam::[0-9]{12}:(?:user|role)|sts::[0-9]{12}:assumed-role)/[A-Za-z0-9+=,.@/_-]{1,600}",
      example: "arn:aws:iam::444455556666:role/MyCallerRole",
    },
  ],
]);

/** Everything a value can be given for in the policies of some operations: name to text, pattern and example. */
export function meanings(catalog, operations) {
  const key = `meanings/${operations.join()}`;
  if (!catalog.memo.has(key)) catalog.memo.set(key, meaningsOf(catalog, operations));
  return catalog.memo.get(key);
}

function meaningsOf(catalog, operations) {
  const meanings = new Map(GLOBAL_MEANINGS);
  for (const operation of operations) {
    for (const [name, [kind, field, valuesIn]] of Object.entries(catalog.data.operations[operation].placeholders)) {
      if (!meanings.has(name)) meanings.set(name, meaningOf(catalog.kind(kind), field, valuesIn));
    }
  }
  return meanings;
}

function meaningOf(kind, name, valuesIn) {
  if (!name) {
    const example = kind.forms.find((form) => form.id === kind.default)?.examples[0] ?? "";
    return { text: kind.title, pattern: "", example, valuesIn };
  }
  const { meaning, pattern, example } = kind.fields[name];
  return { text: meaning, pattern, example, valuesIn, kind, field: name };
}

/**
 * What is wrong with a value for a meaning; "" if nothing is. A field's value also has to be read as it is meant where it
 * stands in a value of the kind's usual form: a name that ends in --x-s3 is that of a directory bucket.
 */
export function faultOf({ text, pattern, example, kind, field }, value) {
  if (pattern && !new RegExp(`^(?:${pattern})$`, "u").test(value)) {
    return `is not a valid ${text}; expected a value like ${example}`;
  }
  const usual = kind?.forms.find((form) => form.id === kind.default);
  if (!usual || !usual.own.includes(field)) return "";
  const span = new RegExp(usual.pattern.source, "ud").exec(usual.examples[0])?.indices.groups[field];
  if (!span) return "";
  const read = parse(kind, usual.examples[0].slice(0, span[0]) + value + usual.examples[0].slice(span[1]));
  if (!read || usual.own.every((name) => read.form.own.includes(name))) return "";
  return `is not a valid ${text}: ${read.form.noPermission || `a value with it is read as ${read.form.title}`}`;
}

/**
 * What is wrong with a value for a placeholder; "" if nothing is, or if nothing is known of the placeholder.
 *
 * Every value that becomes part of an ARN by the name of a placeholder passes here, wherever it comes from (a field of
 * the page, its address, an input); values of a request's members pass the forms of their kind.
 */
export function fault(catalog, name, value, meaning = null) {
  const known = new Map(GLOBAL_MEANINGS).get(name) ?? meaning;
  if (!known) return "";
  const isKnown = !["Partition", "Region"].includes(name) || catalog.regions.has(value) || partitionOf(catalog.regions, value);
  return isKnown ? faultOf(known, value) : `is not a valid ${known.text}; expected a value like ${known.example}`;
}

/** Those of some values for placeholders that fit them, and the others as name, value and what is wrong. */
export function usable(catalog, operations, values) {
  const kept = new Map();
  const faults = [];
  let known = null;
  for (const [name, several] of values) {
    if (!known && !GLOBALS.includes(name)) known = meanings(catalog, operations);
    // What is known in part is read as a request's value would be: by its kind.
    const wrong = several
      .filter((one) => !(one instanceof Partial))
      .map((one) => [name, one, fault(catalog, name, one, known?.get(name))])
      .filter(([, , message]) => message);
    extend(faults, wrong);
    if (!wrong.length) kept.set(name, several);
  }
  return { kept, faults };
}

/** Every name that a placeholder of some operations' records can have. */
export function namesOf(catalog, operations) {
  return new Set(operations.flatMap((name) => catalog.data.operations[name].names));
}
