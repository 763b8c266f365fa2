// Whether each need lies within the policies of a role, and which statements no need uses: the same answer as
// tests/conformance/reviewing.py.

import { extend } from "./canonical.js";
import { sorted } from "./comparison.js";
import { statementJson } from "./engine/statements.js";
import { action } from "./iam/actions.js";
import { resource } from "./iam/arns.js";
import { Context, implied, judge, read, resolved } from "./iam/conditions.js";
import { parse } from "./iam/parts.js";
import { covers, intersects } from "./iam/patterns.js";
import { named } from "./iam/principals.js";
import { statements } from "./iam/statements.js";

const WORST = ["missing", "depends", "allowed"];
/** Into how many calls a condition with several values is taken apart at most. */
const MOST = 32;
/** Operators whose values are the values of the key, so that each can be asked by itself. */
const EXACT = ["StringEquals", "ArnEquals", "Bool", "NumericEquals"];
/** Condition keys in whose values `.*.` stands for the Region of the resource (data/companions: regional). */
const REGIONAL = ["kms:viaservice"];
const PLACEHOLDER = /\$\{[A-Za-z0-9]+\}/;
/** Layers whose policies name principals. */
const NAMING = ["rcp", "endpoint", "resource"];
/** What allows everything, where a layer is known only by what it denies. */
const OPEN = statements({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } });
/** Condition keys that tie a service to one account, organization or resource. */
const DEPUTY = ["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"];

/**
 * Holds the policies of a role against a composed one.
 *
 * @param {Iterable<string>} withoutResources actions in small letters that have no resource types
 * @param {object} composition what the role's work needs, as compose() gives it
 * @param {object} held policies, trust (policy), boundary (a policy) and role (ARN) of the role as far as they are known; and what
 *   else decides about its calls: scps, rcps, session and endpoint (lists of policies), resources (ARN to policy)
 * @param {object} [companions] the companions of the catalog, which name the accounts of AWS that publish images
 * @returns {object} verdict; needs ({outcome, action, resource, layer, statement, explicit, keys, part, need}[]); statements,
 *   policy by policy ({name, state, unused, resources, needs}[]); trusted ([statement, principal, why][])
 * @throws {PolicyError} one of the documents is no policy
 */
export function review(withoutResources, composition, { policies, trust = null, boundary = null, role = "", ...more }, companions = {}) {
  const held = policies.map(statements);
  const others = othersOf(boundary, more);
  const without = new Set(withoutResources);
  const published = publishedBy(companions);
  const uses = held.map((some) => some.map(() => []));
  const needs = needsOf(composition.policy);
  const judged = [];
  for (const need of needs) {
    const isPlain = need.resource !== "*" || without.has(need.action.toLowerCase());
    let worst = null;
    for (const context of contextsOf(need, knownOf(need, role))) {
      const ask = (name, documents, one = {}) => layer(name, documents, { need, context, isPlain, role, ...one });
      const own = ask("identity", held, { uses });
      const one = worstOf(decided(ask, own, others, need, isElsewhere(need, role, published)));
      if (!worst || rank(one) < rank(worst)) worst = one;
    }
    if (worst) judged.push(worst);
  }
  const trusting = trust ? statements(trust) : null;
  if (trusting) extend(judged, assumed(trusting, composition.trust.statements));
  const outcomes = new Set(judged.map((one) => one.outcome));
  return {
    verdict: outcomes.has("missing") ? "missing" : outcomes.has("depends") ? "depends" : "sufficient",
    needs: judged,
    statements: held.map((some, place) => some.map((one) => used(one, uses[place][one.number], needs))),
    trusted: trusting ? besides(trusting, composition.trust.statements, role) : [],
  };
}

// --- all layers ------------------------------------------------------------------------------------------------------

/** Everything beside the policies of the role, read; what is null is not there. */
function othersOf(boundary, { scps, rcps, session, endpoint, resources = {} }) {
  const all = (some) => (some ? some.map(statements) : null);
  const levels = all(scps);
  // FullAWSAccess joins service control policies that only deny, as AWS attaches it by itself.
  if (levels && !levels.flat().some((one) => one.allows)) levels.push(OPEN);
  return {
    boundary: boundary ? [statements(boundary)] : null,
    session: all(session),
    scp: levels,
    // RCPFullAWSAccess, which cannot be detached, allows: only denials count.
    rcp: rcps ? [...all(rcps).map(denials), OPEN] : null,
    endpoint: all(endpoint),
    resources: Object.entries(resources).map(([name, policy]) => [name, statements(policy)]),
  };
}

const denials = (policy) => policy.filter((one) => !one.allows);

