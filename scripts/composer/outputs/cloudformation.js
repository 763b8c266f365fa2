// Writes an AWS CloudFormation template (JSON) with roles, their policies and the callers' policies.

import { canonical, quoted } from "../canonical.js";
import { Unwritable } from "../errors.js";
import { label, labels, listed, mapped, meaningOf, ownNames, pieces, placeholdersIn } from "./forms.js";

/** How long a parameter's description may be. */
const MAX_DESCRIPTION = 4000;

const PSEUDO = { Partition: "AWS::Partition", Region: "AWS::Region", Account: "AWS::AccountId" };

/**
 * The template: placeholders are its parameters, partition, Region and account its pseudo parameters. What has an element of a
 * list of unknown length is in policies of its own, which a loop makes for each element.
 */
export function cloudformation(...roles) {
  const names = ownNames(placeholdersIn(roles));
  const isList = (name) => roles.some((role) => role.lists.has(name));
  const parameters = Object.fromEntries(names.map((name) => [name, parameter(meaningOf(roles, name), isList(name))]));
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
    for (const name of ownNames(placeholdersIn([role])).filter((one) => role.lists.has(one))) {
      const loop = loopOf(role, name, stems[index], ids, [...names, ...Object.keys(resources)]);
      if (loop.length) resources[`Fn::ForEach::${loop[0]}`] = loop;
    }
  });
  const description = [...roles.map((role) => role.description).join("; ")].slice(0, 1024).join("");
  const template = { AWSTemplateFormatVersion: "2010-09-09", Description: description };
  if (Object.keys(resources).some((name) => name.startsWith("Fn::ForEach::"))) template.Transform = "AWS::LanguageExtensions";
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
  const policies = withoutLists(role, role.policies);
  if (policies.length > 1) {
    policies.forEach((policy, index) => {
      const document = mapped(policy, substituted);
      resources[`Permissions${index + 1}`] = managed({ Roles: [{ Ref: "Role" }], PolicyDocument: document });
    });
  }
  const caller = withoutLists(role, role.caller);
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
  if (role.trust.Statement.some((item) => apart(item, role.lists).some(([names, part]) => names.length || part !== item))) {
    throw new Unwritable("the trust policy has an element of a list of unknown length; write JSON");
  }
  const policies = withoutLists(role, role.policies);
  if (policies.length === 1) {
    properties.Policies = [{ PolicyName: "Permissions", PolicyDocument: mapped(policies[0], substituted) }];
  }
  return properties;
}

/** The loop over a list with the policies for each of its elements, for the role and for the callers. */
function loopOf(role, name, stem, ids, taken) {
  const [element] = labels([`${stem}${name}Element`], (text) => text, taken);
  const loop = {};
  for (const [kind, policies] of [["Permissions", role.policies ?? []], ["CallerPolicy", role.caller ?? []]]) {
    const statements = policies
      .flatMap((policy) => policy.Statement.flatMap((item) => apart(item, role.lists)))
      .filter(([names]) => names.length === 1 && names[0] === name)
      .map(([, item]) => item);
    if (!statements.length) continue;
    const sids = labels(statements.map((item) => item.Sid ?? "Element"), (text) => text);
    const own = statements.map((item, index) => ({ ...item, Sid: sids[index] }));
    const ofElement = (text) => substituted(text.replaceAll(`\${${name}}`, `\${${element}}`));
    const document = mapped({ ...policies[0], Statement: own }, ofElement);
    const isOfRole = kind === "Permissions";
    const attached = { PolicyName: { "Fn::Sub": `${name}-\${${element}}` }, Roles: [{ Ref: ids.Role }] };
    loop[`${stem}${kind}${name}&{${element}}`] = {
      Type: isOfRole ? "AWS::IAM::Policy" : "AWS::IAM::ManagedPolicy",
      Properties: { ...(isOfRole ? attached : {}), PolicyDocument: document },
    };
  }
  return Object.keys(loop).length ? [element, { Ref: name }, loop] : [];
}

/** Policies without what has an element of a list of unknown length. */
function withoutLists(role, policies) {
  const kept = (policy) =>
    policy.Statement.flatMap((item) => apart(item, role.lists)).filter(([names]) => !names.length).map(([, item]) => item);
  return (policies ?? [])
    .map((policy) => [policy, { ...policy, Statement: kept(policy) }])
    .filter(([policy, rest]) => rest.Statement.length || !policy.Statement.length)
    .map(([, rest]) => rest);
}

/** A statement in parts that together allow the same: each with the lists of which it has an element. */
function apart(statement, lists) {
  let parts = [[[], statement]];
  if (!lists.size) return parts;
  for (const [path, values] of alternatives(statement)) {
    const groups = new Map();
    for (const value of values) {
      const name = listed(value, lists);
      groups.set(name, [...(groups.get(name) ?? []), value]);
    }
    if (groups.size === 1 && groups.has("")) continue;
    parts = parts.flatMap(([names, item]) =>
      [...groups].map(([name, some]) => [name ? [...names, name] : names, putAt(item, path, some)]),
    );
  }
  for (const [names, item] of parts) {
    const held = new Set();
    mapped(item, (text) => held.add(listed(text, lists)) && text);
    if (names.length > 1 || [...held].some((name) => name && !names.includes(name))) {
      throw new Unwritable(`the statement ${quoted(item.Sid ?? "")} needs elements of lists together; write JSON`);
    }
  }
  return parts;
}

/** The lists of a statement that are alternatives, so that each value may be in a statement of its own. */
function alternatives(statement) {
  const lists = Array.isArray(statement.Resource) ? [[["Resource"], statement.Resource]] : [];
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    if (operator.includes("Not") || operator.includes("ForAllValues")) continue;
    for (const [key, values] of Object.entries(keys)) if (Array.isArray(values)) lists.push([["Condition", operator, key], values]);
  }
  return lists;
}

/** A mapping with another value at a path. */
function putAt(value, [first, ...rest], some) {
  return { ...value, [first]: rest.length ? putAt(value[first], rest, some) : some };
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

/** A parameter of the template, described by what it stands for. */
export function parameter(meaning, isList = false) {
  const Type = isList ? "CommaDelimitedList" : "String";
  return meaning ? { Type, Description: described(meaning) } : { Type };
}

/** A text as a description may be: in one line, not too long, without what looks like a dynamic reference. */
function described(text) {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, "?");
  return [...plain.replaceAll("{{resolve:", "{ {resolve:")].slice(0, MAX_DESCRIPTION).join("");
}

/** A text as the template needs it: Fn::Sub if it has placeholders, and then IAM's variables escaped. */
export function substituted(value) {
  if (value.includes("{{resolve:")) {
    throw new Unwritable(`${quoted(value)} would be replaced in a template, as a dynamic reference; write another format`);
  }
  const parts = pieces(value);
  if (!parts.some(([kind]) => kind === "name")) return value;
  const written = { name: (part) => `\${${PSEUDO[part] ?? part}}`, variable: (part) => `\${!${part}}`, text: (part) => part };
  return { "Fn::Sub": parts.map(([kind, part]) => written[kind](part)).join("") };
}
