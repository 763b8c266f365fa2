// What a person gave → what comes out: roles chosen, values checked, policies composed, split, written.
// The functions of scripts/sagemaker_roles/session.py, name for name; companions.js has those of write_companions(), which the page
// loads when they are asked for. What neither has, and why, is in tests/test_session.py.

import { canonical, extend, printable, quoted } from "./canonical.js";
import { GLOBALS } from "./catalog.js";
import { sorted, unique } from "./comparison.js";
import { compose, granteesOf, hostsOf, onlyDecides } from "./engine/compose.js";
import { MEANINGS, fault, meanings } from "./engine/placeholders.js";
import { finderOf } from "./engine/named.js";
import { accepted, arnsOf, choose, factsOf, nameAndPath, passed } from "./engine/roles.js";
import { short } from "./engine/values.js";
import { InvalidValue, NothingToCompose, SeveralRoles, UnknownAddOn, UnknownPlaceholder } from "./errors.js";
import { ATTACHED_LIMIT, POLICY_LIMIT, TRUST_LIMIT, size } from "./iam/size.js";
import { split } from "./iam/splitting.js";
import { cloudformation } from "./outputs/cloudformation.js";
import { commands } from "./outputs/commands.js";
import { Placing, shownOf } from "./outputs/explaining.js";
import { ownNames, placeholdersIn } from "./outputs/forms.js";
import { terraform } from "./outputs/terraform.js";

export const PARTS = ["policy", "trust", "caller"];
const WRITERS = { cloudformation, terraform, cli: commands };
export const FORMATS = ["json", ...Object.keys(WRITERS)];

// --- composing -----------------------------------------------------------------------------------------------------

/**
 * Composes what the roles of some requests need.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {object} reading what was read (readTexts()), or placeholdersOf() an operation
 * @param {object} [choice] role, merge, scope, addons, without, values (placeholder to text), asked, showValues, as
 *   session.py's Choice
 * @returns {object} reading, roles ({chosen (as choose() gives it), composition, operations}[]), meanings, asked, notices
 *   ({kind, where, message}[])
 * @throws {NothingToCompose|UnknownRole|UnknownAddOn|UnknownPlaceholder|InvalidValue} as session.py
 */
export function composeReading(catalog, reading, choice = {}) {
  if (!reading.requests.length) throw new NothingToCompose("the input has no request of an operation with a role; give one, or name the operation");
  const chosen = choose(catalog, reading.requests, choice.role, choice.merge);
  const requests = chosen.flatMap((role) => role.requests);
  const known = meaningsOf(catalog, requests);
  checkAddons(catalog, chosen, choice);
  const notices = [...several(catalog, reading.requests, choice), ...leftOut(catalog, reading.requests, chosen, choice)];
  const values = valuesOf(catalog, reading, known, choice.values ?? {});
  const free = Object.entries(reading.given).filter(([name]) => !Object.hasOwn(values, name));
  const parameters = Object.fromEntries(free);
  const roles = chosen.map((role) => composedRole(catalog, role, choice, values, parameters));
  extend(notices, reading.notices);
  const placing = new Placing(reading.requests);
  for (const role of roles) {
    extend(notices, [...findings(catalog, role.composition, reading, choice, placing), ...roleless(catalog, role)]);
  }
  return { reading, roles, meanings: known, asked: choice.asked ?? [], notices: unique(notices) };
}

function composedRole(catalog, role, choice, values, parameters) {
  const own = addonsOf(catalog, role);
  const { addons = [], without = [] } = choice;
  const composition = compose(catalog, role.requests, {
    scope: choice.scope,
    roles: role.ids,
    addons: addons.filter((name) => own.has(name)),
    without: without.filter((name) => own.has(name)),
    values: { ...(role.isGiven ? factsOf(catalog, role.arn, role.requests) : {}), ...values },
    parameters,
  });
  const operations = role.requests.filter((request) => !onlyDecides(request)).map((request) => request.operation);
  return { chosen: role, composition, operations: [...new Set(operations)] };
}

/** The reading of an operation's name alone: a request that keeps every placeholder. */
export function placeholdersOf(operation) {
  return {
    requests: [{ operation, members: null, label: "" }],
    notices: [],
    facts: {},
    unknown: new Map(),
    lists: new Set(),
    taken: new Set(),
    given: {},
    formats: [],
    where: (label) => label,
  };
}