/** What all layers say of a need; own: what the policies of the role say. */
function decided(ask, own, others, need, isElsewhere) {
  const limits = ["boundary", "session"].flatMap((name) => (others[name] ? [ask(name, others[name])] : []));
  const identity = worstOf([own, ...limits]);
  const policy = policyOf(others.resources, need.resource);
  const each = policy ? ofResource(ask, policy, identity, limits, need, isElsewhere) : [identity];
  if (!policy && isElsewhere) each.push(said("depends", need, "resource"));
  for (const name of ["scp", "rcp", "endpoint"]) if (others[name]) each.push(ask(name, others[name]));
  return each;
}

/** The policy of the resource of an ARN, where it was given. */
function policyOf(resources, text) {
  const isOf = (name) => text === name || text.startsWith(`${name}/`) || text.startsWith(`${name}:`);
  return resources.find(([name]) => isOf(name) || (text !== "*" && covers(resource(name), resource(text))))?.[1] ?? null;
}

/** What a resource's policy and the identity grant together. */
function ofResource(ask, policy, identity, limits, need, isElsewhere) {
  const denied = ask("resource", [denials(policy), OPEN]);
  const each = denied.outcome === "allowed" ? [] : [denied];
  const allowed = (...allows) => ask("resource", [policy], { allows });
  if (isElsewhere) return [...each, worstOf([identity, allowed("direct", "role", "account")])];
  // AWS KMS has the key's policy decide whether the account decides.
  const through = need.action.toLowerCase().startsWith("kms:") ? [identity, allowed("account")] : [identity];
  const direct = allowed("direct");
  const byRole = worstOf([allowed("role"), ...limits]);
  return [...each, [worstOf(through), direct, byRole].reduce((a, b) => (rank(b) > rank(a) ? b : a))];
}

/** What falls furthest short, the first of several. */
const worstOf = (some) => some.reduce((a, b) => (rank(b) < rank(a) ? b : a));

function rank(one) {
  return WORST.indexOf(one.outcome);
}

function said(outcome, need, layerName, more = {}) {
  const { action: name, resource: on } = need;
  return { outcome, action: name, resource: on, layer: layerName, statement: "", explicit: false, keys: [], part: false, need, ...more };
}

// --- needs -----------------------------------------------------------------------------------------------------------

/** The calls that a composed policy allows, in its order. */
function needsOf(document) {
  return document.statements.flatMap((statement) => {
    const tests = read(statementJson(statement).Condition ?? {});
    return statement.actions.flatMap((name) =>
      statement.resources.map((on) => ({ sid: statement.sid, action: name, resource: on, tests, reasons: statement.reasons })),
    );
  });
}

/** Condition keys whose values follow from who calls what. */
function knownOf(need, role) {
  const known = new Map([
    ["aws:principalisawsservice", "false"],
    ["aws:principaltype", "AssumedRole"],
    ["aws:securetransport", "true"],
  ]);
  const mine = parse(role);
  if (mine) {
    known.set("aws:principalarn", role);
    if (isNumber(mine.account)) known.set("aws:principalaccount", mine.account);
  }
  const on = parse(need.resource);
  if (on) {
    if (on.region && !on.region.includes("*") && !on.region.includes("${")) known.set("aws:requestedregion", on.region);
    if (isNumber(on.account)) known.set("aws:resourceaccount", on.account);
  }
  return known;
}

function isNumber(text) {
  return /^[0-9]+$/.test(text);
}

/** Keys whose values in a need's calls are all those of its tests, with these values. */
function exactOf(need) {
  const region = parse(need.resource)?.region ?? "";
  const tests = [];
  for (const { operator, key, values } of need.tests) {
    if (EXACT.includes(operator)) tests.push([key, values]);
    else if (operator === "StringLike" && REGIONAL.includes(key) && /^[a-z0-9-]+$/.test(region)) {
      const named = values.map((value) => value.replaceAll(".*.", `.${region}.`));
      if (!named.some((value) => value.includes("*"))) tests.push([key, named]);
    }
  }
  return tests;
}

/** What is known of the condition keys of a need's calls: one context for each choice of values. */
function contextsOf(need, known) {
  const exact = exactOf(need);
  const count = exact.reduce((product, [, values]) => product * values.length, 1);
  const several = exact.filter(([, values]) => count <= MOST || values.length === 1);
  let chosen = [known];
  for (const [key, values] of several) chosen = chosen.flatMap((one) => values.map((value) => new Map(one).set(key, value)));
  return chosen.map((values) => new Context(values, need.tests));
}

/** Whether the resource is certainly of another account than the role, and not of what AWS publishes for everyone. */
function isElsewhere(need, role, published) {
  const [on, mine] = [parse(need.resource), parse(role)];
  if (!on || !mine || !isNumber(on.account) || !isNumber(mine.account)) return false;
  const region = /[$*]/.test(on.region) ? "" : on.region;
  return on.account !== mine.account && !published.has(`${region} ${on.account}`);
}

