// Writes an AWS CloudFormation template (JSON) with the role, its policies and the callers' policy.

import { canonical } from "../canonical.js";
import { mapped, ownNames, pieces, placeholdersOf } from "./forms.js";

const PSEUDO = { Partition: "AWS::Partition", Region: "AWS::Region", Account: "AWS::AccountId" };

/** The template: placeholders are its parameters, partition, Region and account its pseudo parameters. */
export function cloudformation(role) {
  const resources = {};
  const outputs = {};
  if (role.trust) {
    const properties = {};
    if (role.name) properties.RoleName = role.name;
    if (role.path !== "/") properties.Path = role.path;
    properties.AssumeRolePolicyDocument = mapped(role.trust, substituted);
    if (role.policies?.length === 1) {
      const document = mapped(role.policies[0], substituted);
      properties.Policies = [{ PolicyName: "Permissions", PolicyDocument: document }];
    }
    resources.Role = { Type: "AWS::IAM::Role", Properties: properties };
    outputs.RoleArn = { Value: { "Fn::GetAtt": ["Role", "Arn"] } };
  }
  const managed = (properties) => ({ Type: "AWS::IAM::ManagedPolicy", Properties: properties });
  if (role.policies?.length > 1) {
    role.policies.forEach((policy, index) => {
      const document = mapped(policy, substituted);
      resources[`Permissions${index + 1}`] = managed({ Roles: [{ Ref: "Role" }], PolicyDocument: document });
    });
  }
  const caller = role.caller ?? [];
  caller.forEach((policy, index) => {
    const name = caller.length === 1 ? "CallerPolicy" : `CallerPolicy${index + 1}`;
    resources[name] = managed({ PolicyDocument: mapped(policy, substituted) });
    outputs[`${name}Arn`] = { Value: { Ref: name } };
  });
  const template = { AWSTemplateFormatVersion: "2010-09-09", Description: role.description };
  const names = ownNames(placeholdersOf(role));
  if (names.length) template.Parameters = Object.fromEntries(names.map((name) => [name, parameter(role, name)]));
  return canonical({ ...template, Resources: resources, Outputs: outputs });
}

function parameter(role, name) {
  const meaning = role.meanings.get(name);
  return meaning ? { Type: "String", Description: meaning } : { Type: "String" };
}

/** A text as the template needs it: Fn::Sub if it has placeholders, and then IAM's variables escaped. */
function substituted(value) {
  const parts = pieces(value);
  if (!parts.some(([kind]) => kind === "name")) return value;
  const written = { name: (part) => `\${${PSEUDO[part] ?? part}}`, variable: (part) => `\${!${part}}`, text: (part) => part };
  return { "Fn::Sub": parts.map(([kind, part]) => written[kind](part)).join("") };
}
