// What an error message means: what was denied, to whom, by which layer, what needs it, and what to add.
// The same, step by step, as scripts/sagemaker_roles/explaining.py; causes are as `explain --format json` has them.

import { extend } from "./canonical.js";
import { GLOBALS, formsOf } from "./catalog.js";
import { byCodePoint, sorted } from "./comparison.js";
import { compose } from "./engine/compose.js";
import { elementOfService } from "./engine/elements.js";
import { escape, filled, namesIn } from "./engine/values.js";
import { action } from "./iam/actions.js";
import { named, resource as resourcePattern } from "./iam/arns.js";
import { partsOf } from "./iam/parts.js";
import { intersects } from "./iam/patterns.js";
import { finds, readMessages } from "./inputs/messages.js";

/** How many causes of one message are given. */
const MOST = 6;

/** What to look at where no message has a known form. */
const LOOK = [
  'Look for AccessDenied, 403, or "not authorized" earlier in the log; the last line often says only that it failed.',
  "Read FailureReason in the answer of the Describe… operation of the job, and the log of the job.",
  "Look for events with an errorCode in AWS CloudTrail, at the time of the failure, and give them to this command.",
  "If nothing is denied and it hangs or times out, check the route, the VPC endpoints, and the security groups.",
];

const OF_SAGEMAKER = /^SageMaker/;

/**
 * Explains an error message.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {string} text a message, a log, a CloudTrail event or log, or the JSON answer of a Describe… operation
 * @param {string} [operation] the operation that failed, if that is known; it wins over what the text shows
 * @returns {{causes: object[], look: string[]}} causes in the order of the text, for each message the best first
 * @throws {InputError} the text is too large
 */
export function explainMessage(catalog, text, operation = "") {
  const causes = new Map();
  for (const message of readMessages(catalog, text)) {
    for (const cause of causesOf(catalog, message, operation)) {
      const { form, principal, role, addon } = cause;
      const key = JSON.stringify([form, cause.action, cause.resource, principal, cause.operation, role, addon]);
      if (!causes.has(key)) causes.set(key, cause);
    }
  }
  return { causes: [...causes.values()], look: causes.size ? [] : LOOK };
}

/** An explanation as `explain --format json` prints it; members that do not apply are absent. */
export function toJson({ causes, look }) {
  const rows = causes.map((cause) => {
    const policy = cause.statement ? { Version: "2012-10-17", Statement: [cause.statement] } : null;
    const patch = cause.statement ? [{ op: "add", path: "/Statement/-", value: cause.statement }] : null;
    const members = { ...cause, layer_named: cause.layer ? cause.layer_named : null, policy, patch };
    return Object.fromEntries(Object.entries(members).filter(([name, value]) => name === "caller" || !isEmpty(value)));
  });
  return { schema_version: "1.1.0", known: rows.length > 0, causes: rows, ...(look.length ? { look } : {}) };
}

function isEmpty(value) {
  return value === "" || value === null || (typeof value === "object" && !Object.keys(value).length);
}

// --- causes of one message -----------------------------------------------------------------------------------------

const EMPTY = {
  operation: "", role: "", caller: false, addon: "", who: "principal", principal: "", action: "", resource: "", layer: "",
  layer_named: false, statement: null, placeholders: [], why: "", evidence: "", sources: [], also: {}, look: [], page: "", guide: "",
};

function causesOf(catalog, message, operation) {
  const form = catalog.data.messages[message.form];
  const common = commonOf(catalog, message, form);
  const matter = form.matter ?? "permission";
  const wanted = withRoleOwners(catalog, operation ? [operation] : message.operations);
  const isTrust = form.part === "trust";
  const causes = [];
  if (matter !== "permission" || (!message.actions.length && !isTrust)) {
    causes.push({ ...common, operation: wanted[0] ?? "", action: message.actions[0] ?? "" });
    if (matter !== "missing" && matter !== "role") return causes;
  }
  if (isTrust) return [...causes, ...trustsOf(catalog, message, wanted.length ? wanted : (form.operations ?? []), common)];
  let needs = needsOf(catalog, message, wanted);
  if (!needs.length && wanted.length) needs = needsOf(catalog, message, []);
  const clues = cluesOf(catalog, message);
  const ranked = needs
    .map((need) => [rank(catalog, need, message, form, wanted, clues), need])
    .sort(([a], [b]) => compared(a, b))
    .map(([, need]) => need);
  extend(causes, spread(ranked, form).slice(0, MOST).map((need) => causeOf(catalog, message, need, common)));
  if (!needs.length && matter === "permission") causes.push(unneeded(message, common));
  return causes;
}

