// What a person gave → what comes out: roles chosen, values checked, policies composed, split, written.
// The same, name for name, as scripts/sagemaker_roles/session.py.

import { canonical, size } from "./canonical.js";
import { GLOBALS } from "./catalog.js";
import { compose, hostsOf } from "./engine/compose.js";
import { sorted } from "./engine/comparison.js";
import { fault, meanings } from "./engine/meanings.js";
import { accepted, arnsOf, choose, factsOf, nameAndPath, passed } from "./engine/roles.js";
import { InvalidValue, NothingToCompose, UnknownAddOn, UnknownPlaceholder } from "./errors.js";
import { cloudformation } from "./outputs/cloudformation.js";
import { commands } from "./outputs/commands.js";
import { Placing } from "./outputs/explaining.js";
import { ownNames, placeholdersOf as namesIn } from "./outputs/forms.js";
import { ATTACHED_LIMIT, POLICY_LIMIT, TRUST_LIMIT, split } from "./outputs/splitting.js";
import { terraform } from "./outputs/terraform.js";

export const PARTS = ["policy", "trust", "caller"];
const WRITERS = { cloudformation, terraform, cli: commands };

// --- composing -----------------------------------------------------------------------------------------------------

/**
 * Composes what the role of some requests needs.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {object} reading what was read (readTexts()), or placeholdersOf() an operation
 * @param {object} [choice] role, scope, addons, without, values (placeholder to text), as session.py's Choice
 * @returns {object} reading, role (as choose() gives it), composition, meanings, notices ({kind, where, message})
 * @throws {NothingToCompose|UnknownRole|UnknownAddOn|UnknownPlaceholder|InvalidValue} as session.py
 */
export function composeReading(catalog, reading, choice = {}) {
  if (!reading.requests.length) throw new NothingToCompose("there is no request to compose for");
  const role = choose(catalog, reading.requests, choice.role);
  const known = meanings(catalog, operationsOf(catalog, role.requests));
  const notices = choice.role ? [] : several(catalog, reading.requests);
  const values = valuesOf(catalog, reading, role, known, choice.values ?? {});
  checkAddons(catalog, role.requests, choice);
  const free = Object.entries(reading.given).filter(([name]) => !Object.hasOwn(values, name));
  const composition = compose(catalog, role.requests, { ...choice, roles: role.ids, values, parameters: Object.fromEntries(free) });
  notices.push(...unique(reading.notices), ...findings(composition, reading));
  if (!role.isGiven) notices.push(...roleless(catalog, role, composition));
  return { reading, role, composition, meanings: known, notices };
}

