// What else must allow what a composed role does: resource policies and the permissions boundary. Pure. The same algorithm,
// step by step, as scripts/sagemaker_roles/engine/companions.py; the tests hold the two together byte by byte.

import { byCodePoint, sorted, unique } from "../comparison.js";
import { partsOf } from "../iam/parts.js";
import { matches, pattern } from "../iam/patterns.js";
import { reduced } from "../iam/prefixes.js";
import { LIMITS, size } from "../iam/size.js";
import { delegation, rolesBeside } from "./delegation.js";
import { element } from "./elements.js";
import { KINDS, PRINCIPAL, endpoints, isInVpc, reasonOf } from "./endpoints.js";
import { MEANINGS, faultOf } from "./placeholders.js";
import { Document, frozen, statementJson } from "./statements.js";
import { filled, namesIn } from "./values.js";

/** Whether a companion is needed, the strongest first; companions.py says what each means. */
const NEEDED = ["yes", "undelegated", "other-account", "not-composed", "unnamed", "optional", "no"];

/** The kind that limits the role itself. */
export const BOUNDARY = "boundary";

/** The kind of those who create roles; it is composed only when it is asked for by itself. */
export const DELEGATION = "delegation";

/** Services whose permissions a boundary that has to be shortened widens last: they pass on other permissions. */
const LAST = ["iam:", "sts:"];

/** Every kind of companion of a catalog, sorted, as CompanionKind of the package. */
export function kindsOf(catalog) {
  if (!catalog.memo.has("companions")) {
    const data = catalog.data.companions ?? {};
    catalog.memo.set("companions", sorted(Object.keys(data)).map((name) => kindOf(data[name])));
  }
  return catalog.memo.get("companions");
}

function kindOf(data) {
  const dropped = Object.entries(data.dropped ?? {}).filter(([, item]) => "names" in item);
  const accounts = (data.aws_accounts ?? []).flatMap((item) =>
    Object.entries(item.accounts).map(([region, account]) => [`${region} ${account}`, item.title]),
  );
  const same = data.same_account ?? { needed: "no", why: "" };
  return {
    id: data.id,
    title: data.title,
    limit: data.limit ? LIMITS[data.limit] : null,
    arns: data.arns ?? [],
    element: data.element ?? "none",
    actions: new Set(data.actions ?? []),
    conditions: new Set(data.conditions ?? []),
    names: dropped.map(([key, item]) => [key, item.names]),
    ending: data.ending ?? "",
    regional: data.regional ?? [],
    onRequest: data.on_request ?? {},
    notComposed: data.not_composed ?? "",
    awsOwned: (data.aws_owned ?? []).map((item) => [item.pattern, item.why]),
    awsAccounts: new Map(accounts),
    sameAccount: same,
    otherAccount: data.other_account?.why ?? "",
    why: data.why,
    notes: data.notes ?? [],
    data,
  };
}

/** What such resources of an account in a Region are, if AWS owns the account there; else "". */
function published({ awsAccounts }, region, account) {
  if (!region.includes("$") && !region.includes("*")) return awsAccounts.get(`${region} ${account}`) ?? "";
  return [...awsAccounts].find(([key]) => key.endsWith(` ${account}`))?.[1] ?? "";
}

/** Names of the placeholders in a companion's document and in the name of the resource. */
export function placeholdersOf({ resource, document }) {
  return [...namesIn(resource), ...document.placeholders()];
}

/** A companion as JSON; policy is null where there is no statement. */
export function toJson({ kind, resource, account, needed, why, notes, document }) {
  const policy = document.statements.length ? document.toJSON() : null;
  return { kind, resource, account: account || null, needed, why, notes, policy };
}

/** The companions of a composition, composed when first asked for. */
export class Companions {
  #all = null;

  /**
   * @param {Catalog} catalog the knowledge base
   * @param {object} composition what compose() gave
   * @param {Iterable<string>} [asked] what of on_request of data/companions somebody asked for
   */
  constructor(catalog, { policy, trust, caller, about }, asked = []) {
    this.catalog = catalog;
    this.policy = policy;
    this.trust = trust;
    this.caller = caller;
    this.asked = new Set(asked);
    this.arn = about.role;
    this.requests = about.requests;
    const isUsable = ([name, value]) => !MEANINGS.has(name) || !faultOf(MEANINGS.get(name), value);
    this.values = new Map([...about.values].filter(isUsable));
  }