/** Orders tuples: member by member, numbers and truths by size, texts by code point. */
function compared(a, b) {
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [a[index], b[index]];
    const order = Array.isArray(x) ? compared(x, y) : typeof x === "string" ? byCodePoint(x, y) : x - y;
    if (order) return order;
  }
  return 0;
}

/** Operations, and those whose role they work with (CreateTransformJob that of CreateModel). */
function withRoleOwners(catalog, operations) {
  return [...new Set([...operations, ...operations.flatMap((name) => catalog.operation(name).usesRoleOf)])];
}

/** What all causes of a message have in common. */
function commonOf(catalog, message, form) {
  const [layer, isNamed] = layerOf(catalog, message, form);
  const { layers } = catalog.data;
  return {
    ...EMPTY,
    form: message.form,
    message: message.text,
    matter: form.matter ?? "permission",
    who: whoOf(message, form, cluesOf(catalog, message)),
    principal: message.principal || message.role,
    resource: message.resource,
    layer,
    layer_named: isNamed,
    why: form.says ?? "",
    look: [...new Set([...(isNamed ? [layers[layer].says] : []), ...(form.look ?? [])])],
    page: form.page,
    guide: form.page,
    sources: urls(catalog, form.sources),
  };
}

/** The layer that decided, and whether the message names it. */
function layerOf(catalog, message, form) {
  if (message.reason) {
    const named = Object.entries(catalog.data.layers).find(([, layer]) => layer.pattern && finds(layer.pattern, message.reason));
    if (named) return [named[0], true];
  }
  if ("layer" in form) return [form.layer, false];
  return [message.actions.length && (form.matter ?? "permission") === "permission" ? "identity-policy" : "", false];
}

function whoOf(message, form, clues) {
  const principal = message.principal || message.role;
  if (principal.includes("/aws-service-role/") || principal.includes(":assumed-role/AWSServiceRoleFor")) return "service-linked role";
  if (message.role && !message.principal) return "execution role";
  const session = /:assumed-role\/[^/]{1,64}\/(.{1,64})/.exec(message.principal);
  if (session && OF_SAGEMAKER.test(session[1])) return "execution role";
  // What else is known of the session can speak for a role of ours, which another service than SageMaker AI takes.
  if (message.principal) return clues.some((clue) => clue.part === "policy") ? "principal" : "caller";
  return { caller: "caller", policy: "execution role", trust: "execution role" }[form.part ?? ""] ?? "principal";
}

function cluesOf(catalog, message) {
  return message.clues.map((name) => catalog.data.clues[name]);
}

/** The statements of records that have a denied action, for its resource if some are, else for any. */
function needsOf(catalog, message, operations) {
  const needs = having(catalog, message, operations.length ? operations : catalog.operations);
  const fitting = needs.filter((need) => need.fits);
  return fitting.length ? fitting : needs;
}

function having(catalog, message, operations) {
  const wanted = message.actions.map((name) => [name, action(name)]);
  const resource = message.resource ? named(message.resource) : null;
  const needs = [];
  for (const name of operations) {
    const record = catalog.operation(name);
    for (const grantee of record.caller ? [...record.roles, record.caller] : record.roles) {
      for (const [addon, container, entry] of entriesOf(catalog, name, grantee)) {
        for (const [place, statement] of entry.statements.entries()) {
          for (const [denied, one] of wanted) {
            if (!statement.actions.some((item) => intersects(action(item), one))) continue;
            const templates = templatesOf(catalog, entry, statement);
            const met = templates.filter((item) => resource === null || intersects(resourcePattern(item), resource));
            needs.push({
              operation: name,
              grantee,
              isCaller: grantee === record.caller,
              addon,
              container,
              entry,
              statement,
              needed: entry.needed[place],
              action: denied,
              templates: met.length ? met : templates,
              fits: met.length > 0,
            });
          }
        }
      }
    }
  }
  return needs;
}

