// What can be wrong with what a person gives: the same exceptions as scripts/sagemaker_roles/errors.py.

/** A name that the knowledge base does not have; known are the names that would be right. */
export class UnknownName extends RangeError {
  constructor(message, name, known = []) {
    super(message);
    this.unknown = name;
    this.known = known;
  }
}

/** No record is of an operation of that name, and none handles its requests. */
export class UnknownOperation extends UnknownName {}

/** No operation that is composed for has a role of that ID, and no request passes a role of that name or ARN. */
export class UnknownRole extends UnknownName {}

/** No role that is composed, and no caller, has an add-on of that ID. */
export class UnknownAddOn extends UnknownName {}

/** Nothing that is composed has a placeholder or a parameter of that name. */
export class UnknownPlaceholder extends UnknownName {}

/** A value that does not have the form of what it is given for. */
export class InvalidValue extends RangeError {
  constructor(message, name, value) {
    super(message);
    this.given = name;
    this.value = value;
  }
}

/** An input that cannot be read; the message says what is wrong and what would be right. */
export class InputError extends Error {
  constructor(message, where) {
    super(message);
    this.where = where;
  }
}

/** An API request that does not tell which operation it is for; candidates it may be for, best first. */
export class AmbiguousOperation extends InputError {
  constructor(message, where, candidates) {
    super(message, where);
    this.candidates = candidates;
  }
}

/** The requests pass several roles, where one document is wanted; "" among the ARNs stands for requests that pass none. */
export class SeveralRoles extends RangeError {
  constructor(arns) {
    super(`the requests need ${arns.length} roles, and one document is for one role`);
    this.arns = arns;
  }
}

/** The inputs hold no request to compose for. */
export class NothingToCompose extends RangeError {}

/** A document that a form would not give back as it is; the message says which text it would change. */
export class Unwritable extends RangeError {}
