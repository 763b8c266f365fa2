// Whether policies of organizations (SCP, RCP) break what a role does. Pure. As scripts/sagemaker_roles/engine/perimeters.py,
// which asks the evaluator.

import { action as actionPattern } from "../iam/actions.js";
import { named, resource as resourcePattern } from "../iam/arns.js";
import { Context, asWritten, judge } from "../iam/conditions.js";
import { partsOf } from "../iam/parts.js";
import { covers, intersects } from "../iam/patterns.js";
import { statements } from "../iam/statements.js";
import { endpoints } from "./endpoints.js";

/** What stands for the organization and its VPC, in policies and calls alike, and an organization that is another. */
const ORGANIZATION = "o-a1b2c3d4e5";
const OTHER = "o-zzzzzzzzzz";
const VPC = "vpc-0123456789abcdef0";

/**
 * Checks a role against each policy of data/perimeters; only statements that are denied, or may be.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {Companions} companions the role's companions
 * @returns {object[]} perimeter, sid, breaks (yes or depends), actions of each
 */
export function check(catalog, companions) {
  const { policy } = companions;
  const known = companions.all.filter((one) => one.account || one.needed === "no");
  const owners = new Map(known.map((one) => [one.resource, one]));
  const through = throughOf(catalog, companions);
  return Object.entries(catalog.data.perimeters ?? {}).flatMap(([perimeter, data]) => {
    const text = JSON.stringify(data.Statement).replaceAll("${OrganizationId}", ORGANIZATION).replaceAll("${VpcId}", VPC);
    const denying = statements({ Statement: JSON.parse(text) });
    return policy.statements.flatMap((statement) => {
      const byAction = statement.actions.map((name) => [name, asked(denying, statement, name, companions.role, through, owners)]);
      const broken = byAction.filter(([, breaks]) => breaks !== "no");
      if (!broken.length) return [];
      const breaks = broken.some(([, one]) => one === "yes") ? "yes" : "depends";
      return [{ perimeter, sid: statement.sid, breaks, actions: broken.map(([name]) => name) }];
    });
  });
}

/** The actions whose calls go through the VPC endpoints of the user. */
function throughOf(catalog, { policy, role, isInVpc }) {
  if (isInVpc === false) return new Set();
  const some = endpoints(catalog, policy, role, new Map());
  return new Set(some.flatMap((one) => one.document.statements.flatMap((statement) => statement.actions)));
}

function asked(denying, statement, name, role, through, owners) {
  const isVia = statement.condition.some(([, keys]) => keys.some(([key]) => key === "kms:ViaService"));
  const values = new Map([
    ["aws:principalarn", role],
    ["aws:principalorgid", ORGANIZATION],
    ["aws:principalisawsservice", "false"],
    ["aws:viaawsservice", String(isVia)],
  ]);
  if (through.has(name) && !isVia) values.set("aws:sourcevpc", VPC);
  const breaks = statement.resources.map((resource) => {
    const answers = ownersOf(resource, role, owners).map((owner) => {
      const context = new Context(new Map(values).set("aws:resourceorgid", owner === "own" ? ORGANIZATION : OTHER), [], true);
      return denying.some((one) => isAbout(one, name, resource, context));
    });
    return answers.includes(false) ? (answers.includes(true) ? "depends" : "no") : "yes";
  });
  return ["yes", "depends"].find((one) => breaks.includes(one)) ?? "no";
}

/** Whether a statement that denies is about a call, or may be. */
function isAbout(statement, name, resource, context) {
  if (statement.actionPatterns.some((text) => covers(text, actionPattern(name))) === statement.notActions) return false;
  const holds = statement.resources.map((text) => meets(text, statement.variables, resource));
  if (holds.length) {
    const verdict = holds.includes(true) ? true : holds.includes(null) ? null : false;
    if (verdict !== null && verdict === statement.notResources) return false;
  }
  return judge(statement.tests, context).holds !== false;
}

/** Whether a pattern is of a resource; null where that hangs on what is not known. */
function meets(text, variables, resource) {
  if (text === "*") return true;
  if (resource === "*") return false;
  const [one, other] = [resourcePattern(text, variables), named(asWritten(resource))];
  if (covers(one, other)) return true;
  return intersects(one, other) && (one.opaque || other.opaque || other.wild) ? null : false;
}

/** Whose a resource can be: of the own organization, or of another one. */
function ownersOf(resource, role, owners) {
  const mine = partsOf(role).account;
  if (resource === "*") return ["own"];
  const { account } = partsOf(resource);
  const known = [...owners].find(([name]) => resource === name || resource.startsWith(`${name}/`))?.[1];
  if (known && known.needed === "no" && !["", mine].includes(known.account)) return ["other"];
  if ([mine, "${Account}"].includes(account) || known?.account === mine) return ["own"];
  return ["own", "other"];
}
