// What lets identities create roles that a permissions boundary limits, and no others. Pure. As
// scripts/sagemaker_roles/engine/delegation.py.

import { partsOf } from "../iam/parts.js";
import { Document } from "./statements.js";

/** Actions on roles that have the condition key iam:PermissionsBoundary, but those that change the boundary itself. */
const CREATING = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePolicy",
];

/** ARN of the managed policy that is the boundary of a role and of those beside it. */
export function boundaryOf(role) {
  const arn = partsOf(role);
  return `arn:${arn.partition}:iam::${arn.account}:policy/${arn.resource.slice(arn.resource.lastIndexOf("/") + 1)}-boundary`;
}

/** The roles on a role's path, as an ARN with a star. */
export function rolesBeside(role) {
  return `${role.slice(0, Math.max(role.lastIndexOf("/"), 0))}/*`;
}

/** The policy of those who create such roles, which services assume. */
export function delegation(role, services, reason) {
  const resources = [rolesBeside(role)];
  const statement = (sid, actions, key, values) => ({
    sid, actions, resources, condition: [["StringEquals", [[key, values]]]], principal: [], reasons: [reason],
  });
  const statements = [statement("CreateLimitedRoles", CREATING, "iam:PermissionsBoundary", [boundaryOf(role)])];
  if (services.length) statements.push(statement("PassRoles", ["iam:PassRole"], "iam:PassedToService", services));
  return new Document(statements);
}
