// What can be wrong with what a program gives: the exceptions of the Python package, by the same names.

/** How many letters two texts have in common, in their order. */
function shared(one, other) {
  let row = new Array(other.length + 1).fill(0);
  for (const letter of one) {
    const next = [0];
    for (let at = 0; at < other.length; at += 1) next.push(letter === other[at] ? row[at] + 1 : Math.max(row[at + 1], next[at]));
    row = next;
  }
  return row.at(-1);
}

/** The name that is nearest to another, if at least half of it is the same; a long text is no name. */
function nearest(name, known) {
  if (typeof name !== "string" || name.length >= 100) return "";
  const score = (other) => (2 * shared(name.toLowerCase(), other.toLowerCase())) / (name.length + other.length || 1);
  const [best = ""] = [...known].sort((a, b) => score(b) - score(a));
  return score(best) >= 0.5 ? best : "";
}

/** What all of them have: the name as given, the names that would be right, and the one that was probably meant. */
export class SagemakerRolesError extends Error {
  constructor(message, given = "", known = [], more = {}) {
    super(message);
    Object.assign(this, { name: new.target.name, given, known, near: given && nearest(given, known), ...more });
  }
}

export class UnknownName extends SagemakerRolesError {}
export class UnknownOperation extends UnknownName {}
export class UnknownRole extends UnknownName {}
export class UnknownAddOn extends UnknownName {}
export class UnknownPlaceholder extends UnknownName {}
export class InputError extends SagemakerRolesError {}
export class AmbiguousOperation extends InputError {}
export class NothingToCompose extends SagemakerRolesError {}
export class SeveralRoles extends SagemakerRolesError {}
export class Unwritable extends SagemakerRolesError {}
export class PatchError extends SagemakerRolesError {}
export class PolicyError extends SagemakerRolesError {}
export class InvalidValue extends SagemakerRolesError {
  constructor(message, given = "", value = "") {
    super(message, given);
    this.value = value;
  }
}
