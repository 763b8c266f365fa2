import type { aws_iam as iam } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { AddOn, Operation, Policy, Role } from "./index.js";

export interface SageMakerExecutionRoleProps<O extends Operation> {
  /** The API operation that accepts the role. */
  operation: O;
  /** ID of the role of the operation; the first if there is none. */
  role?: Exclude<Role<O>, "caller">;
  addons?: AddOn<O>[];
  /**
   * Values of placeholders, other than Partition, Region, and Account. Tokens are allowed. A parameter of the stack that
   * has no pattern gets one without `*`, `?`, and `$`, which would widen the policy.
   */
  values?: Record<string, string>;
  roleName?: string;
  path?: string;
  /** ARN of the permissions boundary. */
  permissionsBoundary?: string;
}

/** The role of an operation with its permissions policy and its trust policy. */
export class SageMakerExecutionRole<O extends Operation = Operation> extends Construct {
  /** Throws the errors of `sagemaker-roles`, and TypeError if a placeholder has no value. */
  static forOperation<O extends Operation>(
    scope: Construct,
    id: string,
    props: SageMakerExecutionRoleProps<O>,
  ): SageMakerExecutionRole<O>;
  constructor(scope: Construct, id: string, props: SageMakerExecutionRoleProps<O>);
  readonly roleArn: string;
  readonly roleName: string;
  /** For constructs that take a role; grants do not change it. */
  readonly role: iam.IRole;
  readonly resource: iam.CfnRole;
  readonly policy: Policy;
  readonly trust: Policy;
}
