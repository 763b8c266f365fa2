// The published policies: those of an operation's role with add-ons and values, without an engine.

import data from "./data.json" with { type: "json" };
import { InvalidValue, UnknownAddOn, UnknownOperation, UnknownPlaceholder, UnknownRole } from "./errors.js";

export * from "./errors.js";

/** Version of the knowledge base. */
export const dataVersion = data.version;

/** Names of all operations with a record, sorted. */
export const operations = Object.keys(data.operations);

const PLACEHOLDER = /\$\{([A-Z][A-Za-z0-9]*)\}/g;

/** The roles of an operation, and `caller` for who calls it; each with the IDs of its add-ons. */
export function roles(operation) {
  return Object.fromEntries(Object.entries(found(operation)).map(([id, { addons }]) => [id, Object.keys(addons)]));
}

/** The policies of a role, as index.d.ts says. */
export function policy(operation, { role, addons = [], values = {} } = {}) {
  const known = found(operation);
  const id = role ?? Object.keys(known)[0];
  if (!Object.hasOwn(known, id)) throw new UnknownRole(`unknown role ${JSON.stringify(id)} of ${operation}`, id, Object.keys(known));
  const own = known[id];
  const documents = { policy: structuredClone(own.policy), trust: structuredClone(own.trust) };
  for (const addon of Object.keys(own.addons).filter((name) => addons.includes(name))) {
    for (const [part, patch] of Object.entries(own.addons[addon])) apply(documents[part], patch);
  }
  const wrong = addons.find((name) => !Object.hasOwn(own.addons, name));
  if (wrong !== undefined) throw new UnknownAddOn(`unknown add-on ${JSON.stringify(wrong)} of ${operation}`, wrong, Object.keys(own.addons));
  check(own.placeholders, values);
  const open = new Set();
  const filled = JSON.parse(JSON.stringify(documents), (_, part) => (typeof part === "string" ? fill(part, values, open) : part));
  return { ...filled, placeholders: [...open].sort() };
}

function found(operation) {
  if (Object.hasOwn(data.operations, operation)) return data.operations[operation];
  throw new UnknownOperation(`unknown operation ${JSON.stringify(operation)}`, operation, operations);
}

/** Does the one step that published patches have: a statement is added. */
function apply(document, patch) {
  for (const { op, path, value } of patch) {
    const at = path.slice("/Statement/".length);
    if (op !== "add" || !path.startsWith("/Statement/")) throw new TypeError(`a step of a published patch is ${op} ${path}`);
    document.Statement.splice(at === "-" ? document.Statement.length : Number(at), 0, structuredClone(value));
  }
}

/** Refuses values that do not have the form of their placeholder: they would change what a policy is about. */
function check(placeholders, values) {
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(placeholders, name)) {
      throw new UnknownPlaceholder(`unknown placeholder ${JSON.stringify(name)}`, name, Object.keys(placeholders));
    }
    const { meaning, pattern, example } = placeholders[name];
    if (new RegExp(`^(?:${pattern})$`, "u").test(value)) continue;
    throw new InvalidValue(`${name}: ${JSON.stringify(value)} is not a valid ${meaning}; expected a value like ${example}`, name, value);
  }
}

/** A text with values in it; what IAM would read in a value stays literal, and its own variables (`${aws:…}`) stay. */
function fill(text, values, open) {
  return text.replace(PLACEHOLDER, (whole, name) => {
    if (Object.hasOwn(values, name)) return values[name].replace(/[*?$]/g, "${$&}");
    open.add(name);
    return whole;
  });
}
