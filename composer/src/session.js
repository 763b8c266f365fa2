// One run: from what the user gave to documents, findings, placeholders and their texts, as `sagemaker-roles compose`.

import { canonical, size } from "./canonical.js";
import { compose, hostsOf } from "./compose.js";
import { meanings } from "./meanings.js";
import { GLOBALS } from "./model.js";
import { sorted } from "./order.js";
import { OperationUnknown } from "./read/api.js";
import { read } from "./read/reader.js";
import { isText } from "./partial.js";
import { isMapping } from "./read/places.js";
import { short } from "./repr.js";
import { items, parse, search } from "./values.js";
import { cloudformation } from "./write/cloudformation.js";
import { commands } from "./write/commands.js";
import { Unwritable, placeholdersOf } from "./write/forms.js";
import { POLICY_LIMIT, TRUST_LIMIT, split } from "./write/splitting.js";
import { terraform } from "./write/terraform.js";

export const PARTS = ["policy", "trust", "caller"];
const ATTACHED_LIMIT = 10;
const FORMS = { cloudformation, terraform, cli: commands };

/**
 * Runs a choice.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {object} choice operation, role, scope, addons, without, values (placeholder to text), inputs ({name, text}[]),
 *   parseYaml (see read())
 * @returns {object} requests, composition, notices ({kind, where, message}), meanings, role (for the output forms), or
 *   error and candidates where it cannot be told what to compose for
 */
export function run(catalog, choice) {
  const given = Object.fromEntries(Object.entries(choice.values ?? {}).filter(([, value]) => value !== ""));
  const notices = [];
  let reading = { requests: [{ operation: choice.operation, members: null, label: "" }], notices: [], facts: {} };
  reading = { ...reading, unknown: new Map(), taken: new Set(), given: {}, formats: [], where: (label) => label };
  if (choice.inputs?.length) {
    try {
      reading = read(catalog, choice.inputs, { ...choice, values: given });
    } catch (error) {
      if (!(error instanceof OperationUnknown)) throw error;
      return { error: error.message, candidates: error.candidates, notices: [] };
    }
  }
  notices.push(...reading.notices);
  const requests = reading.requests;
  if (!requests.length) return { error: "there is no request to compose for", candidates: [], notices };
  const operations = operationsOf(catalog, requests);
  const chosen = chooseRole(catalog, requests, choice.role, notices);
  const known = meanings(catalog, operations);
  const values = { ...reading.given, ...reading.facts };
  for (const [name, value] of Object.entries(given)) {
    if (reading.taken.has(name) && !GLOBALS.includes(name)) continue;
    if (reading.unknown.has(name) || known.has(name)) values[name] = value;
    else notices.push({ kind: "note", where: name, message: "there is no placeholder of this name here; its value is not used" });
  }
  const composition = compose(catalog, requests, { ...choice, role: chosen.ids, values });
  const placing = new Placing(requests);
  for (const finding of composition.findings) {
    const member = placing.placed(finding);
    const where = reading.where(finding.label, member, finding.value) || finding.operation;
    const message = `${member}: ${finding.value}: ${finding.message}`;
    notices.push({ kind: finding.kind, where, message });
  }
  tellRoleless(catalog, requests, chosen.ids, composition, notices);
  const texts = [...known].map(([name, meaning]) => [name, `${meaning.text} (such as ${meaning.example})`]);
  return {
    requests,
    operations,
    formats: reading.formats,
    roles: chosen,
    roleKind: catalog.kind("iam-role"),
    composition,
    notices: unique(notices),
    meanings: known,
    unknown: reading.unknown,
    facts: reading.facts,
    texts: new Map([...texts, ...reading.unknown]),
  };
}

/** Finds the members of requests that findings are about; each request is walked through once. */
export class Placing {
  constructor(requests) {
    this.requests = new Map();
    this.values = new Map();
    for (const request of requests) {
      const key = JSON.stringify([request.operation, request.label ?? ""]);
      if (!this.requests.has(key)) this.requests.set(key, []);
      this.requests.get(key).push(request);
    }
  }

  /** The one member that a finding is about (Inputs[2].Uri), or its path without conditions (Inputs[].Uri). */
  placed(finding) {
    const member = finding.member.replace(/\[\?[^\]]*\]/g, "[]");
    const names = member.match(/[A-Za-z][A-Za-z0-9]*/g) ?? [];
    for (const request of this.requests.get(JSON.stringify([finding.operation, finding.label])) ?? []) {
      if (!this.values.has(request)) this.values.set(request, placesOf(request.members));
      const found = this.values.get(request).get(finding.value)?.find(([, walked]) => isAlong(walked, names));
      if (found) return found[0];
    }
    return member;
  }
}

