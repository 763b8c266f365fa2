// Which resources that a request names need no permission of the role, as data/no-permission.yaml says. Pure.
// The same algorithm, step by step, as scripts/sagemaker_roles/engine/sparing.py.

import { namesOf } from "./named.js";
import { isMapping } from "./partial.js";

/** Why a resource needs no permission; "" if no record says so. isWhere: only reasons because of another member count. */
export function spared(catalog, request, named, isWhere = false) {
  const entries = Object.values(catalog.data.no_permission ?? {});
  return entries.find((entry) => (!isWhere || entry.where) && holds(entry, request, named))?.why ?? "";
}

/** Whether a reason is about a resource: the path of a member begins with the operation. */
function holds(entry, request, named) {
  const names = [request.operation, ...namesOf(named)];
  return (
    (entry.operations ?? [request.operation]).includes(request.operation) &&
    (entry.resources ?? [named.kind]).includes(named.kind) &&
    ((entry.members ?? []).some((member) => {
      const wanted = member.split(".");
      return same(names.slice(-wanted.length), wanted);
    }) ||
      (entry.below ?? []).some((member) => isBelow(names.slice(1), member.split(".")))) &&
    (!entry.where || around(request, named).some((value) => isSet(value, entry.where)))
  );
}

/** The mappings and lists that a resource is in, from the request on. */
function around(request, named) {
  const values = [];
  let value = request.members;
  for (const step of named.steps) {
    values.push(value);
    if (value === null || typeof value !== "object") break;
    value = value[step];
  }
  return values;
}

/** Whether a mapping has a member with the value true at one of some paths. */
function isSet(value, paths) {
  return paths.some(
    (path) => path.split(".").reduce((inner, name) => (isMapping(inner) ? inner[name] : undefined), value) === true,
  );
}

/** Whether some members follow one another anywhere on a path. */
function isBelow(names, members) {
  return names.some((_, at) => same(names.slice(at, at + members.length), members));
}

/** Whether two lists of names are the same. */
export function same(one, other) {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}
