// A construct for the AWS CDK: the role of an operation, out of the published policies.

import { CfnParameter, Stack, Token, Tokenization, aws_iam as iam } from "aws-cdk-lib";
import { Construct } from "constructs";
import { policy } from "./index.js";

const PLACEHOLDER = /\$\{([A-Z][A-Za-z0-9]*)\}/g;

/** Lets the parameters of a value that is known when it is deployed take nothing that would widen a policy. */
const limit = (value) => {
  for (const { target } of Tokenization.reverseString(String(value)).tokens) {
    if (target instanceof CfnParameter && target.type === "String") {
      target.allowedPattern ??= "[^*?$\\x00-\\x1f\\x7f]+";
    }
  }
};

export class SageMakerExecutionRole extends Construct {
  /** The role of an operation, as cdk.d.ts says. */
  static forOperation(scope, id, props) {
    return new SageMakerExecutionRole(scope, id, props);
  }

  constructor(scope, id, { operation, role, addons = [], values = {}, roleName, path, permissionsBoundary }) {
    super(scope, id);
    const stack = Stack.of(this);
    // Values that the CDK knows only when it deploys have no form yet: they are put in after all others are checked.
    const late = { Partition: stack.partition, Region: stack.region, Account: stack.account };
    const known = {};
    for (const [name, value] of Object.entries(values)) (Token.isUnresolved(value) ? late : known)[name] = value;
    for (const value of Object.values(late)) limit(value);
    const composed = policy(operation, { ...(role && { role }), addons, values: known });
    if (composed.trust === null) throw new TypeError(`${operation} has no role ${JSON.stringify(role)} that a service assumes`);
    const open = composed.placeholders.filter((name) => !Object.hasOwn(known, name) && !Object.hasOwn(late, name));
    if (open.length > 0) throw new TypeError(`these placeholders have no value: ${open.join(", ")}`);
    for (const [, name] of JSON.stringify(composed.trust).matchAll(/"\$\{(\w+)\}[^"]*":/g)) {
      if (Object.hasOwn(late, name)) throw new TypeError(`${name} is in a condition key: give a text that is known before the deployment`);
    }
    const filled = (document) =>
      JSON.parse(JSON.stringify(document).replace(PLACEHOLDER, (text, name) => late[name] ?? text));
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