  /** What lets identities create roles like this one, with its boundary and no others; null in older catalogs. */
  delegation() {
    const kind = kindsOf(this.catalog).find(({ id }) => id === DELEGATION);
    if (!kind) return null;
    const principals = this.trust.statements.flatMap(({ principal }) => principal.filter(([name]) => name === "Service"));
    const services = sorted(principals.flatMap(([, names]) => names));
    const document = delegation(this.arn, services, reasonOf(kind.data));
    const { account } = partsOf(this.arn);
    return { kind: kind.id, resource: rolesBeside(this.arn), account, needed: "optional", why: kind.why, document, notes: kind.notes };
  }

  /** ARN of the role as policies of resources name it, perhaps with placeholders. */
  get role() {
    // A placeholder of the role's account would read as the account of the resource.
    return filled(this.arn.replaceAll("${Account}", "${RoleAccount}"), this.values);
  }

  /** Whether calls go through the user's VPC, so that VPC endpoints decide; null if the requests do not say it. */
  get isInVpc() {
    return isInVpc(this.catalog, this.requests);
  }

  /** All of them, by kind and resource. */
  get all() {
    this.#all ??= [...new Map(this.#composed().map((one) => [JSON.stringify([one.kind, one.resource]), one])).values()];
    return this.#all;
  }

  #composed() {
    const { role } = this;
    const caller = filled("${CallerArn}", this.values);
    const prefix = prefixOf(role);
    const parts = [
      { statements: this.policy.statements, principal: role, prefix },
      { statements: this.caller.statements, principal: caller, prefix: `${prefix}Caller` },
    ];
    // ARNs that name no account of a resource: their placeholder is the account of the role.
    const account = new Map([["Account", filled("${RoleAccount}", this.values)]]);
    const ofRole = parts.map((part) => ({ ...part, statements: part.statements.map((one) => filledIn(one, account)) }));
    const kinds = kindsOf(this.catalog);
    const composed = kinds
      .filter(({ arns }) => arns.length)
      .flatMap((kind) => policiesOf(kind, kind.arns[0].includes("${Account}") ? parts : ofRole, partsOf(role).account, this.asked));
    composed.push(...this.#endpoints(role));
    const limits = kinds.find(({ id }) => id === BOUNDARY);
    if (this.policy.statements.length && limits) composed.push(boundary(limits, this.policy, this.arn));
    return composed;
  }

  /** The policies of VPC endpoints, as far as calls of the role go through any. */
  #endpoints(role) {
    if (this.isInVpc === false) return [];
    return endpoints(this.catalog, this.policy, role, this.values).map((one) => {
      const kind = kindsOf(this.catalog).find(({ id }) => id === one.kind);
      // A VPC has the work of several roles, whose statements are merged by Sid. What AWS signs itself is of all.
      const own = one.document.statements.map((item) => (isFor(item, role) ? { ...item, sid: prefixOf(role) + item.sid } : item));
      const { document, widened } = fitted(merged(own), kind.limit);
      const notes = [...(document.statements.length ? kind.notes : []), ...(widened ? [tooLong(widened)] : [])];
      return { kind: one.kind, resource: one.service, account: "", needed: one.needed, why: one.why, document, notes };
    });
  }
}

function tooLong(widened) {
  return `An exact policy would be longer than AWS PrivateLink accepts. ${widened}`;
}

/** Whether a statement of an endpoint's policy is for a role. */
function isFor(statement, role) {
  return principalOf(statement)?.[1].includes(role) || statement.principal.some(([, names]) => names.includes(role));
}

/** What begins the Sids, so that they differ from those of other roles in the same policy. */
function prefixOf(role) {
  const name = role.slice(role.lastIndexOf("/") + 1);
  return name.includes("$") ? "" : name.replace(/[^A-Za-z0-9]/g, "");
}

// --- policies of resources -------------------------------------------------------------------------------------------

/** The policies of a kind, by resource, in order of the resources. */
function policiesOf(kind, parts, roleAccount, asked) {
  const byResource = new Map();
  const accounts = new Map();
  for (const part of parts) {
    for (const statement of part.statements) {
      for (const { resource, account, texts } of placesOf(kind, statement, roleAccount)) {
        const own = statementOf(kind, statement, resource, texts, part);
        if (!own) continue;
        byResource.set(resource, [...(byResource.get(resource) ?? []), own]);
        accounts.set(resource, new Set([...(accounts.get(resource) ?? []), account]));
      }
    }
  }
  return sorted(byResource.keys()).map((resource) => {
    // Of several accounts, or of one and any: it is not known.
    const [account, ...others] = accounts.get(resource);
    return companion(kind, resource, others.length ? "" : account, byResource.get(resource), roleAccount, asked);
  });
}

