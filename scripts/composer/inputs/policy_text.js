// Policy documents in what people paste: as they are, in answers of AWS, as JSON in a text, or as that text URL-encoded.

import { isMapping } from "../engine/partial.js";

/** The members in which answers of AWS have the document of a policy, outermost first. */
const HOLDERS = ["PolicyVersion", "PolicyDocument", "Policy", "policyText", "Document"];

/** Whether a value looks like a policy, or an answer of IAM about a role. */
export function isHeld(value) {
  const [first] = [value].flat();
  if (!isMapping(first)) return false;
  const role = isMapping(first.Role) ? first.Role : first;
  return isAccount(first) || role.AssumeRolePolicyDocument !== undefined || holder(first).document !== null;
}

/** Whether a value is the answer of get-account-authorization-details. */
export function isAccount(value) {
  return isMapping(value) && Array.isArray(value.RoleDetailList);
}

/** The policy document that a value is: an object, or a text of JSON, which may be URL-encoded. */
export function documentOf(value) {
  if (isMapping(value)) return value;
  if (typeof value !== "string") return null;
  try {
    const read = JSON.parse(value.trimStart().startsWith("%") ? decodeURIComponent(value) : value);
    return isMapping(read) ? read : null;
  } catch {
    return null;
  }
}

/** The document in an answer of AWS, and the policy's name where the answer tells it. */
export function holder(value) {
  let at = value;
  let name = "";
  for (const key of HOLDERS) {
    if (!isMapping(at) || "Statement" in at || !(isMapping(at[key]) || typeof at[key] === "string")) continue;
    if (typeof at.PolicyName === "string") name = at.PolicyName;
    at = documentOf(at[key]) ?? at[key];
  }
  const isPolicy = isMapping(at) && (Array.isArray(at.Statement) || isMapping(at.Statement));
  return { document: isPolicy ? at : null, name };
}
