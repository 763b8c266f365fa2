// Writes what else must allow what composed roles do; the part of session.js that the page loads when it is asked for: of
// scripts/sagemaker_roles/session.py write_companions() and what that takes.

import { canonical, printable } from "./canonical.js";
import { sorted, unique } from "./comparison.js";
import { BOUNDARY, Companions, DELEGATION, kindsOf, placeholdersOf, toJson, together } from "./engine/companions.js";
import { KINDS } from "./engine/endpoints.js";
import { check } from "./engine/perimeters.js";
import { SeveralRoles } from "./errors.js";
import { partsOf } from "./iam/parts.js";
import { sizeAs } from "./iam/size.js";
import { OWNED, cloudformation } from "./outputs/companions_cloudformation.js";
import { terraform } from "./outputs/companions_terraform.js";
import { ownNames } from "./outputs/forms.js";
import { merging } from "./outputs/merging.js";
import { texts } from "./session.js";

/** The part that checks a role against policies of organizations, and has no policy to write. */
export const ORGANIZATION = "organization";

/** What else must allow what a role does, to the kinds of data/companions that it is; empty for all. */
export const COMPANION_KINDS = {
  "key-policy": ["key-policy"],
  "bucket-policy": ["bucket-policy", "access-point-policy", "directory-bucket-policy"],
  "repository-policy": ["repository-policy"],
  "secret-policy": ["secret-policy"],
  "topic-policy": ["topic-policy"],
  "queue-policy": ["queue-policy"],
  "function-policy": ["function-policy"],
  "endpoint-policies": Object.values(KINDS),
  boundary: [BOUNDARY],
  delegation: [DELEGATION],
  organization: [ORGANIZATION],
  companions: [],
};

const TEMPLATES = { cloudformation, terraform };

/**
 * What else must allow what the roles do: one companion for each resource, also of several roles.
 *
 * @returns {object} several (the companions of each role), every (all of them together), placeholders, notices
 */
export function companionsOf(catalog, result, part = "companions", owner = "") {
  const whole = wholeOf(catalog, result);
  const several = whole.map((companions) => chosen(companions, part).filter((one) => isOf(one, owner, companions)));
  const every = together(catalog, several.flat());
  const notices = unique(noticesOf(catalog, result, whole, part, every));
  return { several, every, placeholders: sorted(every.flatMap(placeholdersOf)), notices };
}

/**
 * Writes what else must allow what the roles do: one policy for each resource, also of several roles.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {object} result what composeReading() gave
 * @param {string} [part] which of it, a key of COMPANION_KINDS
 * @param {string} [form] json, cloudformation, terraform or cli
 * @param {{each?: boolean, owner?: string}} [options] each: as JSON, the part of each role; owner: only what is of this
 *   account, or of one that is not known
 * @returns {object} text, placeholders without a value in it, notices
 * @throws {SeveralRoles|Unwritable} as session.py
 */
export function writeCompanions(catalog, result, part = "companions", form = "json", { each = false, owner = "" } = {}) {
  if (result.roles.length > 1 && form === "json" && !each && [BOUNDARY, DELEGATION, ORGANIZATION].includes(part)) {
    throw new SeveralRoles(result.roles.map((role) => role.chosen.arn));
  }
  if (part === ORGANIZATION) {
    const checks = organizationOf(catalog, result).map((one) => one.checks);
    return { text: ofRoles(result, part, checks, each), placeholders: [], notices: [] };
  }
  const { several, every, placeholders, notices } = companionsOf(catalog, result, part, owner);
  if (form === "cli") return { text: merging(catalog, every), placeholders, notices };
  if (form !== "json") {
    const left = form === "cloudformation" ? notOwned(every) : [];
    return { text: TEMPLATES[form](every, texts(result)), placeholders: ownNames(placeholders), notices: [...notices, ...left] };
  }
  const wholes = (each ? several : [every]).map((some) => partJson(part, some));
  return { text: ofRoles(result, part, wholes, each), placeholders, notices };
}