/** The places of each value, as findings show it: the path and the names of the members on it. */
function placesOf(members) {
  const places = new Map();
  const left = [["", members, []]];
  while (left.length) {
    const [path, item, walked] = left.pop();
    if (Array.isArray(item)) {
      for (let index = item.length - 1; index >= 0; index -= 1) left.push([`${path}[${index}]`, item[index], walked]);
    } else if (isMapping(item)) {
      const inner = Object.entries(item).map(([name, value]) => [path ? `${path}.${name}` : name, value, [...walked, name]]);
      for (const one of inner.reverse()) left.push(one);
    } else if (path && item !== null) {
      const text = short(item);
      if (!places.has(text)) places.set(text, []);
      places.get(text).push([path, walked]);
    }
  }
  return places;
}

/** Whether members come in the order of a path's names, which may have more; the first is the path's own. */
function isAlong(walked, names) {
  if (!names.length || walked[0] !== names[0]) return false;
  let after = 0;
  return walked.every((name) => {
    const at = names.indexOf(name, after);
    after = at + 1;
    return at >= 0;
  });
}

/** Operations with a record that some requests are for, or whose role they work with. */
export function operationsOf(catalog, requests) {
  const names = requests.flatMap(({ operation }) => [operation, ...hostsOf(catalog, operation)]);
  return sorted(names.filter((name) => catalog.has(name)));
}

/**
 * What is to be written of a run, split to IAM's sizes.
 *
 * @param {object} result what run() gave
 * @param {string[]} parts which of policy, trust and caller
 * @param {string} format json, cloudformation, terraform or cli
 * @returns text, placeholders that stay open in it, notices
 */
export function written(result, parts, format) {
  const notices = [];
  const { composition, roles, requests } = result;
  const splitUp = (part) => {
    const document = composition[part].toJSON();
    let found;
    try {
      found = split(document);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      notices.push({ kind: "problem", where: part, message: `cannot be split into managed policies: ${error.message}` });
      return [document];
    }
    if (found.length > 1) {
      const limit = `a managed policy may have ${POLICY_LIMIT}`;
      const message = `${size(document)} characters; ${limit}, so it is split into ${found.length}`;
      notices.push({ kind: "note", where: part, message });
    }
    return found;
  };
  const asRole = format !== "json" && parts.includes("policy");
  const policies = parts.includes("policy") ? splitUp("policy") : null;
  const caller = parts.includes("caller") ? splitUp("caller") : null;
  const trust = parts.includes("trust") || asRole ? composition.trust.toJSON() : null;
  if (trust && size(trust) > TRUST_LIMIT) {
    const message = `${size(trust)} characters; a trust policy may have ${TRUST_LIMIT} unless raised`;
    notices.push({ kind: "note", where: "trust", message });
  }
  if (policies && policies.length > ATTACHED_LIMIT) {
    const message = `${policies.length} managed policies; a role may have ${ATTACHED_LIMIT} unless raised`;
    notices.push({ kind: "note", where: "policy", message });
  }
  const names = [...new Set(requests.map((request) => request.operation))];
  const { name, path } = nameAndPath(roles.arn && parse(result.roleKind, roles.arn) ? roles.arn : "");
  const usual = format === "cloudformation" ? "" : `${names[0]}-${roles.ids.join("-") || "execution"}`.slice(0, 64);
  const role = {
    name: name || usual,
    path,
    policies,
    trust,
    caller,
    meanings: result.texts,
    description: `Role for ${names.slice(0, 8).join(", ")}${names.length > 8 ? " and more" : ""}`,
  };
  if (format !== "json") {
    try {
      return { text: FORMS[format](role), placeholders: placeholdersOf(role), notices };
    } catch (error) {
      if (!(error instanceof Unwritable)) throw error;
      notices.push({ kind: "problem", where: format, message: error.message });
      return { text: "", placeholders: placeholdersOf(role), notices };
    }
  }
  const oneOrAll = (documents) => (documents?.length === 1 ? documents[0] : documents);
  const whole = { policy: oneOrAll(policies), trust, caller: oneOrAll(caller) };
  const value = parts.length > 1 ? Object.fromEntries(parts.map((part) => [part, whole[part]])) : whole[parts[0]];
  return { text: canonical(value), placeholders: placeholdersOf(role), notices };
}