/** The resources of a kind that a statement is on, with the ARNs that it names each by. */
function placesOf(kind, statement, roleAccount) {
  const places = new Map();
  for (const text of statement.resources) {
    const fields = fieldsOf(kind.arns, text);
    if (!fields) continue;
    const known = fields.get("Account") || accountIn(statement.condition);
    // Of the role's own account, or of any.
    const account = known === "${aws:PrincipalAccount}" ? roleAccount : known === "*" ? "" : known;
    let named = [filled(kind.arns[0], fields).replace(BEHIND, "")];
    for (const [key, template] of kind.names) {
      for (const [, keys] of statement.condition) {
        const values = keys.find(([name]) => name === key)?.[1] ?? [];
        if (values.length) named = values.map((value) => filled(template, new Map([...fields, ["Value", value]])));
      }
    }
    for (const resource of named) {
      const place = JSON.stringify([resource, account]);
      if (!places.has(place)) places.set(place, { resource, account, texts: [] });
      places.get(place).texts.push(text);
    }
  }
  return places.values();
}

/** The parts of an ARN that has one of some formats, the most special of which comes last; null if it has none. */
function fieldsOf(arns, text) {
  for (const arn of [...arns].reverse()) {
    const match = regexOf(arn).exec(text);
    if (match) return new Map(Object.entries(match.groups ?? {}));
  }
  return null;
}