/** A part of each role as JSON, or that of the only one by itself. */
function ofRoles(result, part, wholes, each) {
  if (!each) return canonical(wholes[0]);
  const rows = result.roles.map(({ chosen: { arn }, operations }, index) => ({ arn: printable(arn), operations, [part]: wholes[index] }));
  return canonical({ roles: rows });
}

/** The companions of each role, which keeps them: the page asks for them in every form. */
function wholeOf(catalog, { roles, asked }) {
  return roles.map((role) => (role.companions ??= new Companions(catalog, role.composition, asked)));
}

/** What policies of organizations deny each role. */
export function organizationOf(catalog, result) {
  const whole = wholeOf(catalog, result);
  return result.roles.map(({ chosen: { arn } }, place) => ({ arn, checks: organizationJson(catalog, whole[place]) }));
}

/** What each policy of data/perimeters denies a role: whether it breaks the work, and which statements. */
function organizationJson(catalog, companions) {
  const checked = check(catalog, companions);
  return Object.entries(catalog.data.perimeters ?? {}).map(([perimeter, { title, kind, says }]) => {
    const own = checked.filter((one) => one.perimeter === perimeter);
    const breaks = own.some((one) => one.breaks === "yes") ? "yes" : own.length ? "depends" : "no";
    const statements = own.map(({ sid, breaks: how, actions }) => ({ sid, breaks: how, actions }));
    return { perimeter, title, kind, says, breaks, statements };
  });
}

/** What a stack cannot own. */
function notOwned(every) {
  return every
    .filter((one) => one.document.statements.length && !OWNED.has(one.kind))
    .map((one) => {
      const message = `${one.resource}: no resource of a stack that only has this policy; use --format cli or terraform`;
      return { kind: "note", where: one.kind, message };
    });
}

/** Whether a companion is of an account, or may be; VPC endpoints count as the role's. */
function isOf(one, owner, companions) {
  const isEndpoint = !one.account && Object.values(KINDS).includes(one.kind);
  const account = isEndpoint ? partsOf(companions.role).account : one.account;
  return !owner || ["", owner].includes(account) || account.includes("$");
}

function chosen(companions, part) {
  if (part === DELEGATION) return [companions.delegation()].filter(Boolean);
  const kinds = COMPANION_KINDS[part];
  return companions.all.filter((one) => !kinds.length || kinds.includes(one.kind));
}

/** A part as JSON has it. */
export function partJson(part, some) {
  if (part === BOUNDARY || part === DELEGATION) return some[0]?.document.toJSON() ?? null;
  return some.map(toJson);
}

/** What there is to know of companions: those that cannot be written, and those that are too large. */
function noticesOf(catalog, result, whole, part, every) {
  const notices = [];
  const note = (where, message, kind = "note") => notices.push({ kind, where, message });
  const limits = new Map(kindsOf(catalog).map(({ id, limit }) => [id, limit]));
  const isBroad = ({ composition }) => composition.policy.statements.every(({ resources }) => resources.length === 1 && resources[0] === "*");
  if (result.roles.some(isBroad)) {
    note("companions", "a broad policy names no resources, so no policies of resources follow from it; use --scope scoped");
  }
  if (part === "endpoint-policies" && whole.every((companions) => companions.isInVpc === false)) {
    note(part, "the requests name no network of yours, so no call of the role uses VPC endpoints");
  }
  for (const one of every) {
    if (["unnamed", "not-composed"].includes(one.needed)) note(one.kind, `${one.resource}: ${one.why.replace(/\.+$/, "")}`);
    const count = one.document.statements.length;
    if (!count) continue;
    const limit = limits.get(one.kind);
    if (limit.statements && count > limit.statements) {
      note(one.kind, `${one.resource}: the policy has ${count} statements; such a policy can have ${limit.statements}`, "problem");
    }
    const written = sizeAs(limit, one.document.toJSON());
    if (written > limit.most) {
      const [has, may] = [written, limit.most].map((number) => number.toLocaleString("en"));
      const unit = limit.countsBytes ? "bytes" : "characters";
      note(one.kind, `${one.resource}: the statements alone have ${has} ${unit}; such a policy can have ${may}`, "problem");
    }
  }
  return notices;
}