/** Operations with a record that requests are for, or whose role they work with, sorted. */
export function operationsOf(catalog, requests) {
  const names = requests.flatMap(({ operation }) => [operation, ...hostsOf(catalog, operation)]);
  return sorted(names.filter((name) => catalog.has(name)));
}

/** Everything that a value can be given for, in the roles' documents and in their companions. */
export function meaningsOf(catalog, requests) {
  const records = meanings(catalog, operationsOf(catalog, requests));
  return new Map([...records, ...[...MEANINGS].filter(([name]) => !records.has(name))]);
}

/** IDs of the add-ons of a role, and of the callers of its operations. */
function addonsOf(catalog, role) {
  const grantees = granteesOf(catalog, role.requests, role.ids);
  return new Set(grantees.flatMap(([, grantee]) => grantee.addons.map((addon) => addon.id)));
}

/** Placeholder to what it stands for, in words, with an example where the records have one. */
export function texts(result) {
  const known = [...result.meanings].map(([name, meaning]) => [name, `${meaning.text} (such as ${meaning.example})`]);
  return new Map([...known, ...result.reading.unknown]);
}

function checkAddons(catalog, chosen, { addons = [], without = [] }) {
  const known = new Set(chosen.flatMap((role) => [...addonsOf(catalog, role)]));
  for (const name of [...addons, ...without]) {
    if (addons.includes(name) && without.includes(name)) {
      throw new UnknownAddOn(`the add-on ${quoted(name)} is both included and excluded; choose one`, name);
    }
    if (!known.has(name)) throw unknownAddon(catalog, chosen, name, known);
  }
}

function unknownAddon(catalog, chosen, name, known) {
  for (const operation of operationsOf(catalog, chosen.flatMap((role) => role.requests))) {
    for (const role of catalog.operation(operation).roles) {
      if (!role.addons.some((addon) => addon.id === name)) continue;
      const message = `the add-on ${quoted(name)} is one of the role ${role.id} of ${operation}; choose that role`;
      return new UnknownAddOn(message, name);
    }
  }
  return new UnknownAddOn(`unknown add-on ${quoted(name)}`, name, sorted(known));
}

/** Values for placeholders: what the person gave, else what the inputs show. */
function valuesOf(catalog, reading, known, given) {
  const values = { ...reading.facts };
  for (const [name, value] of Object.entries(given)) {
    if (reading.taken.has(name) && !GLOBALS.includes(name)) continue;
    if (!reading.unknown.has(name)) {
      const own = [...known].filter(([one, meaning]) => meaning !== MEANINGS.get(one)).map(([one]) => one);
      const names = [...own, ...reading.unknown.keys()];
      if (!known.has(name)) throw new UnknownPlaceholder(`unknown placeholder ${quoted(name)}`, name, names);
      const wrong = fault(catalog, name, value, known.get(name));
      if (wrong) throw new InvalidValue(`${name}: ${quoted(value)} ${wrong}`, name, value);
    }
    values[name] = value;
  }
  return values;
}

// --- notices -------------------------------------------------------------------------------------------------------

/** A note where a request passes none of several roles, or where several are one. */
function several(catalog, requests, choice) {
  if (choice.role) return [];
  const notices = [];
  const open = requests.find((item) => accepted(catalog, item).length > 1 && !passed(catalog, item).size);
  if (open) {
    const ids = accepted(catalog, open).map((role) => role.id);
    const message = `${open.operation} accepts several roles (${ids.join(", ")}); this is ${ids[0]} unless role chooses another`;
    notices.push({ kind: "note", where: open.label || open.operation, message });
  }
  const arns = arnsOf(catalog, requests);
  if (choice.merge && arns.length > 1) {
    const shown = arns.slice(0, 5).join(", ") + (arns.length > 5 ? ", …" : "");
    const message = `the requests pass ${arns.length} roles (${shown}); this is one role for all of them`;
    notices.push({ kind: "note", where: "input", message });
  }
  return notices;
}