/** A placeholder right behind another one: it begins with the slash of a folder, which is no part of a bucket's name. */
const BEHIND = /(?<=\})\$\{.*/s;
const VARIABLE = /\$\{([A-Za-z]+)\}/;
const regexes = new Map();

/** An ARN format as a regular expression; only its last variable may have slashes and colons. */
function regexOf(arn) {
  if (!regexes.has(arn)) {
    const pieces = arn.split(VARIABLE);
    const parts = pieces.map((piece, index) => {
      if (index % 2 === 0) return plain(piece);
      return `(?<${piece}>${index === pieces.length - 2 ? ".+" : "[^:/]+"})`;
    });
    regexes.set(arn, new RegExp(`^(?:${parts.join("")})$`, "su"));
  }
  return regexes.get(arn);
}

function plain(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** The account that a condition requires the resource to be in; "" if none does. */
function accountIn(condition) {
  const keys = condition.find(([operator]) => operator === "StringEquals")?.[1] ?? [];
  const values = keys.find(([key]) => key === "aws:ResourceAccount")?.[1] ?? [];
  return values.length === 1 ? values[0] : "";
}

/** A statement of a role as one of a resource's policy; null if such a policy can allow none of its actions. */
function statementOf(kind, statement, resource, texts, part) {
  const actions = statement.actions.filter((action) => !kind.actions.size || kind.actions.has(action));
  if (!actions.length) return null;
  const condition = new Map();
  for (const [operator, keys] of statement.condition) {
    for (const [key, values] of keys) {
      if (!kind.conditions.has(key)) continue;
      const [here, said] = kind.regional.includes(key) ? regional(resource, operator, values) : [operator, values];
      if (!condition.has(here)) condition.set(here, new Map());
      condition.get(here).set(key, said);
    }
  }
  return {
    ...statement,
    sid: part.prefix + statement.sid,
    actions,
    resources: element(kind, texts),
    condition: [...condition].map(([operator, keys]) => [operator, [...keys]]),
    principal: [["AWS", [part.principal]]],
  };
}

/** A test of the name of a service in any Region as one of its name in the Region of the resource. */
function regional(resource, operator, values) {
  const { region } = partsOf(resource);
  if (isWild(region)) return [operator, values];
  const named = values.map((value) => value.replaceAll(".*.", `.${region}.`));
  return [named.some(isWild) ? operator : operator.replaceAll("Like", "Equals"), named];
}

function companion(kind, resource, account, statements, roleAccount, asked) {
  let { needed, why } = neededOf(kind, resource, account, roleAccount);
  const own = ["no", "unnamed", "not-composed"].includes(needed) ? [] : merged(statements);
  const extra = needed === "unnamed" ? [] : onRequest(kind, resource, account, statements, asked, needed);
  if (extra.length && !own.length) {
    needed = "optional";
    why = extra[0].reasons[0].why;
  }
  const document = new Document([...own, ...extra]);
  return { kind: kind.id, resource, account, needed, why, document, notes: document.statements.length ? kind.notes : [] };
}

/** The statements that somebody asked for and that the work on a resource is about. */
function onRequest(kind, resource, account, statements, asked, needed) {
  const actions = new Set(statements.flatMap((one) => one.actions));
  const operations = new Set(statements.flatMap((one) => one.reasons.map((reason) => reason.operation)));
  return sorted([...asked].filter((name) => Object.hasOwn(kind.onRequest, name))).flatMap((name) => {
    const data = kind.onRequest[name];
    const isAbout =
      data.of_actions.some((action) => actions.has(action)) &&
      (data.of_operations ?? [...operations]).some((operation) => operations.has(operation)) &&
      !(needed === "no" && (data.Effect === "Allow" || owned(kind, resource, account)));
    if (!isAbout) return [];
    const fields = new Map([["Resource", resource]]);
    return [
      {
        sid: data.Sid,
        actions: data.Action,
        resources: (data.Resource ?? []).map((text) => filled(text, fields)),
        condition: Object.entries(data.Condition ?? {}).map(([operator, keys]) => [operator, Object.entries(keys)]),
        reasons: [reasonOf(data)],
        principal: Object.entries(data.Principal),
        effect: data.Effect,
      },
    ];
  });
}

function owned(kind, resource, account) {
  const why = kind.awsOwned.find(([stars, text]) => text && isNamed(stars, resource))?.[1];
  if (why) return why;
  const title = published(kind, partsOf(resource).region, account);
  return title ? `None is needed. AWS owns the registry (${title}) and lets all accounts pull from it.` : "";
}

function neededOf(kind, resource, account, roleAccount) {
  const why = owned(kind, resource, account);
  if (why) return { needed: "no", why };
  if (kind.sameAccount.why && account === roleAccount) return kind.sameAccount;
  if (kind.notComposed) return { needed: "not-composed", why: kind.notComposed };
  const name = kind.ending && resource.endsWith(kind.ending) ? resource.slice(0, -kind.ending.length) : resource;
  if (isWild(name)) {
    const message = `The role's statement names no single resource, so no ${kind.title.toLowerCase()} follows from it.`;
    return { needed: "unnamed", why: message };
  }
  if (!account || account.includes("$") || roleAccount.includes("$")) {
    return { needed: "other-account", why: `Needed if the resource is in another account than the role. ${kind.why}` };
  }
  return { needed: "yes", why: kind.otherAccount };
}

/** Whether an ARN, with its placeholders filled, is one of those that an ARN with stars names. */
function isNamed(stars, arn) {
  return matches(pattern(stars, false), arn.replace(/\$\{[A-Za-z]+\}/g, "x"));
}

/** Whether an ARN stands for several resources. */
function isWild(arn) {
  return /[*?]/.test(arn.replace(/\$\{[^}]*\}/g, ""));
}

/** Statements that allow the same, as few as they can be written: none repeats another's grant in whole. */
function merged(statements) {
  const joined = (some, keyOf, changes) => {
    const byKey = new Map();
    for (const one of some) {
      const key = JSON.stringify([one.effect ?? "Allow", keyOf(one), frozen(one.condition), one.principal]);
      const known = byKey.get(key);
      byKey.set(key, known ? { ...both(known, one), ...changes(known, one) } : one);
    }
    return [...byKey.values()];
  };
  const byResources = joined(statements, (one) => one.resources, (known, one) => ({ actions: sorted([...known.actions, ...one.actions]) }));
  return joined(byResources, (one) => one.actions, (known, one) => ({ resources: reduced([...known.resources, ...one.resources]) }));
}

function both(one, other) {
  return { ...one, reasons: unique([...one.reasons, ...other.reasons]) };
}

/** Companions of several roles with one policy for each resource, in the order in which they are first there. */
export function together(catalog, several) {
  const groups = new Map();
  for (const one of several) {
    const key = JSON.stringify([one.kind, one.resource]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const kinds = new Map(kindsOf(catalog).map((kind) => [kind.id, kind]));
  return [...groups.values()].map((some) => (some.length === 1 ? some[0] : oneOf(kinds.get(some[0].kind), some)));
}

function oneOf(kind, some) {
  const first = some.reduce((best, one) => (NEEDED.indexOf(one.needed) < NEEDED.indexOf(best.needed) ? one : best));
  let document = new Document(numbered(merged(some.flatMap((one) => one.document.statements))));
  const notes = new Set(some.flatMap((one) => one.notes));
  if (Object.values(KINDS).includes(kind.id)) {
    const short = fitted(document.statements, kind.limit);
    document = short.document;
    if (short.widened) notes.add(tooLong(short.widened));
  }
  return { ...first, account: some.find((one) => one.account)?.account ?? "", document, notes: [...notes] };
}

/** Statements with Sids of their own: two roles can have one name. */
function numbered(statements) {
  const taken = new Map();
  return statements.map((one) => {
    const count = (taken.get(one.sid) ?? 0) + 1;
    taken.set(one.sid, count);
    return count === 1 ? one : { ...one, sid: `${one.sid}${count}` };
  });
}

/** A statement with those placeholders of its resources and condition filled that have a value. */
function filledIn(statement, values) {
  const condition = statement.condition.map(([operator, keys]) => [
    operator,
    keys.map(([key, some]) => [key, some.map((value) => filled(value, values))]),
  ]);
  return { ...statement, resources: statement.resources.map((text) => filled(text, values)), condition };
}

// --- the boundary ----------------------------------------------------------------------------------------------------

/** The narrowest boundary that has room for a policy; companions.py says what is widened where there is none. */
function boundary(kind, policy, role) {
  const { document, widened } = fitted(merged(policy.statements), kind.limit);
  const why = widened ? `An exact boundary would be longer than IAM accepts. ${widened}` : kind.why;
  return { kind: kind.id, resource: role, account: partsOf(role).account, needed: "optional", why, document, notes: kind.notes };
}

/** A document that is not longer than a limit, and what was widened for that; "" if nothing was. */
function fitted(statements, { most }) {
  let wide = [];
  const whole = new Set();
  let document = new Document(statements);
  // What names nobody is for what a service of AWS signs itself, and cannot become one with the role's.
  const named = statements.filter((one) => principalOf(one));
  for (const step of widenings(named.length ? named : statements)) {
    if (size(document) <= most) break;
    if (typeof step === "string") whole.add(step);
    else wide.push(step);
    document = widenedBy(statements, wide, whole);
  }
  if (!wide.length) return { document, widened: "" };
  // What several statements have in common is written once, so that an earlier one may have room again.
  for (const step of [...wide]) {
    const fewer = wide.filter((one) => one !== step);
    const shorter = fewer.length ? widenedBy(statements, fewer, whole) : null;
    if (shorter && size(shorter) <= most) [document, wide] = [shorter, fewer];
  }
  const services = whole.size ? `, with all actions of ${sorted(whole).join(", ")}` : "";
  const widened =
    `The ${wide.length} longest statements are on every resource without a condition${services}. The permissions` +
    " policy of the role still limits them.";
  return { document, widened };
}

/** The role that a condition names where the principal must be a star. */
function principalOf({ condition }) {
  return condition.find(([operator]) => operator === "ArnEquals")?.[1].find(([key]) => key === PRINCIPAL);
}

/** What makes a boundary shorter, in order: a statement to widen, or a service to name whole. */
function* widenings(statements) {
  const isLast = (one) => one.actions.some((action) => LAST.some((prefix) => action.startsWith(prefix)));
  const byLength = (some) => [...some].sort((a, b) => lengthOf(b) - lengthOf(a));
  const others = statements.filter((one) => !isLast(one));
  yield* byLength(others);
  const lengths = new Map();
  for (const action of new Set(others.flatMap((one) => one.actions))) {
    const service = action.split(":", 1)[0];
    lengths.set(service, (lengths.get(service) ?? 0) + action.length);
  }
  yield* [...lengths].sort((a, b) => b[1] - a[1] || byCodePoint(a[0], b[0])).map(([service]) => service);
  yield* byLength(statements.filter(isLast));
}

/** How much shorter a boundary is without a statement whose actions it has elsewhere. */
function lengthOf(statement) {
  return size(statementJson(statement)) - size(statement.actions);
}

/** The statements of which some are one on every resource, with all actions of some services. */
function widenedBy(statements, wide, whole) {
  const actions = sorted(
    wide.flatMap((one) => one.actions).map((action) => {
      const service = action.split(":", 1)[0];
      return whole.has(service) ? `${service}:*` : action;
    }),
  );
  const who = principalOf(wide[0]);
  const one = {
    sid: "Widened",
    actions,
    resources: ["*"],
    condition: who ? [["ArnEquals", [who]]] : [],
    reasons: unique(wide.flatMap((item) => item.reasons)),
    principal: wide[0].principal,
  };
  return new Document([...statements.filter((item) => !wide.includes(item)), one]);
}