/** What a grantee can need: of its record, and of containers to which requests of the operation can hand a value. */
function entriesOf(catalog, operation, grantee) {
  const entries = grantee.entries.map((entry) => [null, "", entry]);
  for (const addon of grantee.addons) extend(entries, addon.entries.map((entry) => [addon, "", entry]));
  for (const container of catalog.containers) {
    if (!container.roles.includes(grantee.id)) continue;
    for (const read of container.reads) {
      if (!read.members.some((member) => membersOf(catalog, operation).has(member))) continue;
      extend(entries, read.entries.map((entry) => [null, container.id, entry]));
    }
  }
  return entries;
}

/** Names of all members of an operation's request, at any depth. */
function membersOf(catalog, operation) {
  const key = `members/${operation}`;
  if (!catalog.memo.has(key)) {
    const types = catalog.shapesOf(operation);
    const members = new Set();
    const left = [catalog.shapes.inputs[operation] ?? ""];
    const seen = new Set(left);
    while (left.length) {
      const shape = types[left.pop()] ?? {};
      for (const [name, inner] of [...Object.entries(shape.members ?? {}), ["", shape.member], ["", shape.value]]) {
        if (name) members.add(name);
        if (inner && !seen.has(inner)) {
          seen.add(inner);
          left.push(inner);
        }
      }
    }
    catalog.memo.set(key, members);
  }
  return catalog.memo.get(key);
}

/** The ARN templates of a statement, in all forms that the values of its parameters can have. */
function templatesOf(catalog, entry, statement) {
  if (statement.resources.length) return statement.resources.map((item) => filled(item, constantsOf(entry)));
  const templates = new Set();
  for (const [parameter, kind] of Object.entries(entry.parameters)) {
    if (kind === "constant") continue;
    for (const form of formsOf(entry, parameter, catalog.kind(kind))) {
      for (const scope of statement.scopes) for (const item of form.scopes.get(scope)?.resources ?? []) templates.add(item);
    }
  }
  return [...templates];
}

function constantsOf(entry) {
  return new Map(Object.entries(entry.constants));
}

/** How well a need explains a message, as explaining.py says it; the best comes first. */
function rank(catalog, need, message, form, wanted, clues) {
  const frequent = form.operations ?? [];
  const who = whoOf(message, form, clues);
  const isOther =
    (who === "execution role" && need.isCaller) ||
    (who === "caller" && !need.isCaller) ||
    (who === "execution role" && message.principal !== "" && !isTaken(catalog, need));
  const exact = message.resource ? Math.max(0, ...need.templates.map(literalOf)) : 0;
  const at = frequent.indexOf(need.operation);
  const { addon } = need;
  const isPointed = addon !== null && (form.addons ?? []).includes(addon.id);
  const isBasic = addon === null && !need.container;
  const isInferred = need.needed.evidence === "inferred";
  const least = [!isBasic, isInferred, need.statement.actions.length, Boolean(addon?.usage), Boolean(need.container), sizeOf(addon)];
  const shown = clues.filter((clue) => pointsTo(clue, need)).length + (need.operation === message.called);
  const first = [!wanted.includes(need.operation), isOther, -shown, usualOf(need, form), !isPointed, -exact];
  return [...first, at < 0 ? frequent.length : at, least, need.operation];
}

/** Whether SageMaker AI takes the role of a need, so that its sessions can be of it. */
function isTaken(catalog, need) {
  return need.grantee.trust.some((id) =>
    catalog.trust(id).principal.some(([kind, values]) => kind === "Service" && values.includes("sagemaker.amazonaws.com")),
  );
}

/** Whether a clue points to a need: to all that it tells of. */
function pointsTo(clue, need) {
  const { addon } = need;
  return (
    (clue.operations ?? [need.operation]).includes(need.operation) &&
    (!("addons" in clue) || (addon !== null && clue.addons.includes(addon.id))) &&
    (!("part" in clue) || (clue.part === "caller") === need.isCaller) &&
    (!("code" in clue) || Boolean(need.container) || Boolean(addon?.usage))
  );
}

/** At which place of the usual causes of a form a need is; behind them all if it is none of them. */
function usualOf(need, form) {
  const usual = form.usual ?? [];
  const at = usual.findIndex((one) => one.operation === need.operation && (one.addon ?? "") === (need.addon?.id ?? ""));
  return at < 0 || need.isCaller ? usual.length : at;
}