// --- the role ------------------------------------------------------------------------------------------------------

function rolesOf(catalog, request) {
  return catalog.has(request.operation) ? catalog.operation(request.operation).roles : [];
}

/** Id of each role that a request passes, to the first ARN passed as it. */
function passedBy(catalog, request) {
  const found = new Map();
  for (const role of rolesOf(catalog, request)) {
    for (const path of role.parameters) {
      for (const value of items(search(path, request.members ?? {}))) {
        if (isText(value) && value.length && !found.has(role.id)) found.set(role.id, String(value));
      }
    }
  }
  return found;
}

function chooseRole(catalog, requests, wanted, notices) {
  const passed = requests.map((request) => passedBy(catalog, request));
  const arns = [...new Set(passed.flatMap((roles) => [...roles.values()]))];
  const ids = new Set(requests.flatMap((request) => rolesOf(catalog, request).map((role) => role.id)));
  if (!wanted || !ids.has(wanted)) tellSeveral(catalog, requests, passed, arns, notices);
  const chosen = wanted && ids.has(wanted) ? [wanted] : defaultRoles(catalog, requests, passed);
  const named = passed.flatMap((roles) => (chosen.length ? chosen : [...roles.keys()]).map((id) => roles.get(id)));
  const arnsOfChosen = new Set(named.filter(Boolean));
  return { ids: chosen, arn: arnsOfChosen.size === 1 ? [...arnsOfChosen][0] : "" };
}

/** Ids of the roles to compose: each operation's first, or the only one its requests pass; empty for the usual. */
function defaultRoles(catalog, requests, passed) {
  const ids = new Set();
  let usual = true;
  requests.forEach((request, index) => {
    const available = rolesOf(catalog, request).map((role) => role.id);
    if (!available.length) return;
    const roles = passed[index];
    const first = !roles.size || roles.has(available[0]) ? available[0] : [...roles.keys()][0];
    usual = usual && first === available[0];
    ids.add(first);
  });
  return usual ? [] : [...ids];
}

/** Says so where more than one role is in play. */
function tellSeveral(catalog, requests, passed, arns, notices) {
  for (const [index, request] of requests.entries()) {
    const available = rolesOf(catalog, request).map((role) => role.id);
    const others = passed[index].size ? [...passed[index].keys()].filter((id) => available.includes(id)) : available;
    if (others.length > 1) {
      const first = others.includes(available[0]) ? available[0] : others[0];
      const message = `${request.operation} takes several roles (${others.join(", ")}); this is ${first}`;
      notices.push({ kind: "note", where: request.label || request.operation, message });
      return;
    }
  }
  if (arns.length > 1) {
    const shown = arns.slice(0, 5).join(", ") + (arns.length > 5 ? ", …" : "");
    const message = `the requests pass ${arns.length} roles (${shown}); this is one role for all of them`;
    notices.push({ kind: "note", where: "input", message });
  }
}

/** Says so where statements are for requests of which none passes the role they are for. */
function tellRoleless(catalog, requests, ids, composition, notices) {
  const reasons = composition.policy.statements.flatMap((statement) => statement.reasons);
  const needing = new Map(reasons.map((reason) => [reason.operation, null]));
  for (const request of requests) {
    const { operation } = request;
    const available = rolesOf(catalog, request);
    const wanted = ids.length ? available.filter((role) => ids.includes(role.id)) : available.slice(0, 1);
    if (request.members === null || !wanted.length || !needing.has(operation) || wanted[0].notPassed) continue;
    const passed = passedBy(catalog, request);
    if (wanted.some((role) => passed.has(role.id))) return;
    const names = wanted[0].parameters.join(" or ");
    const message = `${operation}: the request passes no role (${names}); this is what one that it passed would need`;
    needing.set(operation, { kind: "note", where: request.label || operation, message });
  }
  notices.push(...[...needing.values()].filter(Boolean));
}

/** Name and path of a role, from its ARN; the name is "" if the ARN does not tell them. */
function nameAndPath(arn) {
  const resource = arn.split(":").length > 5 ? arn.split(":").slice(5).join(":") : "";
  if (!resource.startsWith("role/") || resource.includes("${")) return { name: "", path: "/" };
  const rest = resource.slice(4);
  const slash = rest.lastIndexOf("/");
  return { name: rest.slice(slash + 1), path: `${rest.slice(0, slash)}/` };
}

function unique(notices) {
  return [...new Map(notices.map((notice) => [JSON.stringify(notice), notice])).values()];
}