/** Region and account of AWS, where it publishes images for everyone; and the account alone, for a Region not known. */
function publishedBy(companions) {
  const lists = Object.values(companions).flatMap((kind) => kind.aws_accounts ?? []);
  const places = lists.flatMap(({ accounts }) => Object.entries(accounts));
  return new Set(places.flatMap(([region, account]) => [`${region} ${account}`, ` ${account}`]));
}

// --- one need --------------------------------------------------------------------------------------------------------

/**
 * What the policies of a layer say of a need; records which of their statements the need uses.
 *
 * @param {string} name the layer
 * @param {object[][]} documents its policies
 * @param {object} asked need, context, isPlain, role; uses; allows: how statements that count name the role, where only those that
 *   allow do
 */
function layer(name, documents, { need, context, isPlain, role, uses = null, allows = null }) {
  const wanted = action(need.action);
  let best = null;
  let denied = null;
  let missed = "";
  const parts = [];
  documents.forEach((some, place) => {
    for (const statement of some) {
      if (statement.actionPatterns.some((text) => covers(text, wanted)) === statement.notActions) continue;
      const { fit, count } = fitOf(statement, need, context, isPlain);
      const { who, how } = NAMING.includes(name) ? named(statement, role) : { who: "yes", how: "direct" };
      if (fit === "no" || (allows && (!allows.includes(how) || !statement.allows))) continue;
      if (who === "no") {
        missed ||= statement.allows ? statement.name : "";
        continue;
      }
      const verdict = judge(statement.tests, context);
      if (verdict.holds === false) {
        missed ||= statement.allows ? statement.name : "";
        continue;
      }
      const users = uses?.[place][statement.number];
      if (users && !users.includes(need)) users.push(need);
      const isCertain = fit === "yes" && who === "yes" && verdict.holds === true;
      const keys = sorted(verdict.keys);
      const one = said("depends", need, name, { statement: statement.name, keys });
      if (!statement.allows) {
        const denial = { ...one, explicit: true, part: fit === "part" };
        if (isCertain) denied = denied?.outcome === "missing" ? denied : { ...denial, outcome: "missing", keys: [] };
        denied ??= denial;
      } else if (isCertain) {
        best = { ...one, outcome: "allowed", keys: [] };
      } else if (fit === "part") {
        parts.push([statement, count]);
      } else {
        best ??= one;
      }
    }
  });
  if (denied?.outcome === "missing") return denied;
  best ??= partly(name, need, parts, missed, isPlain);
  return denied && best.outcome !== "missing" ? denied : best;
}

/** What is said where no statement allows all of the resources; review.py says why. */
function partly(name, need, parts, missed, isPlain) {
  if (!parts.length) return said("missing", need, name, { statement: missed });
  const isHard = parts.some(([one]) => one.notResources || one.resources.some((text) => text.includes("?")));
  const count = parts.reduce((sum, [, some]) => sum + some, 0);
  const isTogether = !isPlain || (isHard && count > 1);
  return said(isTogether ? "depends" : "missing", need, name, { statement: parts[0][0].name, part: true });
}

/** Whether the need's resources are among those of a statement; and how many of its patterns meet them. */
function fitOf(statement, need, context, isPlain) {
  if (!statement.resources.length) return { fit: "yes", count: 0 };
  const each = statement.resources.map((text) => fitOne(text, statement.variables, need.resource, context, isPlain));
  const count = each.filter((one) => one !== "no").length;
  if (!statement.notResources) return { fit: ["yes", "open", "part"].find((one) => each.includes(one)) ?? "no", count };
  if (each.includes("yes")) return { fit: "no", count };
  return { fit: ["open", "part"].find((one) => each.includes(one)) ?? "yes", count: 1 };
}

function fitOne(text, variables, wanted, context, isPlain) {
  if (wanted === "*") return text === "*" ? "yes" : isPlain ? "no" : "part";
  const outer = resource(variables ? resolved(text, context) : text, variables);
  const inner = resource(wanted);
  if (covers(outer, inner)) return "yes";
  if (!intersects(outer, inner)) return "no";
  return outer.opaque || inner.opaque ? "open" : "part";
}

// --- one statement ---------------------------------------------------------------------------------------------------

function used(one, users, needs) {
  const sids = [...new Set(users.map((need) => need.sid))];
  const row = { name: one.name, state: "", unused: [], resources: [], needs: sids };
  if (!one.allows) return { ...row, state: users.length ? "denies" : "limits" };
  if (!users.length) return { ...row, state: "unneeded" };
  if (one.notActions) return { ...row, state: "wide" };
  const wanted = [...new Set(users.map((need) => action(need.action)))];
  const unused = one.actions.filter((text) => !wanted.some((item) => covers(action(text), item)));
  const named = [...new Set(users.map((need) => resource(need.resource)))];
  const resources = one.notResources
    ? []
    : one.resources.filter((text) => !named.some((item) => intersects(resource(text, one.variables), item)));
  const isWithin = !one.notResources && one.actions.every((name) => within(one, name, needs));
  return { ...row, state: isWithin ? "needed" : "wide", unused, resources };
}