/** A note for each operation whose requests pass no role and do not belong to the role that was chosen. */
function leftOut(catalog, requests, chosen, choice) {
  if (!choice.role) return [];
  const key = (request) => JSON.stringify([request.operation, request.label ?? ""]);
  const own = chosen.flatMap((role) => role.requests.filter((request) => !onlyDecides(request)));
  const kept = new Set(own.map(key));
  const noted = new Map();
  for (const request of requests) {
    const { operation } = request;
    if (kept.has(key(request)) || noted.has(operation) || passed(catalog, request).size || request.byService) continue;
    const message = `${operation}: the request passes no role, so it is not known whether this one is for it; it is ignored`;
    noted.set(operation, { kind: "note", where: request.label || operation, message });
  }
  return [...noted.values()];
}

/** What composing brought up, with the places of the values; the same about several requests once. */
function findings(catalog, composition, reading, choice, placing) {
  const grouped = new Map();
  for (const finding of composition.findings) {
    const key = JSON.stringify([finding.kind, finding.member, finding.value, finding.message]);
    grouped.set(key, [...(grouped.get(key) ?? []), finding]);
  }
  return [...grouped.values()].map(([first, ...others]) => {
    const more = others.length ? ` (and ${others.length} more)` : "";
    const member = placing.placed(first);
    const where = reading.where(first.label, member, raw(first.value)) || first.operation;
    const hides = !choice.showValues && finderOf(catalog).isPrivate(member);
    return { kind: first.kind, where, message: shownOf(first, member, hides) + more };
  });
}

/** The text that a finding shows as JSON, or what it shows if that is cut or no text. */
function raw(value) {
  try {
    const text = JSON.parse(value);
    return typeof text === "string" ? text : value;
  } catch {
    return value;
  }
}

/** A note where statements are for requests of which none passes the role that they are for. */
function roleless(catalog, { chosen: role, composition }) {
  if (role.isGiven) return [];
  const reasons = composition.policy.statements.flatMap((statement) => statement.reasons);
  const needing = new Map(reasons.map((reason) => [reason.operation, null]));
  for (const request of role.requests) {
    const { operation } = request;
    const available = accepted(catalog, request);
    const wanted = role.ids.length ? available.filter((item) => role.ids.includes(item.id)) : available.slice(0, 1);
    if (request.members === null || onlyDecides(request) || !needing.has(operation)) continue;
    if (!wanted.length || wanted[0].notPassed) continue;
    const own = passed(catalog, request);
    if (wanted.some((item) => own.has(item.id))) return [];
    const names = wanted[0].parameters.join(" or ");
    const message = `${operation}: the request passes no role (${names}); this is what one that it passed would need`;
    needing.set(operation, { kind: "note", where: request.label || operation, message });
  }
  return [...needing.values()].filter(Boolean);
}

// --- writing -------------------------------------------------------------------------------------------------------

/**
 * Writes documents in a format, split to IAM's sizes.
 *
 * @param {object} result what composeReading() gave
 * @param {string[]} [parts] the documents wanted; as templates and commands, a policy comes with its role and so its trust
 * @param {string} [form] json, cloudformation, terraform or cli; templates and commands hold all roles
 * @param {boolean} [each] as JSON, {"roles": [{"arn", "operations", …}]} with the documents of each role
 * @returns {object} text, placeholders without a value in it, notices
 * @throws {SeveralRoles} there are several roles, and one document is for one
 * @throws {Unwritable} a text has something that the format would replace, and no way to write it
 */
export function write(result, parts = ["policy"], form = "json", each = false) {
  if (result.roles.length > 1 && form === "json" && !each) {
    throw new SeveralRoles(result.roles.map((role) => role.chosen.arn));
  }
  const notices = [];
  const roles = [];
  for (const role of result.roles) {
    const name = usualName(role, form, roles.map((one) => one.name));
    roles.push(roleOf(result, role, parts, form, name, notices));
  }
  let placeholders = placeholdersIn(roles);
  if (form === "cloudformation" || form === "terraform") placeholders = ownNames(placeholders);
  extend(notices, listsOf(roles, placeholders));
  const text = form === "json" ? json(result, roles, parts, each) : WRITERS[form](...roles);
  return { text, placeholders, notices };
}

