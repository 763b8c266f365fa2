// The roles of requests: which ones their operations accept, which ARNs they pass, and which one is composed. Pure.

import { UnknownRole } from "../errors.js";
import { sorted } from "./comparison.js";
import { isText } from "./partial.js";
import { items, parse, search } from "./values.js";

/** The roles that a request's operation accepts; empty if it has no record. */
export function accepted(catalog, request) {
  return catalog.has(request.operation) ? catalog.operation(request.operation).roles : [];
}

/** ID of each role that a request passes, to the first ARN passed as it. */
export function passed(catalog, request) {
  const arns = new Map();
  for (const role of accepted(catalog, request)) {
    for (const path of role.parameters) {
      for (const value of items(search(path, request.members ?? {}))) {
        if (isText(value) && value.length && !arns.has(role.id)) arns.set(role.id, String(value));
      }
    }
  }
  return arns;
}

/** The ARNs of the roles that requests pass, in order, each once. */
export function arnsOf(catalog, requests) {
  return [...new Set(requests.flatMap((request) => [...passed(catalog, request).values()]))];
}

/**
 * Chooses the role to compose.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {object[]} requests all requests
 * @param {string} [wanted] ID of a record's role; or ARN or name of a role that requests pass, for their requests only; or,
 *   where none passes a role, the ARN of the role that they are for; "" for the usual role of all requests
 * @returns {{requests: object[], ids: string[], arn: string, isGiven: boolean}} the role, as engine/roles.py's Chosen
 * @throws {UnknownRole} no request has or passes such a role
 */
export function choose(catalog, requests, wanted = "") {
  const arns = arnsOf(catalog, requests);
  const ids = new Set(requests.flatMap((request) => accepted(catalog, request).map((role) => role.id)));
  if (!wanted || ids.has(wanted)) {
    const chosen = wanted ? [wanted] : usual(catalog, requests);
    const all = requests.map((request) => passed(catalog, request));
    const named = new Set(all.flatMap((own) => (chosen.length ? chosen : [...own.keys()]).map((id) => own.get(id))));
    named.delete(undefined);
    return { requests, ids: chosen, arn: named.size === 1 ? [...named][0] : "", isGiven: false };
  }
  if (!arns.length && fieldsOf(catalog, wanted).size) {
    const chosen = usual(catalog, requests);
    const given = requests.map((request) => passing(catalog, request, chosen, wanted));
    return { requests: given, ids: chosen, arn: wanted, isGiven: true };
  }
  const matching = arns.find((arn) => arn === wanted || arn.slice(arn.lastIndexOf("/") + 1) === wanted);
  if (matching === undefined) {
    throw new UnknownRole(`no request has or passes a role '${wanted}'`, wanted, [...sorted(ids), ...arns]);
  }
  const kept = requests.filter((request) => {
    const own = [...passed(catalog, request).values()];
    return !own.length || own.includes(matching);
  });
  const chosen = kept.flatMap((request) => [...passed(catalog, request)].filter(([, arn]) => arn === matching));
  return { requests: kept, ids: sorted(chosen.map(([id]) => id)), arn: matching, isGiven: false };
}

/** IDs of the roles to compose: each operation's first, or the only one its requests pass; empty for the first. */
export function usual(catalog, requests) {
  const ids = new Set();
  let isFirst = true;
  for (const request of requests) {
    const available = accepted(catalog, request).map((role) => role.id);
    if (!available.length) continue;
    const own = passed(catalog, request);
    const first = !own.size || own.has(available[0]) ? available[0] : [...own.keys()][0];
    isFirst = isFirst && first === available[0];
    ids.add(first);
  }
  return isFirst ? [] : [...ids];
}

/** What the ARN of a role that no request passes shows: partition, account, and what their callers pass. */
export function factsOf(catalog, arn, requests) {
  const fields = fieldsOf(catalog, arn);
  const facts = Object.fromEntries([...fields].filter(([name]) => name === "Partition" || name === "Account"));
  for (const request of requests) {
    const paths = new Set(accepted(catalog, request).flatMap((role) => role.parameters));
    const caller = paths.size ? catalog.operation(request.operation).caller : null;
    const entries = caller ? [...caller.entries, ...caller.addons.flatMap((addon) => addon.entries)] : [];
    for (const entry of entries) {
      if (!entry.members.some((member) => paths.has(member))) continue;
      for (const [name, kind] of Object.entries(entry.parameters)) {
        if (kind === "iam-role") facts[entry.prefix + name] = arn;
      }
    }
  }
  return facts;
}

/** The fields of a role's ARN; empty if it is not one. */
export function fieldsOf(catalog, arn) {
  return parse(catalog.kind("iam-role"), arn)?.fields ?? new Map();
}

/** Name and path of a role, from its ARN; the name is "" if the ARN does not show them. */
export function nameAndPath(arn) {
  const resource = arn.split(":").length > 5 ? arn.split(":").slice(5).join(":") : "";
  if (!resource.startsWith("role/") || resource.includes("${")) return { name: "", path: "/" };
  const rest = resource.slice(4);
  const slash = rest.lastIndexOf("/");
  return { name: rest.slice(slash + 1), path: `${rest.slice(0, slash)}/` };
}

/** A request with the ARN of the chosen role where it passes one, if that is one member that it can have. */
function passing(catalog, request, ids, arn) {
  const role = accepted(catalog, request).find((item) => !ids.length || ids.includes(item.id));
  if (request.members === null || !role || role.notPassed) return request;
  const parents = role.parameters[0].split(".");
  const last = parents.pop();
  const members = { ...request.members };
  let inner = members;
  for (const name of parents) {
    const next = Object.hasOwn(inner, name) ? inner[name] : null;
    if (next === null || typeof next !== "object" || Array.isArray(next) || isText(next)) return request;
    inner[name] = { ...next };
    inner = inner[name];
  }
  if (!/^[A-Za-z0-9]+$/.test(last)) return request; // a list, or a choice
  inner[last] = arn;
  return { ...request, members };
}
