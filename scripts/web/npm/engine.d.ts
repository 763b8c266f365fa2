export * from "./errors.js";

/** An IAM policy document. */
export interface Policy {
  Version?: string;
  Statement: object[] | object;
}

/**
 * Input of an API call, a template, a plan or events: a value such as the AWS SDK's own `CreateTrainingJobCommandInput`,
 * its text as JSON or YAML, or several texts with names; nothing for placeholders.
 */
export type Input = object | string | { name: string; text: string }[] | null | undefined;

/** What a person chooses beside the input. */
export interface Choice {
  /** The operation, where the input does not show it. */
  operation?: string;
  /** ID of a record's role, or ARN of the role whose requests count. */
  role?: string;
  /** One role for all requests, whatever roles they pass. */
  merge?: boolean;
  scope?: "scoped" | "broad";
  /** IDs of add-ons to include, and to exclude. */
  addons?: string[];
  without?: string[];
  /** Placeholder to its value. */
  values?: Record<string, string>;
  /** Amazon S3 URIs of the objects that manifests name. */
  manifests?: string[];
  /** Fewest names, at least 2, that one pattern replaces where they differ only in what changes with every run. */
  generalize?: number;
  source_account?: boolean;
  /** What policies of resources have only on request. */
  asked?: ("require-sse-kms" | "service-pull")[];
}

export interface ComposeOptions extends Choice {
  input_format?: "api" | "cloudtrail" | "cloudformation" | "ack" | "terraform" | "pipeline";
  /** How `text` is written. */
  format?: "json" | "cloudformation" | "terraform" | "cli";
  parts?: ("policy" | "trust" | "caller")[];
  role_name?: string;
  /** What else must allow it: all of it, or a part. */
  companions?: "companions" | "key-policy" | "bucket-policy" | "repository-policy" | "secret-policy" | "topic-policy" | "queue-policy" | "function-policy" | "endpoint-policies" | "boundary" | "delegation" | "organization";
  /** Only policies of resources that this account owns or can own. */
  owner?: string;
}

export interface Notice {
  kind: "problem" | "note";
  where: string;
  message: string;
}

export interface Source {
  title: string;
  url: string;
}

/** Why a statement is there. */
export interface Reason {
  why: string;
  evidence: "documented" | "observed" | "inferred" | "";
  operation: string;
  addon: string;
  /** Members of the request that ask for it, with their values; those that may be secret are hidden. */
  members: string[];
  values: string[];
  notes: string[];
  sources: Source[];
}

export interface ComposedRole {
  /** ARN that the requests pass, or "". */
  arn: string;
  ids: string[];
  operations: string[];
  /** The permissions policy; a list where it is too long for one. */
  policy: Policy | Policy[];
  trust: Policy;
  caller: Policy | Policy[];
  /** Names that have no value, sorted. */
  placeholders: string[];
  /** IDs of the add-ons in it, by `Operation/role`. */
  addons: Record<string, string[]>;
  /** Part to the Sid of each statement to its reasons. */
  reasons: Record<string, Record<string, Reason[]>>;
  /** What became of every resource that the requests name. */
  account: { path: string; value: string; outcome: "statement" | "no-permission" | "note"; reason: string; operation: string; label: string }[];
}

export interface Composed {
  roles: ComposedRole[];
  operations: string[];
  placeholders: string[];
  notices: Notice[];
  /** All of it in the format. */
  text: string;
  companions?: {
    text: string;
    accounts: string[];
    placeholders: string[];
    notices: Notice[];
    organization: { arn: string; checks: object[] }[];
  };
}

/** A role as it is, with what else decides about its calls. */
export interface HeldRole {
  /** ARN of the role. */
  arn?: string;
  /** Its policies; a composed one too large for one document is a list of them. */
  policies?: (Policy | Policy[] | string)[];
  /** Answers of IAM, templates or plans with roles. */
  roles?: (object | string)[];
  /** Names or ARNs of AWS managed policies. */
  managed?: string[];
  trust?: Policy | string | null;
  boundary?: Policy | string | null;
  scps?: (Policy | string)[];
  rcps?: (Policy | string)[];
  session?: (Policy | string)[];
  endpoint?: (Policy | string)[];
  /** Policies of resources, by ARN. */
  resources?: Record<string, Policy | string>;
  /** Whether the policies are those of who calls the operations. */
  caller?: boolean;
}

export interface AuditFinding {
  why: string;
  action?: string;
  resource?: string;
  layer?: string;
  document?: string;
  statement?: string;
  step?: string;
  members?: string[];
  evidence?: string;
  sources?: string[];
  path?: string;
  steps?: string[];
  patch?: object[];
  [more: string]: unknown;
}

export interface AuditedRole {
  role: string;
  operations: string[];
  verdict: "missing" | "depends" | "sufficient" | "minimal";
  missing: AuditFinding[];
  depends: AuditFinding[];
  excess: AuditFinding[];
  trust: AuditFinding[];
  escalation: AuditFinding[];
  assumptions: string[];
  /** The policy that would be enough. */
  policy: Policy;
  patches: { mend: { document: string; patch: object[] }[]; narrow: { document: string; patch: object[] }[] };
  /** How many calls the work makes. */
  calls: number;
}

export interface Audited {
  roles: AuditedRole[];
  operations: string[];
  notices: Notice[];
  text: string;
}

export interface AuditOptions extends Choice {
  format?: "json" | "text" | "sarif" | "markdown";
}

export interface Explanation {
  schema_version: string;
  known: boolean;
  causes: { form: string; message: string; matter: string; action?: string; resource?: string; statement?: object; [more: string]: unknown }[];
  look?: string[];
  /** The same for people. */
  text: string;
}

/** The package itself. Its answers are those of the Python package of the same version. */
export interface Engine {
  /** Composes the roles of an input. Throws the errors of this module. */
  compose(input: Input, options?: ComposeOptions): Composed;
  /** Holds a role, or the roles of an answer of IAM, against their work. */
  audit(role: HeldRole, input: Input, options?: AuditOptions): Audited;
  /** What an error message means. */
  explain(message: string, options?: { operation?: string }): Explanation;
  /** The operations with what they do, or what one takes. */
  list(operation?: string): { version: string; data_version: string; [more: string]: unknown };
}

/** Starts an engine; it takes about half a second and 60 MB. */
export function load(): Promise<Engine>;
