// Statements of a policy document, read once: elements as lists, patterns compiled, faults named with their place, as
// scripts/sagemaker_roles/iam/statements.py.

import { quoted } from "../canonical.js";
import { action } from "./actions.js";
import { read } from "./conditions.js";

const CURRENT = "2012-10-17";
const ELEMENTS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

/** A document that is no policy; faults lists what is wrong, each with its place. */
export class PolicyError extends Error {
  constructor(faults) {
    super(faults.join("; "));
    this.faults = faults;
  }
}

/** Whether a value is an object that JSON can hold, no list. */
function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The statements of a policy document, of which one alone need not be in a list. */
export function listed(policy) {
  return Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
}

/** The statements of a policy document as JSON holds it. */
export function statements(policy) {
  const faults = [];
  if (!isObject(policy)) throw new PolicyError(["a policy is an object with Version and Statement"]);
  const version = policy.Version ?? "2008-10-17";
  if (version !== CURRENT && version !== "2008-10-17") {
    faults.push(`Version: ${quoted(version)} is not a version of the policy language; expected ${quoted(CURRENT)}`);
  }
  if (!Array.isArray(policy.Statement) && !isObject(policy.Statement)) {
    throw new PolicyError([...faults, "Statement: expected a statement or a list of statements"]);
  }
  const statements = listed(policy).map((item, number) => statement(item, number, version === CURRENT, (element, text) => {
    faults.push(`Statement[${number}]${element ? `.${element}` : ""}: ${text}`);
  }));
  if (faults.length) throw new PolicyError(faults);
  return statements;
}

function statement(data, number, variables, fault) {
  if (!isObject(data)) {
    fault("", "expected an object");
    return null;
  }
  for (const name of Object.keys(data).sort()) if (!ELEMENTS.includes(name)) fault(name, "unknown element");
  if (data.Effect !== "Allow" && data.Effect !== "Deny") {
    fault("Effect", `${quoted(data.Effect ?? null)} is not an effect; expected "Allow" or "Deny"`);
  }
  const oneOf = (element) => {
    const both = [element, `Not${element}`].filter((name) => Object.hasOwn(data, name));
    if (both.length > 1) fault(element, `a statement has ${both[0]} or ${both[1]}, not both`);
    return both[0] ?? "";
  };
  const texts = (element, value) => {
    const values = [value].flat();
    if (values.length && values.every((one) => typeof one === "string")) return values;
    fault(element, "expected a text or a list of texts");
    return [];
  };
  const ofActions = oneOf("Action");
  if (!ofActions) fault("Action", "a statement needs Action or NotAction");
  const ofResources = oneOf("Resource");
  const ofPrincipals = oneOf("Principal");
  const actions = ofActions ? texts(ofActions, data[ofActions]) : [];
  if (typeof (data.Sid ?? "") !== "string") fault("Sid", "expected a text");
  return {
    number,
    name: data.Sid ? String(data.Sid) : `statement ${number + 1}`,
    allows: data.Effect === "Allow",
    actions,
    actionPatterns: actions.map((text) => action(text)),
    notActions: ofActions === "NotAction",
    resources: ofResources ? texts(ofResources, data[ofResources]) : [],
    notResources: ofResources === "NotResource",
    principals: ofPrincipals ? principals(ofPrincipals, data[ofPrincipals], texts, fault) : [],
    notPrincipals: ofPrincipals === "NotPrincipal",
    tests: tests(data.Condition ?? {}, variables, fault),
    variables,
  };
}

function principals(element, value, texts, fault) {
  if (typeof value === "string") {
    if (value !== "*") fault(element, `${quoted(value)} is not a principal; expected "*" or an object`);
    return [["*", "*"]];
  }
  if (!isObject(value) || !Object.keys(value).length) {
    fault(element, 'expected "*" or an object of types');
    return [];
  }
  return Object.entries(value).flatMap(([kind, names]) =>
    texts(`${element}.${kind}`, names).map((name) => (kind === "AWS" && name === "*" ? ["*", "*"] : [kind, name])),
  );
}

function tests(value, variables, fault) {
  if (!isObject(value)) {
    fault("Condition", "expected an object of operators");
    return [];
  }
  for (const [name, keys] of Object.entries(value)) {
    if (!isObject(keys)) {
      fault(`Condition.${name}`, "expected an object of condition keys");
      return [];
    }
    for (const [key, given] of Object.entries(keys)) {
      if ([given].flat().every((one) => ["string", "number", "boolean"].includes(typeof one))) continue;
      fault(`Condition.${name}.${key}`, "expected a text or a list of texts");
      return [];
    }
  }
  return read(value, variables);
}