/** How many actions an add-on has: the one with the fewest is most exactly about a denied one. */
function sizeOf(addon) {
  const statements = (addon?.entries ?? []).flatMap((entry) => entry.statements);
  return statements.reduce((sum, statement) => sum + statement.actions.length, 0);
}

/** How many characters of a resource's own name a template fixes, up to a type such as training-job/. */
function literalOf(template) {
  return partsOf(template).resource.replace(/\$\{[^}]*\}|\*/g, "").length;
}

/** Needs of the same grantee and add-on once: the usual ones, then the best of each operation before its others. */
function spread(ranked, form) {
  const best = new Map();
  for (const need of ranked) {
    const key = JSON.stringify([need.operation, need.grantee.id, need.addon?.id ?? ""]);
    if (!best.has(key)) best.set(key, need);
  }
  const turns = new Map();
  const order = [...best.values()].map((need, place) => {
    const turn = (turns.get(need.operation) ?? -1) + 1;
    turns.set(need.operation, turn);
    return [[usualOf(need, form) < (form.usual ?? []).length ? 0 : turn, place], need];
  });
  return order.sort(([a], [b]) => compared(a, b)).map(([, need]) => need);
}

function causeOf(catalog, message, need, common) {
  const layer = catalog.data.layers[common.layer] ?? {};
  let { who } = common;
  if (who === "principal") who = need.isCaller ? "caller" : "execution role";
  const look = [...common.look];
  if (message.resource && !need.fits) {
    look.unshift("The record needs the action for another resource than the message names; compare them.");
  }
  const isLinked = who === "service-linked role";
  if (isLinked) look.unshift("You cannot add permissions to a service-linked role; pass an execution role.");
  const statement = layer.cure === "remove" || isLinked ? null : statementOf(catalog, message, need, layer.cure === "resource");
  return {
    ...common,
    operation: need.operation,
    role: need.isCaller ? "" : need.grantee.id,
    caller: need.isCaller,
    addon: need.addon?.id ?? "",
    who,
    action: need.action,
    statement,
    placeholders: openIn(statement),
    why: need.needed.why,
    evidence: need.needed.evidence,
    sources: urls(catalog, need.needed.sources),
    also: alsoOf(catalog, common.layer, need.action.split(":")[0]),
    look,
    page: `reference/${need.operation}.md`,
  };
}

/** The cause where no operation needs the action: code of one's own, or another service. */
function unneeded(message, common) {
  const [denied] = message.actions;
  const isRemoved = common.layer === "explicit-deny" || common.who === "service-linked role";
  const sid = `Allow${denied.slice(denied.indexOf(":") + 1).replace(/[^A-Za-z0-9]/g, "")}`;
  const statement = message.resource && !isRemoved ? written(sid, [denied], [escapeKnown(message.resource)]) : null;
  return {
    ...common,
    action: denied,
    why: common.why || "No operation with a record needs this action.",
    look: ["Your own code, an SDK, or another service calls it.", ...common.look],
    statement,
    placeholders: openIn(statement),
  };
}

/** The trust statements of the operations that a message about assuming a role can be of. */
function trustsOf(catalog, message, operations, common) {
  const values = globalsOf(message);
  return operations.slice(0, MOST).flatMap((name) => {
    const [grantee] = catalog.operation(name).roles;
    if (!grantee?.trust.length) return [];
    const trust = catalog.trust(grantee.trust[0]);
    const statement = { Sid: trust.sid, Effect: "Allow", Principal: Object.fromEntries(trust.principal), Action: trust.actions };
    if (trust.condition.length) statement.Condition = conditionOf(trust.condition, values);
    return {
      ...common,
      operation: name,
      role: grantee.id,
      who: "execution role",
      action: "sts:AssumeRole",
      statement,
      placeholders: openIn(statement),
      why: trust.why,
      evidence: trust.evidence,
      sources: urls(catalog, trust.sources),
      look: [...new Set([...(common.why ? [common.why] : []), ...common.look])],
      page: `reference/${name}.md`,
    };
  });
}

// --- statements ----------------------------------------------------------------------------------------------------

