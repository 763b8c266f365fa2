// A construct for the AWS CDK: the role of an operation, out of the published policies.

import { CfnParameter, Lazy, Stack, Token, Tokenization, aws_iam as iam } from "aws-cdk-lib";
import { Construct } from "constructs";
import data from "./data.json" with { type: "json" };
import { InvalidValue, policy } from "./index.js";
import { literal, placeholder, shown } from "./values.js";

const PLACEHOLDER = /\$\{([A-Z][A-Za-z0-9]*)\}/g;

/** Lets the parameters of a value that is known when it is deployed take nothing that would widen a policy. */
const limit = (value) => {
  for (const { target } of Tokenization.reverseString(String(value)).tokens) {
    if (target instanceof CfnParameter && target.type === "String") {
      target.allowedPattern ??= "[^*?$\\x00-\\x1f\\x7f]+";
    }
  }
};

/** What would change what a policy is about, in the fixed part of a value: wildcards, IAM's variables, marks of JSON. */
const UNSAFE = /[*?"\\\u0000-\u001f]|\$(?!\{(AWS::)?[A-Za-z0-9.]+\})/;

/**
 * A value of which the CDK knows all, or all but what it refers to, only when it writes the template, where it is checked:
 * what is known then as any other value, else the texts that are around references.
 */
function late(placeholders, name, value) {
  placeholder(placeholders, name);
  if (Array.isArray(value)) throw new InvalidValue(`${name}: ${shown(value)} is a list; give a text`, name, value);
  const text = Token.asString(value);
  return Lazy.uncachedString({
    produce(context) {
      const known = context.resolve(text);
      if (known === null || typeof known !== "object") return literal(placeholders, name, known);
      JSON.stringify(known, (_, part) => {
        if (typeof part !== "string" || !UNSAFE.test(part)) return part;
        throw new InvalidValue(`${name}: ${shown(part)} has a character that changes what the policy is about`, name, part);
      });
      return known;
    },
  });
}

export class SageMakerExecutionRole extends Construct {
  /** The role of an operation, as cdk.d.ts says. */
  static forOperation(scope, id, props) {
    return new SageMakerExecutionRole(scope, id, props);
  }

  constructor(scope, id, { operation, role, addons = [], values = {}, roleName, path, permissionsBoundary }) {
    super(scope, id);
    const stack = Stack.of(this);
    const all = Object.entries(values);
    const known = Object.fromEntries(all.filter(([, value]) => !Token.isUnresolved(value)));
    for (const [, value] of all) if (Token.isUnresolved(value)) limit(value);
    const composed = policy(operation, { ...(role && { role }), addons, values: known });
    const { placeholders } = data.operations[operation][role || Object.keys(data.operations[operation])[0]];
    const tokens = all.filter(([, value]) => Token.isUnresolved(value)).map(([name, value]) => [name, late(placeholders, name, value)]);
    const put = new Map([...Object.entries({ Partition: stack.partition, Region: stack.region, Account: stack.account }), ...tokens]);
    if (composed.trust === null) throw new TypeError(`${operation} has no role ${JSON.stringify(role)} that a service assumes`);
    const open = composed.placeholders.filter((name) => !put.has(name));
    if (open.length > 0) throw new TypeError(`these placeholders have no value: ${open.join(", ")}`);
    for (const [, name] of JSON.stringify(composed.trust).matchAll(/"\$\{(\w+)\}[^"]*":/g)) {
      if (put.has(name)) throw new TypeError(`${name} is in a condition key: give a text that is known before the deployment`);
    }
    const filled = (document) =>
      JSON.parse(JSON.stringify(document).replace(PLACEHOLDER, (text, name) => put.get(name) ?? text));
    /** The documents, as they are in the template. */
    this.policy = filled(composed.policy);
    this.trust = filled(composed.trust);
    this.resource = new iam.CfnRole(this, "Resource", {
      assumeRolePolicyDocument: this.trust,
      description: `Role for ${operation}`,
      path,
      permissionsBoundary,
      policies: [{ policyName: "sagemaker-roles", policyDocument: this.policy }],
      roleName,
    });
    this.roleArn = this.resource.attrArn;
    this.roleName = this.resource.ref;
    /** For constructs that take a role; grants do not change it. */
    this.role = iam.Role.fromRoleArn(this, "Role", this.roleArn, { mutable: false });
  }
}
