// Composes policies: records, chosen add-ons and, where given, requests become IAM documents. Pure.
// The same algorithm, step by step, as scripts/sagemaker_roles/engine/compose.py; the tests hold the two together byte by byte.

import { extend } from "../canonical.js";
import { sorted, unique } from "../comparison.js";
import { UnknownAddOn, UnknownOperation, UnknownRole } from "../errors.js";
import { partsOf } from "../iam/parts.js";
import { account } from "./account.js";
import { entriesFor, handed } from "./containers.js";
import { usable } from "./placeholders.js";
import { finderOf, pathOf } from "./named.js";
import { Partial, isText } from "./partial.js";
import { Composer, withoutCancelled, withoutDuplicates } from "./statements.js";
import { escape, isTrue, items, match, partitionOf, search, short } from "./values.js";

/**
 * Composes what one role needs for some requests, and what their callers need.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {{operation: string, members: object|null, label?: string, roles?: string[]}[]} requests what the role is to do; roles:
 *   IDs of the roles of its operation that it is composed for (absent: all; empty: it only decides over others' add-ons)
 * @param {object} [choice] roles: IDs that are to be one, empty for the first; scope: scoped or broad; addons, without: IDs;
 *   values: text by name; parameters: several values by name
 * @returns policy, trust and caller documents; addons: [operation, role, IDs] for each; open placeholders; findings;
 *   account: what became of every resource that the requests name
 * @throws {UnknownOperation|UnknownRole|UnknownAddOn} there is none of that name
 */
export function compose(catalog, requests, choice = {}) {
  const { roles = [], scope = "scoped", addons = [], without = [], values = {}, parameters = {} } = choice;
  const ids = roles.length ? roles : null;
  const groups = byOperation(catalog, requests);
  const operations = operationsOf(catalog, groups);
  checkNames(operations, ids, [...addons, ...without]);
  const facts = derived(catalog, requests, ids);
  const { given, literal, faults } = valuesOf(catalog, operations, facts, values, parameters);
  const composers = composersOf(catalog, scope, facts, literal, given);
  const named = requests.map((request) => [request, finderOf(catalog).named(request.members)]);
  const work = { catalog, groups, ids, wanted: new Set(addons), unwanted: new Set(without), composers, named };
  const active = allOf(work, operations);
  const isGiven = requests.some((request) => request.members !== null);
  const { documents, notes } = documentsOf(composers, isGiven, scope === "broad");
  const findings = unique([...faults, ...notes, ...Object.values(composers).flatMap((composer) => composer.allFindings())]);
  const accounted = account(catalog, named, {
    documents,
    findings,
    grantees: new Map(operations.map((operation) => [operation.name, composedOf(operation, ids)])),
    hosts: new Map([...groups.keys()].map((name) => [name, workedFor(catalog, name)])),
    active: new Map(active.map(([operation, grantee, chosen]) => [JSON.stringify([operation, grantee]), chosen])),
    values: composers.policy.values,
  });
  return {
    ...documents,
    addons: active,
    placeholders: sorted(Object.values(documents).flatMap((document) => document.placeholders())),
    findings: unique([...findings, ...accounted.notes]),
    account: accounted.account,
    about: { role: roleArn(facts.roles, operations, ids), values: composers.policy.values, requests },
  };
}

/** Throws UnknownRole or UnknownAddOn for one that none of the operations has. */
function checkNames(operations, ids, addons) {
  const wrong = ids?.find((id) => !operations.some((operation) => operation.roles.some((role) => role.id === id)));
  if (operations.length && wrong !== undefined) throw noRole(operations, wrong);
  const grantees = operations.flatMap((operation) => composedOf(operation, ids));
  const known = sorted(grantees.flatMap((grantee) => grantee.addons.map((addon) => addon.id)));
  const missing = addons.filter((name) => !known.includes(name));
  if (!missing.length) return;
  const message = `no add-on ${sorted(missing).join(", ")}; there are ${known.join(", ") || "none"}`;
  throw new UnknownAddOn(message, missing[0], known);
}

