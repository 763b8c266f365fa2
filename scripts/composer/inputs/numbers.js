// Numbers as inputs write them, and any value as a text.

/** A number that is more than its value, such as 1.10 or 1e16: as text it stays as it was written. */
export class Real extends Number {
  constructor(text) {
    super(Number(text));
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** A text, a number, a boolean or null as text: the text itself, the others as JSON writes them. */
export function textOf(value) {
  return value === null || value === undefined ? "null" : String(value);
}