/** A note for each placeholder that stands for a list. */
function listsOf(roles, placeholders) {
  const lists = placeholders.filter((name) => roles.some((role) => role.lists.has(name)));
  return lists.map((name) => ({
    kind: "note",
    where: "policy",
    message:
      `${name} is a list of unknown length: JSON and commands have one entry for it, to repeat for each` +
      " element, and templates repeat it; sizes are counted with one element",
  }));
}

/** The name in the role's ARN, else for all but CloudFormation one after the operation that no other role has. */
function usualName(role, form, taken) {
  const { name } = nameAndPath(role.chosen.arn);
  if (name || form === "cloudformation") return name;
  const usual = `${role.operations[0]}-${role.chosen.ids.join("-") || "execution"}`.slice(0, 64);
  let unique = usual;
  for (let number = 2; taken.includes(unique); number += 1) unique = `${usual.slice(0, 60)}-${number}`;
  return unique;
}

/** A role's documents, split. */
function roleOf(result, role, parts, form, name, notices) {
  const { composition, operations } = role;
  const isRole = form !== "json" && parts.includes("policy");
  const policies = parts.includes("policy") ? splitUp("policy", composition.policy.toJSON(), notices) : null;
  const caller = parts.includes("caller") ? splitUp("caller", composition.caller.toJSON(), notices) : null;
  const trust = parts.includes("trust") || isRole ? composition.trust.toJSON() : null;
  extend(notices, [...sizes(policies, trust), ...characters({ policy: policies, trust, caller })]);
  const known = nameAndPath(role.chosen.arn);
  const path = name === known.name ? known.path : "/";
  const description = `Role for ${operations.slice(0, 8).join(", ")}${operations.length > 8 ? " and more" : ""}`;
  const { lists } = result.reading;
  return { name, path, policies, trust, caller, meanings: texts(result), description, lists };
}

function splitUp(part, document, notices) {
  let documents;
  try {
    documents = split(document);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    notices.push({ kind: "problem", where: part, message: `cannot be split into managed policies: ${error.message}` });
    return [document];
  }
  if (documents.length > 1) {
    const limit = `a managed policy can have ${POLICY_LIMIT}`;
    const message = `${size(document)} characters; ${limit}, so it is split into ${documents.length}`;
    notices.push({ kind: "note", where: part, message });
  }
  return documents;
}

function sizes(policies, trust) {
  const notices = [];
  if (trust && size(trust) > TRUST_LIMIT) {
    const message = `${size(trust)} characters; a trust policy can have ${TRUST_LIMIT} unless raised`;
    notices.push({ kind: "note", where: "trust", message });
  }
  if (policies && policies.length > ATTACHED_LIMIT) {
    const message = `${policies.length} managed policies; a role can have ${ATTACHED_LIMIT} unless raised`;
    notices.push({ kind: "note", where: "policy", message });
  }
  return notices;
}

/** Beyond what IAM takes in a policy (API reference of IAM, CreatePolicy, the pattern of PolicyDocument). */
const NOT_IN_POLICIES = /[^\t\n\r -\u00ff]/u;

/** Names, for each part, the first text with a character that IAM does not take. */
function characters(documents) {
  const message = "IAM takes characters up to U+00FF in a policy; rename what this names, or write ? for the character";
  return Object.entries(documents).flatMap(([where, document]) => {
    const text = textsIn(document).find((one) => NOT_IN_POLICIES.test(one));
    return text === undefined ? [] : [{ kind: "note", where, message: `${short(text)}: ${message}` }];
  });
}

/** The texts in a document, in its order. */
function textsIn(value) {
  if (typeof value === "string") return [value];
  return value && typeof value === "object" ? Object.values(value).flatMap(textsIn) : [];
}

function json(result, roles, parts, each) {
  const oneOrAll = (documents) => (documents?.length === 1 ? documents[0] : documents);
  const documents = roles.map((role) => ({ policy: oneOrAll(role.policies), trust: role.trust, caller: oneOrAll(role.caller) }));
  const some = (whole) => Object.fromEntries(parts.map((part) => [part, whole[part]]));
  if (each) {
    const rows = result.roles.map(({ chosen, operations }, index) => ({ arn: printable(chosen.arn), operations, ...some(documents[index]) }));
    return canonical({ roles: rows });
  }
  const [whole] = documents;
  return canonical(parts.length > 1 ? some(whole) : whole[parts[0]]);
}
