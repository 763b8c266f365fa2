// Says which member of a request a finding is about, as scripts/sagemaker_roles/outputs/explaining.py does.

import { short } from "../engine/repr.js";
import { isMapping } from "../inputs/places.js";

/** The one member of a request that a finding is about (Inputs[2].Uri), or its path without conditions (Inputs[].Uri). */
export function placed(requests, finding) {
  const unfiltered = finding.member.replace(/\[\?[^\]]*\]/g, "[]");
  const names = unfiltered.match(/[A-Za-z][A-Za-z0-9]*/g) ?? [];
  for (const request of requests) {
    if (request.operation !== finding.operation || (request.label ?? "") !== finding.label) continue;
    const found = placeOf(request.members, names, finding.value);
    if (found) return found;
  }
  return unfiltered;
}

/** Where a value stands below members of some names, which come in this order; "" if it does not. */
function placeOf(members, names, value) {
  const left = [["", members, 0]];
  while (left.length) {
    const [path, item, after] = left.pop();
    if (Array.isArray(item)) {
      left.push(...item.map((inner, index) => [`${path}[${index}]`, inner, after]).reverse());
    } else if (isMapping(item)) {
      const inner = Object.keys(item)
        .map((name) => [name, names.indexOf(name, after) + 1])
        .filter(([, place]) => place && (path || place === 1));
      left.push(...inner.map(([name, place]) => [path ? `${path}.${name}` : name, item[name], place]).reverse());
    } else if (path && item !== null && short(item) === value) {
      return path;
    }
  }
  return "";
}
