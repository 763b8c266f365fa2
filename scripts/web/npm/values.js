// Values of placeholders: what has not the form of its placeholder would change what a policy is about.

import { InvalidValue, UnknownPlaceholder } from "./errors.js";

/** A value as messages show it. */
export function shown(value) {
  const text = typeof value === "bigint" || typeof value === "symbol" ? String(value) : String(JSON.stringify(value));
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

/** Whether an object has a name of its own; a list of one name is no name. */
export function isOf(known, name) {
  return typeof name === "string" && Object.hasOwn(known, name);
}

/** The placeholder of a name. */
export function placeholder(placeholders, name) {
  if (isOf(placeholders, name)) return placeholders[name];
  throw new UnknownPlaceholder(`unknown placeholder ${shown(name)}`, name, Object.keys(placeholders));
}

/** A value as a policy has it: what IAM would read in it stays literal. */
export function literal(placeholders, name, value) {
  const { meaning, pattern, example } = placeholder(placeholders, name);
  if (typeof value === "string" && new RegExp(`^(?:${pattern})$`, "u").test(value)) return value.replace(/[*?$]/g, "${$&}");
  throw new InvalidValue(`${name}: ${shown(value)} is not a valid ${meaning}; expected a value like ${example}`, name, value);
}
