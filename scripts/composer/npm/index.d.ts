/** A JSON value; a member that is undefined is not there. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined };

/** An IAM policy document. */
export interface Policy {
  Version?: string;
  Statement: { [element: string]: Json | undefined }[] | { [element: string]: Json | undefined };
}

/** Input of an API call, a template, a plan or events: a value, or its text as JSON or YAML; nothing for placeholders. */
export type Input = { [name: string]: Json | undefined } | string | null | undefined;

export interface Options {
  /** The operation, where the input does not show it. */
  operation?: string;
  /** IDs of add-ons to include. */
  addons?: string[];
  /** IDs of add-ons to exclude. */
  without?: string[];
  /** Placeholder to its value. */
  values?: { [placeholder: string]: string };
  /** ID of a record's role, or ARN of the role whose requests count. */
  role?: string;
  /** One role for all requests, whatever roles they pass. */
  merge?: boolean;
  scope?: "scoped" | "broad";
}

export interface Notice {
  kind: "problem" | "note";
  where: string;
  message: string;
}

export interface ComposedRole {
  /** ARN that the requests pass, or "". */
  arn: string;
  operations: string[];
  /** The permissions policy; a list where it is too long for one. */
  policy: Policy | Policy[];
  trust: Policy;
  caller: Policy | Policy[];
  /** Names that have no value, sorted. */
  placeholders: string[];
}

export interface Composed {
  roles: ComposedRole[];
  notices: Notice[];
}

export interface CompanionOptions extends Options {
  /** Only policies of resources that this account owns or can own. */
  owner?: string;
  /** How `text` is written: `cli` merges statements into what is there, `cloudformation` replaces what a stack owns. */
  format?: "json" | "cloudformation" | "terraform" | "cli";
  /** What policies have only on request, by its ID. */
  asked?: ("require-sse-kms" | "service-pull")[];
}

/** A policy that must agree with the policy of the role: of a resource or an endpoint, or the boundary. */
export interface Companion {
  kind: string;
  /** ARN of the resource, or name of the endpoint service; the role for its boundary. */
  resource: string;
  account: string | null;
  needed: "yes" | "undelegated" | "other-account" | "not-composed" | "unnamed" | "optional" | "no";
  why: string;
  notes: string[];
  /** The statements to add, or null where there are none. */
  policy: Policy | null;
}

/** What a policy of an organization does to a role. */
export interface PerimeterCheck {
  perimeter: string;
  title: string;
  kind: "scp" | "rcp";
  says: string;
  breaks: "yes" | "no" | "depends";
  statements: { sid: string; breaks: "yes" | "depends"; actions: string[] }[];
}

export interface ComposedCompanions {
  /** One entry a resource, also of several roles; empty in other formats than JSON. */
  companions: Companion[];
  text: string;
  /** The checks of each role. */
  organization: { arn: string; checks: PerimeterCheck[] }[];
  placeholders: string[];
  notices: Notice[];
}

export interface HeldRole {
  /** ARN of the role. */
  role?: string;
  policies: Policy[];
  trust?: Policy | null;
  boundary?: Policy | null;
  /** What else decides: control policies of the organization, each list as one level, session and VPC endpoint policies. */
  scps?: Policy[];
  rcps?: Policy[];
  session?: Policy[];
  endpoint?: Policy[];
  /** Policies of resources, by ARN. */
  resources?: Record<string, Policy>;
}

export interface Need {
  outcome: "allowed" | "depends" | "missing";
  action: string;
  resource: string;
  layer: "identity" | "boundary" | "session" | "scp" | "rcp" | "endpoint" | "resource" | "trust";
  statement: string;
  explicit: boolean;
  keys: string[];
  part: boolean;
}

export interface Used {
  name: string;
  state: "needed" | "wide" | "unneeded" | "denies" | "limits";
  unused: string[];
  resources: string[];
  needs: string[];
}

export interface Audited {
  /** Whether all calls of the work are allowed; `minimal` is said by the command only. */
  verdict: "missing" | "depends" | "sufficient";
  needs: Need[];
  /** The statements of each policy. */
  statements: Used[][];
  /** Who else can assume the role. */
  trusted: { statement: string; principal: string; why: string }[];
}

/** Version of the knowledge base. */
export const dataVersion: string;

/** Names of all operations with a record, sorted. */
export function operations(): string[];

/** Composes the roles of requests. Throws the errors below. */
export function compose(input: Input, options?: Options): Composed;

/** What else must allow what the roles of requests do. Throws the errors below. */
export function companions(input: Input, options?: CompanionOptions): ComposedCompanions;

/** Holds a role against its work. */
export function audit(role: HeldRole, input: Input, options?: Options): Audited;

/** What an error message means; the form is that of `sagemaker-roles explain --format json`. */
export function explain(text: string, options?: { operation?: string }): { [name: string]: Json };

export class AmbiguousOperation extends Error {}
export class InputError extends Error {}
export class InvalidValue extends Error {}
export class NothingToCompose extends Error {}
export class SeveralRoles extends Error {}
export class UnknownName extends Error {}
export class Unwritable extends Error {}