/** The values that can be used: all of them by name, those that are one text, and what is wrong with others. */
function valuesOf(catalog, operations, facts, values, parameters) {
  const asked = new Map([...Object.entries(values).map(([name, value]) => [name, [value]]), ...Object.entries(parameters)]);
  const { kept: given, faults } = usable(catalog, operations.map((operation) => operation.name), asked);
  const single = [...given].filter(([, several]) => several.length === 1 && !(several[0] instanceof Partial));
  const literal = new Map(single.map(([name, [only]]) => [name, only]));
  const message = elsewhere(catalog, new Map([...agreed(catalog, facts, literal.get("Region") ?? ""), ...literal]));
  if (message && literal.has("Region")) {
    faults.push(["Region", literal.get("Region"), message]);
    literal.delete("Region");
  }
  const operation = operations[0]?.name ?? "";
  const problems = faults.map(([member, value, message]) => (
    { kind: "problem", operation, member, value: short(value), message, label: "" }
  ));
  return { given, literal, faults: problems };
}

/** What collects each document, with the values known for its placeholders. */
function composersOf(catalog, scope, facts, literal, given) {
  const valuesFor = (isCaller) => {
    const known = new Map([...agreed(catalog, facts, literal.get("Region") ?? "", isCaller), ...literal]);
    return new Map([...known].map(([name, value]) => [name, escape(value)]));
  };
  const [ofRole, ofCaller] = [valuesFor(false), valuesFor(true)];
  return {
    policy: new Composer(catalog, scope, ofRole, given),
    trust: new Composer(catalog, scope, ofRole, given),
    caller: new Composer(catalog, scope, ofCaller, given),
  };
}

/** Adds what the roles and callers of all operations need; gives the add-ons of each that are in: [operation, role, IDs]. */
function allOf(work, operations) {
  return operations.flatMap((operation) => {
    const mine = work.groups.get(operation.name).filter((request) => !onlyDecides(request));
    return composedOf(operation, work.ids).flatMap((grantee) => {
      const own = mine.filter((request) => (grantee === operation.caller ? !request.byService : isFor(request, grantee.id)));
      if (!own.length) return [];
      return [[operation.name, grantee.id, addOne(work, operation, grantee, mine, own).map((addon) => addon.id)]];
    });
  });
}

/** Adds what one role or caller needs; gives its add-ons that are in. */
function addOne({ catalog, groups, wanted, unwanted, composers, named }, operation, grantee, mine, own) {
  const isCaller = grantee === operation.caller;
  const composer = composers[isCaller ? "caller" : "policy"];
  addBase(composer, operation, grantee, own);
  const chosen = grantee.addons.filter((addon) => {
    const given = addon.request ? (groups.get(addon.request) ?? []) : mine;
    return !unwanted.has(addon.id) && addAddon(composer, operation, grantee, addon, given, wanted.has(addon.id));
  });
  if (isCaller) return chosen;
  addContainers(catalog, composer, operation, grantee, named);
  for (const owner of [null, ...chosen]) {
    for (const id of (owner ?? grantee).trust) composers.trust.addTrust(operation, grantee, owner, catalog.trust(id));
  }
  return chosen;
}

/** The documents; where requests are given, without what another statement grants, and notes on that. */
function documentsOf(composers, isGiven, isBroad) {
  const documents = {};
  const notes = [];
  for (const [part, composer] of Object.entries(composers)) {
    documents[part] = composer.document();
    if (!isGiven) continue;
    const left = withoutCancelled(withoutDuplicates(documents[part]), isBroad);
    documents[part] = left.document;
    extend(notes, left.notes);
  }
  return { documents, notes };
}

/** Operations whose role the requests of an operation work with, or over whose add-ons they decide. */
function workedFor(catalog, name) {
  const hosts = hostsOf(catalog, name);
  return hosts.length ? hosts : handledBy(catalog, name);
}

/** The ARN of the composed role, or one with placeholders if the requests pass none or several. */
function roleArn(roles, operations, ids) {
  const arns = [...roles.values()];
  if (arns.length === 1) return arns[0];
  const names = [];
  for (const operation of operations) {
    const paths = rolesOf(operation, ids).flatMap((role) => role.parameters);
    const { caller } = operation;
    for (const entry of caller ? [...caller.entries, ...caller.addons.flatMap((addon) => addon.entries)] : []) {
      const isOfRole = entry.members.some((path) => paths.includes(path)) && Object.values(entry.parameters).includes("iam-role");
      if (isOfRole) names.push(`${entry.prefix}RoleName`);
    }
  }
  return `arn:\${Partition}:iam::\${Account}:role/\${${names[0] ?? "ExecutionRoleName"}}`;
}

/** The fields of each ARN that a request names a role with. */
function owners(catalog, role, members) {
  const kind = catalog.kind("iam-role");
  const values = role.parameters.flatMap((path) => items(search(path, members)));
  return values.map((value) => (isText(value) ? match(kind, value)?.fields : null)).filter(Boolean);
}

