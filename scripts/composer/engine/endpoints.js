// Which VPC endpoints the calls of a role go through, whether a job needs them, and their policies. Pure. The same algorithm,
// step by step, as scripts/sagemaker_roles/engine/endpoints.py.

import { Document } from "./statements.js";
import { filled, isTrue, search } from "./values.js";

/** Kinds of data/companions by type of endpoint. */
export const KINDS = { gateway: "gateway-endpoint-policy", interface: "interface-endpoint-policy" };

const ORDER = ["yes", "optional", "no"];

/** The condition key that names the role where the principal must be a star. */
export const PRINCIPAL = "aws:PrincipalArn";

/** Characters that a text with a wildcard must have in a row (AWS PrivateLink Guide). */
const LEAST = 6;

/** The reason of a statement that an entry of the data gives, not a record. */
export function reasonOf({ why, evidence, sources }) {
  const nobody = { operation: "", grantee: "", addon: "", use: "" };
  return { ...nobody, why, evidence, sources, members: [], values: [], notes: [], container: "" };
}

/** Whether calls of the role go through the user's own VPC; null if the requests do not say it. */
export function isInVpc(catalog, requests) {
  const networks = Object.values(catalog.data.networks ?? {});
  const known = new Set();
  for (const request of requests) {
    const network = networks.findLast((one) => one.operations.includes(request.operation));
    if (!network || request.roles?.length === 0) continue;
    known.add(!network.when || request.members === null ? null : isTrue(search(network.when, request.members)));
  }
  return known.has(true) ? true : known.has(null) ? null : false;
}

/**
 * The endpoints for what a policy allows, in the order of data/endpoints.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {Document} policy the role's permissions policy
 * @param {string} role ARN of the role, perhaps with placeholders
 * @param {Map} values values for placeholders, escaped
 * @returns {object[]} id, kind, service, needed, why, document of each
 */
export function endpoints(catalog, policy, role, values) {
  const data = catalog.data.endpoints ?? {};
  const own = new Set(Object.values(data).flatMap((one) => one.actions ?? []));
  const byService = new Map();
  for (const [name, one] of Object.entries(data)) {
    const parts = policy.statements.flatMap((statement) => {
      const part = partOf(statement, one, own);
      return part ? [{ part, ...neededFor(one, part) }] : [];
    });
    if (parts.length) byService.set(name, endpoint(name, one, parts, role, values));
  }
  return [...byService].map(([name, one]) => {
    if (one.needed === "no") return one;
    const more = (data[name].aws_owned ?? [])
      .filter((item) => (byService.get(item.with)?.needed ?? "no") !== "no")
      .map((item) => ofAws(item, values));
    return { ...one, document: new Document([...one.document.statements, ...more]) };
  });
}

/** What of a statement goes through an endpoint; null if nothing does. */
function partOf(statement, data, own) {
  const goes = data.actions
    ? (action) => data.actions.includes(action)
    : (action) => data.prefixes.includes(action.split(":", 1)[0]) && !own.has(action);
  const actions = statement.actions.filter(goes);
  return actions.length ? { ...statement, actions } : null;
}

/** Whether a statement's calls need the endpoint, and why: the strongest of what holds for its reasons. */
function neededFor(data, statement) {
  const keys = statement.condition.flatMap(([, tests]) => tests.map(([key]) => key));
  const verdicts = statement.reasons.map((reason) => verdictOf(data, reason, keys));
  const { needed, why } = strongest(verdicts.length ? verdicts : [data]);
  return { needed, why };
}

function strongest(verdicts) {
  return verdicts.reduce((best, one) => (ORDER.indexOf(one.needed) < ORDER.indexOf(best.needed) ? one : best));
}

function verdictOf(data, reason, keys) {
  const isFor = (other) =>
    (!other.uses || other.uses.includes(reason.use)) &&
    (!other.operations || other.operations.includes(reason.operation)) &&
    (!other.conditions || other.conditions.some((key) => keys.includes(key)));
  return (data.otherwise ?? []).find(isFor) ?? data;
}

function endpoint(id, data, parts, role, values) {
  const { needed, why } = strongest(parts);
  const service = "service" in data ? filled(data.service, values) : data.title;
  const kind = KINDS[data.type ?? "interface"];
  const statements = parts.filter((one) => one.needed !== "no").map(({ part }) => allowed(part, role, kind));
  return { id, kind, service, needed, why, document: new Document("service" in data ? statements : []) };
}

/** A statement of a role as one of an endpoint's policy. */
function allowed(statement, role, kind) {
  const condition = possible(statement.condition);
  if (kind !== KINDS.gateway) return { ...statement, principal: [["AWS", [role]]], condition };
  const named = new Map(condition.map(([operator, keys]) => [operator, new Map(keys)]));
  if (!named.has("ArnEquals")) named.set("ArnEquals", new Map());
  named.get("ArnEquals").set(PRINCIPAL, [role]);
  return { ...statement, principal: [["AWS", ["*"]]], condition: [...named].map(([operator, keys]) => [operator, [...keys]]) };
}

/** A condition without the tests that AWS PrivateLink refuses: wildcards next to fewer than six characters. */
function possible(condition) {
  return condition
    .map(([operator, keys]) => [
      operator,
      keys.filter(([, values]) => !operator.includes("StringLike") || values.every(isLong)),
    ])
    .filter(([, keys]) => keys.length);
}

function isLong(value) {
  const plain = value.replace(/\$\{[^}]*\}/g, "xxxxxx");
  return !/[*?]/.test(plain) || plain.split(/[*?]/).some((part) => [...part].length >= LEAST);
}

/** A statement for what a service of AWS signs itself. */
function ofAws(data, values) {
  const resources = data.Resource.map((text) => filled(text, values));
  return { sid: data.Sid, actions: data.Action, resources, condition: [], reasons: [reasonOf(data)], principal: [["AWS", ["*"]]] };
}
