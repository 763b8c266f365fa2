/** What all errors of this package have: the name as given, the names that would be right, and the one probably meant. */
export class SagemakerRolesError extends Error {
  given: string;
  known: string[];
  near: string;
}
export class UnknownName extends SagemakerRolesError {}
export class UnknownOperation extends UnknownName {}
export class UnknownRole extends UnknownName {}
export class UnknownAddOn extends UnknownName {}
export class UnknownPlaceholder extends UnknownName {}
export class InputError extends SagemakerRolesError {
  place?: { name: string; line: number; column: number };
}
export class AmbiguousOperation extends InputError {}
export class NothingToCompose extends SagemakerRolesError {
  notices?: { kind: string; where: string; message: string }[];
}
export class SeveralRoles extends SagemakerRolesError {}
export class Unwritable extends SagemakerRolesError {}
export class PatchError extends SagemakerRolesError {}
export class PolicyError extends SagemakerRolesError {}
export class InvalidValue extends SagemakerRolesError {
  value: string;
}
