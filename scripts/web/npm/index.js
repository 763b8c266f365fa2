// The published policies: those of an operation's role with add-ons and values, without an engine.

import data from "./data.json" with { type: "json" };
import { InvalidValue, UnknownAddOn, UnknownOperation, UnknownRole } from "./errors.js";
import { isOf, literal, shown } from "./values.js";

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
  if (!isOf(known, id)) throw new UnknownRole(`unknown role ${shown(id)} of ${operation}`, id, Object.keys(known));
  const own = known[id];
  if (!Array.isArray(addons)) throw new InvalidValue(`addons: ${shown(addons)} is not a list of IDs`, "addons");
  for (const wrong of addons) {
    if (!isOf(own.addons, wrong)) throw new UnknownAddOn(`unknown add-on ${shown(wrong)} of ${operation}`, wrong, Object.keys(own.addons));
  }
  if (values === null || typeof values !== "object") throw new InvalidValue(`values: ${shown(values)} is not an object`, "values");
  const texts = new Map(Object.entries(values).map(([name, value]) => [name, literal(own.placeholders, name, value)]));
  const documents = { policy: structuredClone(own.policy), trust: structuredClone(own.trust) };
  for (const addon of Object.keys(own.addons).filter((name) => addons.includes(name))) {
    for (const [part, patch] of Object.entries(own.addons[addon])) apply(documents[part], patch);
  }
  const open = new Set();
  const filled = JSON.parse(JSON.stringify(documents), (_, part) => (typeof part === "string" ? fill(part, texts, open) : part));
  return { ...filled, placeholders: [...open].sort() };
}

function found(operation) {
  if (isOf(data.operations, operation)) return data.operations[operation];
  throw new UnknownOperation(`unknown operation ${shown(operation)}`, operation, operations);
}

/** Does the one step that published patches have: a statement is added. */
function apply(document, patch) {
  for (const { op, path, value } of patch) {
    const at = path.slice("/Statement/".length);
    if (op !== "add" || !path.startsWith("/Statement/")) throw new TypeError(`a step of a published patch is ${op} ${path}`);
    document.Statement.splice(at === "-" ? document.Statement.length : Number(at), 0, structuredClone(value));
  }
}

/** A text with values in it; IAM's own variables (`${aws:…}`) stay. */
function fill(text, texts, open) {
  return text.replace(PLACEHOLDER, (whole, name) => {
    if (texts.has(name)) return texts.get(name);
    open.add(name);
    return whole;
  });
}
