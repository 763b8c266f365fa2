// Reads API requests: boto3 keyword arguments, files for --cli-input-json and -yaml, filled-in skeletons.

import { byCodePoint } from "../comparison.js";
import { isMapping } from "../engine/partial.js";
import { AmbiguousOperation, InputError } from "../errors.js";
import { kindOf, plain, style } from "./names.js";

const STYLE = style();

/** The requests of a document: one, or a list of them. */
export function* read(reader, document) {
  const isList = Array.isArray(document.value);
  for (const [index, value] of (isList ? document.value : [document.value]).entries()) {
    const path = isList ? [index] : [];
    if (!isMapping(value)) {
      throw new InputError(`a request must be a mapping of its members, not ${kindOf(value)}`, document.where());
    }
    const label = document.name + (isList ? ` request ${index + 1}` : "");
    const keys = Object.keys(value);
    const named = keys.length === 1 && isMapping(value[keys[0]]) ? reader.names.operation(keys[0]) : "";
    if (named) {
      yield { operation: named, members: value[keys[0]], style: STYLE, path: [...path, keys[0]], label };
      continue;
    }
    const operation = reader.wanted || only(candidates(reader.names, value));
    if (!operation) throw question(reader.names, document, value);
    yield { operation, members: value, style: STYLE, path, label };
  }
}

function only(names) {
  return names.length === 1 ? names[0] : "";
}

/** Operations whose requests have all the members of a mapping: if possible those with all they require. */
function candidates(names, value) {
  const given = new Set(Object.keys(value).map(plain));
  if (!given.size) return [];
  const fitting = Object.entries(names.inputs)
    .filter(([, shape]) => [...given].every((name) => names.members(shape).has(name)))
    .map(([name]) => name);
  const required = (name) => (names.types[names.inputs[name]]?.required ?? []).map(plain);
  const complete = fitting.filter((name) => required(name).every((member) => given.has(member)));
  // An update takes fewer members than a creation, so a request that has all a creation needs is one.
  const creating = complete.filter((name) => !name.startsWith("Update"));
  return [creating, complete, fitting].find((list) => list.length) ?? [];
}

function question(names, document, value) {
  const fitting = candidates(names, value);
  if (fitting.length) {
    const message = `the request might be for ${fitting.slice(0, 6).join(" or ")}; name the operation`;
    return new AmbiguousOperation(message, document.where(), fitting);
  }
  const given = [...new Set(Object.keys(value).map(plain))];
  const near = Object.entries(names.inputs)
    .map(([name, shape]) => [name, given.filter((member) => names.members(shape).has(member)).length / (given.length || 1)])
    .filter(([, share]) => share >= 0.5)
    .sort((a, b) => b[1] - a[1] || byCodePoint(a[0], b[0]))
    .slice(0, 3)
    .map(([name]) => name);
  const hint = near.length ? ` (such as ${near.join(", ")})` : "";
  const message = `the members do not show which operation the request is for; name it${hint}`;
  return new AmbiguousOperation(message, document.where(), near);
}
