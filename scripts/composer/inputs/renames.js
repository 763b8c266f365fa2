// Moves members that an input format keeps elsewhere or calls otherwise to where the API has them.

import { isMapping } from "../engine/partial.js";
import { plain } from "./names.js";

/** Members with some of them moved: the table has dotted paths in the input and in the request. */
export function renamed(members, table = {}) {
  const out = { ...members };
  for (const [source, target] of Object.entries(table)) {
    const value = taken(out, source.split("."));
    if (value === undefined || value === null) continue;
    const parents = target.split(".");
    const last = parents.pop();
    let inner = out;
    for (const name of parents) {
      inner[name] = isMapping(inner[name]) ? { ...inner[name] } : {};
      inner = inner[name];
    }
    inner[last] = value;
  }
  return out;
}

/** Takes the value at a path out of a mapping, with mappings that are empty then; null if there is none. */
function taken(members, path) {
  const key = Object.keys(members).find((name) => plain(name) === plain(path[0]));
  if (key === undefined) return null;
  if (path.length === 1) {
    const value = members[key];
    delete members[key];
    return value;
  }
  const inner = members[key];
  if (!isMapping(inner)) return null;
  const copy = { ...inner };
  const value = taken(copy, path.slice(1));
  if (value !== null) {
    if (Object.keys(copy).length) members[key] = copy;
    else delete members[key];
  }
  return value;
}