/** The reading of an operation's name alone: a request that keeps every placeholder. */
export function placeholdersOf(operation) {
  return {
    requests: [{ operation, members: null, label: "" }],
    notices: [],
    facts: {},
    unknown: new Map(),
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

/** IDs of the add-ons that roles and callers of some requests have, sorted. */
export function addonsOf(catalog, requests) {
  const operations = operationsOf(catalog, requests).map((name) => catalog.operation(name));
  const grantees = operations.flatMap(({ roles, caller }) => (caller ? [...roles, caller] : roles));
  return sorted(grantees.flatMap((grantee) => grantee.addons.map((addon) => addon.id)));
}

/** Placeholder to what it stands for, in words, with an example where the records have one. */
export function texts(result) {
  const known = [...result.meanings].map(([name, meaning]) => [name, `${meaning.text} (such as ${meaning.example})`]);
  return new Map([...known, ...result.reading.unknown]);
}

function checkAddons(catalog, requests, { addons = [], without = [] }) {
  const known = addonsOf(catalog, requests);
  for (const name of [...addons, ...without]) {
    if (!known.includes(name)) throw new UnknownAddOn(`there is no add-on '${name}'`, name, known);
  }
}

/** Values for placeholders: what the person gave, else what the inputs show. */
function valuesOf(catalog, reading, role, known, given) {
  const values = { ...reading.facts };
  for (const [name, value] of Object.entries(given)) {
    if (reading.taken.has(name) && !GLOBALS.includes(name)) continue;
    if (!reading.unknown.has(name)) {
      if (!known.has(name)) {
        throw new UnknownPlaceholder(`there is no placeholder '${name}'`, name, [...known.keys(), ...reading.unknown.keys()]);
      }
      const wrong = fault(catalog, name, value, known.get(name));
      if (wrong) throw new InvalidValue(`${name}: '${value}' ${wrong}`, name, value);
    }
    values[name] = value;
  }
  return { ...(role.isGiven ? factsOf(catalog, role.arn, role.requests) : {}), ...values };
}

// --- notices -------------------------------------------------------------------------------------------------------

/** A note where more than one role is in play. */
function several(catalog, requests) {
  for (const request of requests) {
    const available = accepted(catalog, request).map((role) => role.id);
    const own = passed(catalog, request);
    const others = own.size ? [...own.keys()].filter((id) => available.includes(id)) : available;
    if (others.length > 1) {
      const first = others.includes(available[0]) ? available[0] : others[0];
      const message = `${request.operation} takes several roles (${others.join(", ")}); this is ${first}`;
      return [{ kind: "note", where: request.label || request.operation, message }];
    }
  }
  const arns = arnsOf(catalog, requests);
  if (arns.length > 1) {
    const shown = arns.slice(0, 5).join(", ") + (arns.length > 5 ? ", …" : "");
    const message = `the requests pass ${arns.length} roles (${shown}); this is one role for all of them`;
    return [{ kind: "note", where: "input", message }];
  }
  return [];
}

/** What composing brought up, with the places of the values; the same about several requests once. */
function findings(composition, reading) {
  const placing = new Placing(reading.requests);
  const grouped = new Map();
  for (const finding of composition.findings) {
    const key = JSON.stringify([finding.kind, finding.member, finding.value, finding.message]);
    grouped.set(key, [...(grouped.get(key) ?? []), finding]);
  }
  return [...grouped.values()].map(([first, ...others]) => {
    const more = others.length ? ` (and ${others.length} more)` : "";
    const member = placing.placed(first);
    const where = reading.where(first.label, member, first.value) || first.operation;
    return { kind: first.kind, where, message: `${member}: '${first.value}': ${first.message}${more}` };
  });
}

/** A note where statements are for requests of which none passes the role that they are for. */
function roleless(catalog, role, composition) {
  const reasons = composition.policy.statements.flatMap((statement) => statement.reasons);
  const needing = new Map(reasons.map((reason) => [reason.operation, null]));
  for (const request of role.requests) {
    const { operation } = request;
    const available = accepted(catalog, request);
    const wanted = role.ids.length ? available.filter((item) => role.ids.includes(item.id)) : available.slice(0, 1);
    if (request.members === null || !wanted.length || !needing.has(operation) || wanted[0].notPassed) continue;
    const own = passed(catalog, request);
    if (wanted.some((item) => own.has(item.id))) return [];
    const names = wanted[0].parameters.join(" or ");
    const message = `${operation}: the request passes no role (${names}); this is what one that it passed would need`;
    needing.set(operation, { kind: "note", where: request.label || operation, message });
  }
  return [...needing.values()].filter(Boolean);
}

function unique(notices) {
  return [...new Map(notices.map((notice) => [JSON.stringify(notice), notice])).values()];
}

// --- writing -------------------------------------------------------------------------------------------------------

/**
 * Writes documents in a format, split to IAM's sizes.
 *
 * @param {object} result what composeReading() gave
 * @param {string[]} [parts] the documents wanted; as templates and commands, a policy comes with its role and so its trust
 * @param {string} [form] json, cloudformation, terraform or cli
 * @returns {object} text, placeholders without a value in it, notices
 */
export function write(result, parts = ["policy"], form = "json") {
  const { composition } = result;
  const notices = [];
  const isRole = form !== "json" && parts.includes("policy");
  const policies = parts.includes("policy") ? splitUp("policy", composition.policy.toJSON(), notices) : null;
  const caller = parts.includes("caller") ? splitUp("caller", composition.caller.toJSON(), notices) : null;
  const trust = parts.includes("trust") || isRole ? composition.trust.toJSON() : null;
  notices.push(...sizes(policies, trust));
  const role = named(result, form, policies, trust, caller);
  let placeholders = namesIn(role);
  if (form === "cloudformation" || form === "terraform") placeholders = ownNames(placeholders);
  return { text: textOf(role, parts, form), placeholders, notices };
}

function named(result, form, policies, trust, caller) {
  const operations = [...new Set(result.role.requests.map((request) => request.operation))];
  const { name, path } = nameAndPath(result.role.arn);
  const usual = form === "cloudformation" ? "" : `${operations[0]}-${result.role.ids.join("-") || "execution"}`.slice(0, 64);
  const description = `Role for ${operations.slice(0, 8).join(", ")}${operations.length > 8 ? " and more" : ""}`;
  return { name: name || usual, path, policies, trust, caller, meanings: texts(result), description };
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
    const limit = `a managed policy may have ${POLICY_LIMIT}`;
    const message = `${size(document)} characters; ${limit}, so it is split into ${documents.length}`;
    notices.push({ kind: "note", where: part, message });
  }
  return documents;
}

function sizes(policies, trust) {
  const notices = [];
  if (trust && size(trust) > TRUST_LIMIT) {
    const message = `${size(trust)} characters; a trust policy may have ${TRUST_LIMIT} unless raised`;
    notices.push({ kind: "note", where: "trust", message });
  }
  if (policies && policies.length > ATTACHED_LIMIT) {
    const message = `${policies.length} managed policies; a role may have ${ATTACHED_LIMIT} unless raised`;
    notices.push({ kind: "note", where: "policy", message });
  }
  return notices;
}

function textOf(role, parts, form) {
  if (form !== "json") return WRITERS[form](role);
  const oneOrAll = (documents) => (documents?.length === 1 ? documents[0] : documents);
  const whole = { policy: oneOrAll(role.policies), trust: role.trust, caller: oneOrAll(role.caller) };
  return canonical(parts.length > 1 ? Object.fromEntries(parts.map((part) => [part, whole[part]])) : whole[parts[0]]);
}