/** Whether nothing is composed for a request: it only decides over add-ons of other operations. */
export function onlyDecides(request) {
  return request.roles?.length === 0;
}

/** Whether a request is composed for its operation's role of an ID. */
function isFor(request, role) {
  return !request.roles || request.roles.includes(role);
}

/** The requests by operation, with an empty one for each operation whose role others work with. */
function byOperation(catalog, requests) {
  const groups = new Map();
  for (const request of requests) {
    if (!groups.has(request.operation)) groups.set(request.operation, []);
    groups.get(request.operation).push(request);
  }
  for (const name of [...groups.keys()]) {
    if (!catalog.has(name)) {
      if (!handledBy(catalog, name).length) {
        throw new UnknownOperation(`there is no record of the operation ${name}`, name, catalog.operations);
      }
      continue;
    }
    const hosts = hostsOf(catalog, name);
    const isGiven = groups.get(name).some((request) => request.members !== null);
    if (hosts.length && !hosts.some((host) => groups.has(host)) && isGiven) {
      groups.set(hosts[0], [{ operation: hosts[0], members: {}, label: groups.get(name)[0].label }]);
    }
  }
  return groups;
}

/** The operations with a record and a request that does more than decide over add-ons of others. */
function operationsOf(catalog, groups) {
  const names = sorted(groups.keys()).filter((name) => catalog.has(name));
  return names.filter((name) => groups.get(name).some((item) => !onlyDecides(item))).map((name) => catalog.operation(name));
}

/** What compose() composes for these requests: [operation, grantee] for each role of these IDs, and the caller. */
export function granteesOf(catalog, requests, roles = []) {
  const operations = operationsOf(catalog, byOperation(catalog, requests));
  const ids = roles.length ? roles : null;
  return operations.flatMap((operation) => composedOf(operation, ids).map((grantee) => [operation, grantee]));
}

/** Operations whose role the requests of an operation work with; empty if it has no record or a role of its own. */
export function hostsOf(catalog, name) {
  return catalog.has(name) ? catalog.operation(name).usesRoleOf.filter((host) => catalog.has(host)) : [];
}

/** Operations with add-ons that requests of another operation decide over. */
export function handledBy(catalog, name) {
  return Object.hasOwn(catalog.data.handled_by, name) ? catalog.data.handled_by[name] : [];
}

function noRole(operations, role) {
  const has = operations.map(
    (operation) => `${operation.name} has ${operation.roles.map((item) => item.id).join(", ") || "none"}`,
  );
  const known = sorted(operations.flatMap((operation) => operation.roles.map((item) => item.id)));
  return new UnknownRole(`no role ${role}; ${has.join("; ")}`, role, known);
}

function rolesOf(operation, ids) {
  return ids ? operation.roles.filter((role) => ids.includes(role.id)) : operation.roles.slice(0, 1);
}

function composedOf(operation, ids) {
  const roles = rolesOf(operation, ids);
  return operation.caller ? [...roles, operation.caller] : roles;
}

function addBase(composer, operation, grantee, requests) {
  for (const entry of grantee.entries) {
    for (const request of requests) {
      const events = [];
      for (const binding of composer.bindings(entry, request, events)) {
        composer.add(operation, grantee, null, entry, binding);
      }
      composer.note(events);
    }
  }
}

/** Adds what containers need for what the requests that work with the role hand to them. */
function addContainers(catalog, composer, operation, grantee, named) {
  for (const [request, names] of named) {
    const { operation: own } = request;
    if (!isFor(request, grantee.id)) continue;
    if (own !== operation.name && ![...hostsOf(catalog, own), ...handledBy(catalog, own)].includes(operation.name)) {
      continue;
    }
    for (const one of handed(catalog, request, names)) {
      if (!one.container.roles.includes(grantee.id)) continue;
      const events = [];
      for (const [entry, text] of entriesFor(catalog, one, finderOf(catalog))) {
        const binding = composer.read(entry, text, request, pathOf(one.named), events);
        if (binding) composer.add(operation, grantee, null, entry, binding);
      }
      composer.note(events);
    }
  }
}

/** Adds an add-on's statements for the requests that call for it, or with placeholders if it is wanted anyway. */
function addAddon(composer, operation, grantee, addon, given, wanted) {
  const sources = given.map((request) => callOf(composer, addon, request)).filter(Boolean);
  if (!sources.length && wanted) {
    const events = [];
    sources.push({ bound: addon.entries.map((entry) => chosen(composer, entry, operation, given, events)), events });
  }
  addon.entries.forEach((entry, index) => {
    for (const { bound } of sources) {
      for (const binding of bound[index]) composer.add(operation, grantee, addon, entry, binding);
    }
  });
  for (const { events } of sources) composer.note(events);
  return sources.length > 0;
}

