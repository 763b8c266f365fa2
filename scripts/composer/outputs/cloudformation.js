// Writes an AWS CloudFormation template (JSON) with roles, their policies and the callers' policies.

import { canonical, quoted } from "../canonical.js";
import { Unwritable } from "../errors.js";
import { label, labels, mapped, meaningOf, ownNames, pieces, placeholdersIn } from "./forms.js";

/** How long a parameter's description may be. */
const MAX_DESCRIPTION = 4000;

const PSEUDO = { Partition: "AWS::Partition", Region: "AWS::Region", Account: "AWS::AccountId" };

/** The template: placeholders are its parameters, partition, Region and account its pseudo parameters. */
export function cloudformation(...roles) {
  const names = ownNames(placeholdersIn(roles));
  const parameters = Object.fromEntries(names.map((name) => [name, parameter(meaningOf(roles, name))]));
  const stems = roles.length === 1 ? [""] : labels(roles.map((role) => role.name || "Other"), label);
  const resources = {};
  const outputs = {};
  roles.forEach((role, index) => {
    const written = resourcesOf(role);
    const own = Object.keys(written.resources);
    // A parameter and a resource may not have the same name.
    const taken = [...names, ...Object.keys(resources)];
    const ids = Object.fromEntries(labels(own, (name) => stems[index] + name, taken).map((id, at) => [own[at], id]));
    for (const [name, item] of Object.entries(written.resources)) resources[ids[name]] = renamed(item, ids);
    for (const [name, item] of Object.entries(written.outputs)) outputs[`${ids[name]}Arn`] = renamed(item, ids);
  });
  const description = [...roles.map((role) => role.description).join("; ")].slice(0, 1024).join("");
  const template = { AWSTemplateFormatVersion: "2010-09-09", Description: description };
  if (names.length) template.Parameters = parameters;
  return canonical({ ...template, Resources: resources, Outputs: outputs });
}

/** The resources of a role and the values that it outputs, by the names that they have where it is the only one. */
function resourcesOf(role) {
  const resources = {};
  const outputs = {};
  const managed = (properties) => ({ Type: "AWS::IAM::ManagedPolicy", Properties: properties });
  if (role.trust) {
    resources.Role = { Type: "AWS::IAM::Role", Properties: propertiesOf(role) };
    outputs.Role = { Value: { "Fn::GetAtt": ["Role", "Arn"] } };
  }
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
    outputs[name] = { Value: { Ref: name } };
  });
  return { resources, outputs };
}

function propertiesOf(role) {
  const properties = {};
  if (role.name) properties.RoleName = role.name;
  if (role.path !== "/") properties.Path = role.path;
  properties.AssumeRolePolicyDocument = mapped(role.trust, substituted);
  if (role.policies?.length === 1) {
    properties.Policies = [{ PolicyName: "Permissions", PolicyDocument: mapped(role.policies[0], substituted) }];
  }
  return properties;
}

/** A resource or an output that refers to resources by the names that they have in the template. */
function renamed(item, ids) {
  if (item.Value) {
    const [[name, of]] = Object.entries(item.Value);
    return { Value: { [name]: name === "Ref" ? ids[of] : [ids[of[0]], ...of.slice(1)] } };
  }
  if (!item.Properties.Roles) return item;
  return { ...item, Properties: { ...item.Properties, Roles: [{ Ref: ids.Role }] } };
}

function parameter(meaning) {
  return meaning ? { Type: "String", Description: described(meaning) } : { Type: "String" };
}

/** A text as a description may be: in one line, not too long, without what looks like a dynamic reference. */
function described(text) {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, "?");
  return [...plain.replaceAll("{{resolve:", "{ {resolve:")].slice(0, MAX_DESCRIPTION).join("");
}

/** A text as the template needs it: Fn::Sub if it has placeholders, and then IAM's variables escaped. */
function substituted(value) {
  if (value.includes("{{resolve:")) {
    throw new Unwritable(`${quoted(value)} would be replaced in a template, as a dynamic reference; write another format`);
  }
  const parts = pieces(value);
  if (!parts.some(([kind]) => kind === "name")) return value;
  const written = { name: (part) => `\${${PSEUDO[part] ?? part}}`, variable: (part) => `\${!${part}}`, text: (part) => part };
  return { "Fn::Sub": parts.map(([kind, part]) => written[kind](part)).join("") };
}