/** Whether what a statement allows of an action lies within needs, resource by resource. */
function within(one, name, needs) {
  const own = needs
    .filter((need) => need.action.toLowerCase() === name.toLowerCase() && has(one, need))
    .map((need) => resource(need.resource.replace(/\$\{[A-Za-z0-9]+\}/g, "*")));
  return one.resources.every((text) => own.some((item) => covers(item, resource(text, one.variables))));
}

/** Whether the statement has the condition of the need, but for what has a placeholder. */
function has(one, need) {
  return need.tests.every(
    (test) =>
      test.values.some((text) => PLACEHOLDER.test(text)) ||
      one.tests.some((own) => own.id === test.id || (own.key === test.key && implied(own, test) === true)),
  );
}

// --- trust -----------------------------------------------------------------------------------------------------------

/** Whether the services that have to assume the role can. */
function assumed(held, needed) {
  return needed.flatMap((composed) => {
    const tests = read(statementJson(composed).Condition ?? {});
    const services = composed.principal.filter(([kind]) => kind === "Service").flatMap(([, names]) => names);
    return services.flatMap((name) => composed.actions.map((one) => assumes(held, name, one, new Context(new Map(), tests), composed)));
  });
}

function assumes(held, name, wanted, context, composed) {
  const pattern = action(wanted);
  let best = null;
  let denied = null;
  let missed = "";
  const need = { sid: composed.sid, action: wanted, resource: name, tests: context.assumed, reasons: composed.reasons };
  for (const statement of held) {
    if (statement.actionPatterns.some((text) => covers(text, pattern)) === statement.notActions) continue;
    const isNamed = statement.principals.some(([kind, value]) => kind === "*" || (kind === "Service" && value === name));
    if (isNamed === statement.notPrincipals) continue;
    const verdict = judge(statement.tests, context);
    if (verdict.holds === false) {
      missed ||= statement.allows ? statement.name : "";
      continue;
    }
    const more = { statement: statement.name, explicit: !statement.allows, keys: sorted(verdict.keys) };
    const one = said("depends", need, "trust", more);
    if (!statement.allows) {
      if (verdict.holds) return { ...one, outcome: "missing", keys: [] };
      denied ??= one;
    } else if (verdict.holds) {
      best = { ...one, outcome: "allowed", keys: [] };
    } else {
      best ??= one;
    }
  }
  if (!best) return said("missing", need, "trust", { statement: missed });
  return denied ?? best;
}

/** Who can assume the role who need not, and services that are not tied to the account: statement, principal, reason. */
function besides(held, needed, role) {
  const all = needed.flatMap((one) => one.principal.flatMap(([kind, names]) => names.map((name) => [`${kind} ${name}`, one])));
  const wanted = new Set(all.map(([name]) => name));
  const isTied = (one) => one.condition.some(([, keys]) => keys.some(([key]) => DEPUTY.includes(key.toLowerCase())));
  const limited = new Set(all.filter(([, one]) => isTied(one)).map(([name]) => name));
  const mine = parse(role)?.account ?? "";
  const loose = [];
  for (const one of held.filter((item) => item.allows)) {
    if (one.notPrincipals) {
      loose.push([one.name, "all but some", "NotPrincipal with Allow lets everyone else assume the role."]);
      continue;
    }
    const keys = new Set(one.tests.map((test) => test.key));
    for (const [kind, name] of one.principals) {
      if (wanted.has(`${kind} ${name}`)) {
        if (limited.has(`${kind} ${name}`) && !DEPUTY.some((key) => keys.has(key))) loose.push([one.name, name, untied(name)]);
        continue;
      }
      const account = isNumber(name) ? name : (parse(name)?.account ?? "");
      const isOther = kind !== "Service" && isNumber(mine) && account !== "" && account !== mine;
      let why = `The work does not need that ${name} assumes the role.`;
      if (name === "*") why = one.tests.length ? "Everyone who meets the condition can assume the role." : "Everyone can assume the role.";
      else if (isOther) why = `${name} is of the account ${account}, not of the account of the role.`;
      loose.push([one.name, name, why]);
    }
  }
  return loose;
}

function untied(name) {
  return (
    `Nothing ties ${name} to the account, so that it can be made to use the role for somebody else (confused deputy). ` +
    "The composed trust policy has aws:SourceAccount or aws:SourceArn."
  );
}