/** What an entry of an add-on chosen by hand is bound to: the requests' values if they have any, or placeholders. */
function chosen(composer, entry, operation, requests, events) {
  const bindings = requests
    .filter((request) => request.members !== null && entry.members.length)
    .flatMap((request) => composer.bindings(entry, request, events));
  return bindings.length ? bindings : composer.bindings(entry, { operation: operation.name, members: null }, []);
}

/** What an add-on's entries are bound to by a request that calls for it; null if the request does not. */
function callOf(composer, addon, request) {
  if (request.members === null || addon.usage) return null;
  if (addon.when && !isTrue(search(addon.when, request.members))) return null;
  const events = [];
  const bound = addon.entries.map((entry) => composer.bindings(entry, request, events));
  const calls = addon.when || addon.entries.some((entry, index) => bound[index].length && entry.members.length);
  return calls ? { bound, events } : null;
}

// --- what requests tell of partition, Region and account -------------------------------------------------------------

/**
 * What the requests tell of partition, Region and account. Partition and account come from the ARNs of the composed roles
 * or, where the requests do not name these, of the roles that callers pass.
 *
 * @returns regions: those of ARNs; ofRole, ofCaller: the texts for partition and account; roles: names of the composed
 *   roles, each to its ARN
 */
function derived(catalog, requests, ids = null) {
  const texts = () => new Map([["Partition", new Set()], ["Account", new Set()]]);
  const facts = { regions: new Set(), ofRole: texts(), ofCaller: texts(), roles: new Map() };
  for (const request of requests) {
    if (request.members === null) continue;
    for (const text of arns(request.members)) {
      const own = partsOf(text).region;
      if (own && partitionOf(catalog.regions, own)) facts.regions.add(own);
    }
    if (!catalog.has(request.operation) || onlyDecides(request)) continue;
    const operation = catalog.operation(request.operation);
    const named = (roles) => roles.flatMap((role) => owners(catalog, role, request.members));
    const passed = named(operation.roles.filter((role) => !role.notPassed));
    const composed = named(rolesOf(operation, ids).filter((role) => isFor(request, role.id)));
    for (const fields of composed) {
      const [partition, account, name] = ["Partition", "Account", "RoleName"].map((field) => fields.get(field));
      facts.roles.set(name, `arn:${partition}:iam::${account}:role/${name}`);
    }
    for (const [textsOf, several] of [[facts.ofRole, composed.length ? composed : passed], [facts.ofCaller, passed]]) {
      for (const [name, known] of textsOf) {
        for (const fields of several) if (!fields.get(name).includes("${")) known.add(fields.get(name));
      }
    }
  }
  return facts;
}

/** The values that the requests agree on; the Region tells the partition if no ARN does. */
function agreed(catalog, facts, region = "", isCaller = false) {
  const textsOf = new Map([...(isCaller ? facts.ofCaller : facts.ofRole), ["Region", facts.regions]]);
  if (!textsOf.get("Partition").size) {
    const partitions = (region ? [region] : [...facts.regions]).map((name) => partitionOf(catalog.regions, name));
    textsOf.set("Partition", new Set(partitions.filter(Boolean)));
  }
  const values = new Map([...textsOf].filter(([, texts]) => texts.size === 1).map(([name, texts]) => [name, [...texts][0]]));
  if (elsewhere(catalog, values)) values.delete("Region");
  return values;
}

/** What is wrong with a Region that is in another partition than the one known; "" if nothing is. */
function elsewhere(catalog, values) {
  const [region, partition] = [values.get("Region") ?? "", values.get("Partition") ?? ""];
  const owner = region && partition ? partitionOf(catalog.regions, region) : partition;
  return owner === partition ? "" : `is in the partition ${owner}, and the role in ${partition}; give a Region of that one`;
}

/** Every text in a request that is wholly known and begins like an ARN, however deep, without recursion. */
function arns(value) {
  const arns = [];
  const left = [value];
  while (left.length) {
    const item = left.pop();
    if (typeof item === "string") {
      if (item.startsWith("arn:")) arns.push(item);
    } else if (!isText(item) && item !== null && typeof item === "object") {
      for (const inner of Object.values(item)) left.push(inner);
    }
  }
  return arns;
}
