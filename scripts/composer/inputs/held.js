// The roles that people have: policy documents, and answers of IAM about roles, as the page's Review reads them.
// The forms are those of scripts/sagemaker_roles/inputs/roles.py that are JSON of policies and of IAM.

import { extend } from "../canonical.js";
import { isMapping } from "../engine/partial.js";
import { InputError } from "../errors.js";
import { parseJson } from "./json_text.js";
import { documentOf, holder, isAccount } from "./policy_text.js";

/**
 * Reads roles out of a text: policy documents (one role has all of them), answers of get-role, get-role-policy and
 * get-policy-version, and of get-account-authorization-details.
 *
 * @param {string} text the text
 * @returns {{name: string, arn: string, policies: {name: string, document: object}[], trust: object|null,
 *   boundary: object|null, unknown: string[]}[]} the roles
 * @throws {InputError} the text is no JSON, or nothing of these
 */
export function readHeld(text) {
  const loose = { name: "", arn: "", policies: [], trust: null, boundary: null, unknown: [] };
  const roles = [];
  for (const value of valuesOf(text).flat()) {
    if (isAccount(value)) {
      extend(roles, ofAccount(value));
      continue;
    }
    const role = isMapping(value?.Role) ? value.Role : value;
    if (isMapping(role) && role.AssumeRolePolicyDocument !== undefined) {
      const detail = ofDetail(role, []);
      Object.assign(loose, { name: detail.name, arn: detail.arn, trust: detail.trust, boundary: detail.boundary });
      extend(loose.policies, detail.policies);
      extend(loose.unknown, detail.unknown);
      continue;
    }
    const { document, name } = holder(value);
    if (!document) throw new InputError("neither a policy document nor the JSON of a role; expected an object with Statement");
    if (value.PolicyVersion?.IsDefaultVersion === false) loose.unknown.push("A version of a policy that is not the default one is ignored; give the default version.");
    else if (isTrust(document)) loose.trust = document;
    else loose.policies.push({ name: name || `policy ${loose.policies.length + 1}`, document });
  }
  if (loose.policies.length || loose.trust || loose.unknown.length) roles.push(loose);
  if (!roles.length) throw new InputError("no policy and no role in this");
  return roles;
}

/**
 * Reads policy documents alone, as layers beside a role have them: documents, a list of them, or answers of AWS that hold one.
 *
 * @throws {InputError} the text is no JSON, or one of its values is no policy
 */
export function readPolicies(text) {
  return valuesOf(text).flat().map((value) => {
    const { document } = holder(value);
    if (!document) throw new InputError("no policy document; expected an object with Statement");
    return document;
  });
}

function valuesOf(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    return parseJson(text, "policy").map((document) => document.value);
  }
}

function ofAccount(account) {
  const known = new Map();
  for (const policy of Array.isArray(account.Policies) ? account.Policies : []) {
    const versions = Array.isArray(policy?.PolicyVersionList) ? policy.PolicyVersionList : [];
    const inForce = policy.DefaultVersionId ?? null;
    const version = versions.find((one) => (inForce === null ? one?.IsDefaultVersion : one?.VersionId === inForce));
    if (version && !known.has(policy.Arn)) known.set(policy.Arn, documentOf(version.Document));
  }
  return account.RoleDetailList.filter(isMapping).map((role) => ofDetail(role, known));
}

/** A role as IAM describes it, with the attached policies whose documents are known. */
function ofDetail(role, attached) {
  const known = new Map(attached);
  const unknown = [];
  const policies = list(role.RolePolicyList).map((one) => ({ name: String(one.PolicyName ?? "inline"), document: documentOf(one.PolicyDocument) }));
  for (const one of list(role.AttachedManagedPolicies)) {
    const document = known.get(one.PolicyArn);
    if (document) policies.push({ name: String(one.PolicyName ?? one.PolicyArn), document });
    else unknown.push(`The text of the attached policy ${one.PolicyName ?? one.PolicyArn} is not in this.`);
  }
  const limit = role.PermissionsBoundary?.PermissionsBoundaryArn;
  const boundary = known.get(limit) ?? null;
  if (limit && !boundary) unknown.push(`The text of the permissions boundary ${limit} is not in this.`);
  const arn = typeof role.Arn === "string" ? role.Arn : "";
  return {
    name: String(role.RoleName ?? arn.split("/").pop()),
    arn,
    policies: policies.filter((one) => one.document),
    trust: documentOf(role.AssumeRolePolicyDocument),
    boundary,
    unknown,
  };
}

function list(value) {
  return Array.isArray(value) ? value.filter(isMapping) : [];
}

/** Whether a policy document is a trust policy: its statements have principals that may assume a role. */
function isTrust(document) {
  return [document.Statement]
    .flat()
    .some((one) => isMapping(one) && "Principal" in one && [one.Action].flat().some((item) => /^sts:/i.test(String(item))));
}
