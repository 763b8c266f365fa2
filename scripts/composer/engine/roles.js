// The roles of requests: which ones their operations accept, which ARNs they pass, and which one is composed. Pure.

import { quoted } from "../canonical.js";
import { sorted } from "../comparison.js";
import { UnknownRole } from "../errors.js";
import { partsOf } from "../iam/parts.js";
import { handledBy, hostsOf, onlyDecides } from "./compose.js";
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

/** What many roles ask of the same requests, found once. */
class Index {
  /** ARN to the places of the requests that pass it, with the IDs of the records' roles that they pass it as. */
  ofArn = new Map();
  #places = new Map();
  #beside = new Map();

  constructor(catalog, requests) {
    this.catalog = catalog;
    this.requests = requests;
    requests.forEach((request, at) => {
      if (!this.#places.has(request.operation)) this.#places.set(request.operation, []);
      this.#places.get(request.operation).push(at);
      for (const [id, arn] of passed(catalog, request)) {
        if (!this.ofArn.has(arn)) this.ofArn.set(arn, new Map());
        const own = this.ofArn.get(arn);
        own.set(at, [...(own.get(at) ?? []), id]);
      }
    });
    for (const name of this.#places.keys()) {
      for (const host of [...handledBy(catalog, name), ...hostsOf(catalog, name)]) {
        if (!this.#beside.has(host)) this.#beside.set(host, new Set());
        this.#beside.get(host).add(name);
      }
    }
  }

  /** The role of an ARN: its requests, those that belong to them, and those that decide over its add-ons. */
  role(arn, id = "") {
    const { catalog, requests } = this;
    if (this.ofArn.size === 1) return chosen(requests, usual(catalog, requests), arn);
    let own = this.ofArn.get(arn);
    if (id) own = new Map([...own].filter(([, ids]) => ids.includes(id)).map(([at]) => [at, [id]]));
    const beside = new Set();
    for (const at of own.keys()) for (const name of this.#beside.get(requests[at].operation) ?? []) beside.add(name);
    const places = new Set([...own.keys(), ...[...beside].flatMap((name) => this.#places.get(name))]);
    return chosen(kept(catalog, requests, own, [...places].sort((a, b) => a - b)), sorted([...own.values()].flat()), arn);
  }
}

/** The ARNs of the roles that requests pass, in order, each once. */
export function arnsOf(catalog, requests) {
  return [...new Set(requests.flatMap((request) => [...passed(catalog, request).values()]))];
}

/**
 * Chooses the roles to compose: one for each role ARN that requests pass.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {object[]} requests all requests
 * @param {string} [wanted] ID of a record's role; or ARN or name of a role that requests pass; or, where none passes a role,
 *   the ARN of the role that they are for; "" for all roles
 * @param {boolean} [merge] one role for all requests, whatever roles they pass
 * @returns {{requests: object[], ids: string[], arn: string, isGiven: boolean}[]} the roles, as engine/roles.py's choose()
 * @throws {UnknownRole} no request has or passes such a role
 */
export function choose(catalog, requests, wanted = "", merge = false) {
  const index = new Index(catalog, requests);
  const arns = [...index.ofArn.keys()];
  const ids = new Set(requests.flatMap((request) => accepted(catalog, request).map((role) => role.id)));
  if (ids.has(wanted)) return ofId(index, wanted, merge);
  if (!wanted) {
    if (arns.length < 2 || merge) return [chosen(requests, usual(catalog, requests), arns.length === 1 ? arns[0] : "")];
    const roles = arns.map((arn) => index.role(arn));
    return [...roles, ...others(catalog, requests, roles)];
  }
  if (!arns.length && fieldsOf(catalog, wanted).size) {
    const own = usual(catalog, requests);
    return [{ ...chosen(requests.map((request) => passing(catalog, request, own, wanted)), own, wanted), isGiven: true }];
  }
  const matching = arns.filter((arn) => arn === wanted || arn.slice(arn.lastIndexOf("/") + 1) === wanted);
  if (!matching.length) {
    throw new UnknownRole(`no request has or passes a role ${quoted(wanted)}`, wanted, [...sorted(ids), ...arns]);
  }
  if (matching.length > 1) {
    throw new UnknownRole(`several roles are called ${quoted(wanted)}; give an ARN`, wanted, matching);
  }
  return [index.role(matching[0])];
}

/** IDs of the roles to compose: those that requests pass, else each operation's first; empty for the first. */
export function usual(catalog, requests) {
  const ids = new Set();
  let isFirst = true;
  for (const request of requests) {
    const [first] = accepted(catalog, request).map((role) => role.id);
    if (first === undefined) continue;
    const own = [...passed(catalog, request).keys()];
    if (!own.length) own.push(first);
    isFirst = isFirst && own.length === 1 && own[0] === first;
    for (const id of own) ids.add(id);
  }
  return isFirst ? [] : [...ids];
}

function chosen(requests, ids, arn) {
  return { requests, ids, arn, isGiven: false };
}

/** The roles that requests pass as the role of an ID. */
function ofId(index, id, merge) {
  const isPassed = (own) => [...own.values()].some((ids) => ids.includes(id));
  const arns = [...index.ofArn].filter(([, own]) => isPassed(own)).map(([arn]) => arn);
  if (arns.length < 2 || merge) return [chosen(index.requests, [id], arns.length === 1 ? arns[0] : "")];
  return arns.map((arn) => index.role(arn, id));
}

/** What no role of an ARN is for, as a role without an ARN; empty if there is nothing. */
function others(catalog, requests, roles) {
  const key = (request) => JSON.stringify([request.operation, request.label ?? ""]);
  const own = roles.flatMap((role) => role.requests.filter((request) => !onlyDecides(request)));
  const covered = new Set(own.map(key));
  const left = new Map([...requests.keys()].filter((index) => !covered.has(key(requests[index]))).map((index) => [index, undefined]));
  if (!left.size) return [];
  return [chosen(kept(catalog, requests, left, requests.keys()), usual(catalog, [...left.keys()].map((index) => requests[index])), "")];
}

/** A role's own requests, those without a role that belong to them, and the others that decide over its add-ons. */
function kept(catalog, requests, mine, places) {
  const operations = new Set([...mine.keys()].map((index) => requests[index].operation));
  return [...places].flatMap((index) => {
    const request = requests[index];
    if (mine.has(index)) return [{ ...request, roles: mine.get(index) }];
    const decides = handledBy(catalog, request.operation).some((name) => operations.has(name));
    const belongs = hostsOf(catalog, request.operation).some((name) => operations.has(name));
    if (!accepted(catalog, request).length) return belongs || decides ? [request] : [];
    if (belongs && !passed(catalog, request).size) return [{ ...request, roles: ["caller"] }];
    return decides ? [{ ...request, roles: [] }] : [];
  });
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
function fieldsOf(catalog, arn) {
  return parse(catalog.kind("iam-role"), arn)?.fields ?? new Map();
}

/** Path and name in the ARN of a role (IAM API Reference, CreateRole). */
const ROLE = /^role(\/(?:[!-.0-~]{1,510}\/)*)([A-Za-z0-9_+=,.@-]{1,64})$/;

/** Name and path of a role, from its ARN; the name is "" if the ARN does not show them. */
export function nameAndPath(arn) {
  const match = ROLE.exec(partsOf(arn).resource);
  return match ? { name: match[2], path: match[1] } : { name: "", path: "/" };
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
