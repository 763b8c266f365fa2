// Writes companions as an AWS CloudFormation template, for resources that a stack owns: it replaces what is there. As
// scripts/sagemaker_roles/outputs/companions_cloudformation.py.

import { canonical } from "../canonical.js";
import { sorted } from "../comparison.js";
import { BOUNDARY, DELEGATION, placeholdersOf } from "../engine/companions.js";
import { KINDS } from "../engine/endpoints.js";
import { Unwritable } from "../errors.js";
import { partsOf } from "../iam/parts.js";
import { parameter, substituted } from "./cloudformation.js";
import { label, labels, mapped, ownNames } from "./forms.js";

const REPLACES = "Replaces the policy that the resource has. Only for a resource that this stack owns.";

/** What the owner of a key keeps: without it, no identity of the account could manage the key. */
const OWNER = {
  Sid: "EnableIAMPolicies",
  Effect: "Allow",
  Principal: { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
  Action: ["kms:*"],
  Resource: ["*"],
};

const NETWORK = {
  VpcId: ["AWS::EC2::VPC::Id", "VPC of the endpoints"],
  RouteTableIds: ["List<String>", "Route tables of the subnets, for gateway endpoints"],
  SubnetIds: ["List<AWS::EC2::Subnet::Id>", "Subnets of the jobs, for interface endpoints"],
  SecurityGroupIds: ["List<AWS::EC2::SecurityGroup::Id>", "Security groups that allow port 443 from the subnets"],
};

/**
 * The template; what a stack cannot own is ignored.
 *
 * @throws {Unwritable} a stack can own none of it, it is of several accounts, or a text holds a dynamic reference
 */
export function cloudformation(companions, meanings) {
  const written = companions.filter((one) => one.document.statements.length && OWNED.has(one.kind));
  if (!written.length) {
    const kinds = sorted(OWNED).join(", ");
    throw new Unwritable(`there is no policy to write as a resource of a stack, which can be ${kinds}; use json or cli`);
  }
  ofOneAccount(written);
  const names = ownNames(sorted(written.flatMap(placeholdersOf)));
  const parameters = Object.fromEntries(names.map((name) => [name, parameter(meanings.get(name) ?? "")]));
  const resources = {};
  const ids = labels(written.map((one) => one.kind), label, names);
  written.forEach((one, index) => {
    const [Type, Properties] = MAKERS[one.kind](one, mapped(one.document.toJSON(), substituted));
    const Metadata = { Needed: one.needed, Why: one.why };
    if (![BOUNDARY, DELEGATION].includes(one.kind)) Metadata.Note = REPLACES;
    const kept = one.kind === "key-policy" ? { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" } : {};
    resources[ids[index]] = { Type, Metadata, Properties, ...kept };
  });
  const values = Object.values(resources).flatMap((one) => Object.values(one.Properties));
  const used = values.filter((value) => value?.Ref && Object.keys(value).length === 1).map((value) => value.Ref);
  for (const [name, [Type, Description]] of Object.entries(NETWORK)) if (used.includes(name)) parameters[name] = { Type, Description };
  const template = { AWSTemplateFormatVersion: "2010-09-09", Description: REPLACES };
  if (Object.keys(parameters).length) template.Parameters = parameters;
  return canonical({ ...template, Resources: resources });
}

/** A stack creates resources of its own account only. */
function ofOneAccount(written) {
  const kinds = new Map();
  for (const { account, kind } of written) {
    if (account && !account.includes("$")) kinds.set(account, [...(kinds.get(account) ?? []), kind]);
  }
  if (kinds.size < 2) return;
  const owners = sorted(kinds.keys()).map((account) => `${account} (${[...new Set(kinds.get(account))].join(", ")})`);
  throw new Unwritable(`one stack is of one account, and these resources are of ${owners.join("; ")}; give --owner ACCOUNT`);
}

/** The name of a resource, from its ARN. */
function nameOf({ resource }) {
  const last = partsOf(resource).resource;
  return substituted((last.includes("/") && last.slice(last.indexOf("/") + 1)) || last);
}

const bucket = (one, document) => ["AWS::S3::BucketPolicy", { Bucket: nameOf(one), PolicyDocument: document }];

const directory = (one, document) => ["AWS::S3Express::BucketPolicy", { Bucket: nameOf(one), PolicyDocument: document }];

const repository = (one, document) => ["AWS::ECR::Repository", { RepositoryName: nameOf(one), RepositoryPolicyText: document }];

const key = (one, document) => ["AWS::KMS::Key", { KeyPolicy: { ...document, Statement: [OWNER, ...document.Statement] } }];

const managed = (one, document) => ["AWS::IAM::ManagedPolicy", { PolicyDocument: document }];

function endpoint(one, document) {
  const network = { VpcId: { Ref: "VpcId" }, ServiceName: substituted(one.resource) };
  const own =
    one.kind === KINDS.gateway
      ? { VpcEndpointType: "Gateway", RouteTableIds: { Ref: "RouteTableIds" } }
      : {
          VpcEndpointType: "Interface",
          PrivateDnsEnabled: true,
          SubnetIds: { Ref: "SubnetIds" },
          SecurityGroupIds: { Ref: "SecurityGroupIds" },
        };
  return ["AWS::EC2::VPCEndpoint", { ...network, ...own, PolicyDocument: document }];
}

const MAKERS = {
  "bucket-policy": bucket,
  "directory-bucket-policy": directory,
  "key-policy": key,
  "repository-policy": repository,
  [BOUNDARY]: managed,
  [DELEGATION]: managed,
  ...Object.fromEntries(Object.values(KINDS).map((kind) => [kind, endpoint])),
};

/** Kinds that a stack can own. */
export const OWNED = new Set(Object.keys(MAKERS));