/** The statement to add: the record's actions, for the resource that the message names where it names one. */
function statementOf(catalog, message, need, isOnResource) {
  const values = new Map([...constantsOf(need.entry), ...globalsOf(message)]);
  let { condition } = need.statement;
  let resources;
  if (need.templates.length === 1 && need.templates[0] === "*") resources = ["*"];
  else if (message.resource && need.fits) resources = [escapeKnown(message.resource)];
  else [resources, condition] = composedOf(catalog, need) ?? [need.templates, condition];
  const whole = written(need.needed.sid, need.statement.actions, resources.map((item) => filled(item, values)));
  if (condition.length) whole.Condition = conditionOf(condition, values);
  if (!isOnResource) return whole;
  const inItsPolicy = elementOfService(catalog, need.action.split(":")[0], whole.Resource);
  const principal =
    message.role || roleOf(message.principal) || `arn:${message.partition}:iam::${message.account || "${Account}"}:root`;
  const { Sid, Effect, Resource, ...rest } = whole;
  return { Sid, Effect, Principal: { AWS: [principal] }, ...rest, ...(inItsPolicy.length ? { Resource: inItsPolicy } : {}) };
}

/** The resources and condition of a need as the composer writes them, with the record's placeholders. */
function composedOf(catalog, need) {
  // Only a request with its keys makes the composer write what a container needs: the value's first form stands for all.
  if (need.container) return [[namedBy(need.templates[0], need.entry.prefix)], need.statement.condition];
  const addon = need.addon?.id ?? "";
  const roles = need.isCaller ? [] : [need.grantee.id];
  const requests = [{ operation: need.operation, members: null }];
  const composition = compose(catalog, requests, { roles, addons: addon ? [addon] : [] });
  const { statements } = need.isCaller ? composition.caller : composition.policy;
  const own = statements.find(
    ({ actions, reasons }) =>
      actions.includes(need.action) && reasons.some((one) => one.grantee === need.grantee.id && one.addon === addon),
  );
  return own ? [own.resources, own.condition] : null;
}

/** A template whose own placeholders are named as the composer names them: with the prefix of the entry. */
function namedBy(template, prefix) {
  return template.replace(/\$\{(\w+)\}/g, (whole, name) => (GLOBALS.includes(name) ? whole : `\${${prefix}${name}}`));
}

function written(sid, allowed, resources) {
  return { Sid: sid, Effect: "Allow", Action: allowed, Resource: resources };
}

function conditionOf(condition, values) {
  const rows = condition.map(([operator, keys]) => [
    operator,
    Object.fromEntries(keys.map(([key, texts]) => [key, texts.map((text) => filled(text, values))])),
  ]);
  return Object.fromEntries(rows);
}

/** A resource of a message, so that IAM takes each of its characters literally; our placeholders stay. */
function escapeKnown(resource) {
  const parts = resource.split(/(\$\{(?:Partition|Region|Account)\})/);
  return parts.map((part, index) => (index % 2 ? part : escape(part))).join("");
}

function globalsOf({ partition, region, account }) {
  const values = [["Partition", partition], ["Region", region], ["Account", account]];
  return new Map(values.filter(([, value]) => /^[a-z0-9-]{1,32}$/.test(value)));
}

/** The ARN of the role that a session is of, without the path, which a session does not show. */
function roleOf(principal) {
  const parts = /^arn:([a-z-]{3,16}):sts::([0-9]{12}):assumed-role\/([A-Za-z0-9_+=,.@-]{1,64})\/.{1,64}$/.exec(principal);
  return parts ? `arn:${parts[1]}:iam::${parts[2]}:role/${parts[3]}` : "";
}

/** Names of the placeholders in a statement, sorted. */
function openIn(value) {
  const texts = (item) => {
    if (typeof item === "string") return [item];
    return item === null || typeof item !== "object" ? [] : Object.values(item).flatMap(texts);
  };
  return sorted(texts(value).flatMap(namesIn));
}

// --- what else -----------------------------------------------------------------------------------------------------

/** What else must allow an action of a service, by layer. */
function alsoOf(catalog, decided, service) {
  const layers = Object.entries(catalog.data.layers).filter(([name, layer]) => name !== decided && Object.hasOwn(layer.services ?? {}, service));
  return Object.fromEntries(layers.map(([name, layer]) => [name, layer.services[service]]));
}

function urls(catalog, ids) {
  return ids.filter((id) => Object.hasOwn(catalog.sources, id)).map((id) => catalog.sources[id].url);
}
