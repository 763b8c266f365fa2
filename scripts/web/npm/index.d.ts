import type { Operations } from "./operations.js";

export * from "./errors.js";
export type { Operations } from "./operations.js";

/** A statement of a published policy. */
export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: Record<string, string[]>;
  Action: string[];
  Resource?: string[];
  Condition?: Record<string, Record<string, string[]>>;
}

export interface Policy {
  Version: "2012-10-17";
  Statement: Statement[];
}

/** Name of an operation, ID of one of its roles (`caller` for who calls it), and of an add-on of the role. */
export type Operation = keyof Operations;
export type Role<O extends Operation> = keyof Operations[O];
export type AddOn<O extends Operation> = Operations[O][Role<O>];

export interface Policies {
  policy: Policy;
  /** What lets the service assume the role; null for callers. */
  trust: Policy | null;
  /** Names that have no value, sorted. */
  placeholders: string[];
}

/** Version of the knowledge base. */
export const dataVersion: string;

/** Names of all operations with a record, sorted. */
export const operations: readonly Operation[];

/** The roles of an operation, and `caller` for who calls it; each with the IDs of its add-ons. */
export function roles<O extends Operation>(operation: O): Record<Role<O>, string[]>;

/** The policies of a role of an operation: of the first if none is named. Throws the errors of this module. */
export function policy<O extends Operation>(
  operation: O,
  choice?: { role?: Role<O>; addons?: AddOn<O>[]; values?: Record<string, string> },
): Policies;
