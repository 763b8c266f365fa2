// Texts of which parts are not known yet: what a template's references leave open.

/**
 * An unknown part of a text: a placeholder's name; where its field does not tell it, what it looks like; and whether it
 * stands for a whole list, of which nothing is known, not even how long it is.
 */
export class Unknown {
  constructor(name, standsFor = "", isList = false) {
    this.name = name;
    this.standsFor = standsFor;
    this.isList = isList;
  }

  /** The part in a template: its placeholder, or * for ANY. */
  get shown() {
    return this === ANY ? "*" : `\${${this.name}}`;
  }
}

/** A name that a service gives at run time, so that whatever it is has to be allowed: no placeholder, but *. */
export const ANY = new Unknown("*", "x");

/** A text with unknown parts. As a string it is what is known, with ${Name} for the rest. */
export class Partial extends String {
  constructor(parts) {
    const kept = parts.filter((part) => part !== "");
    super(kept.map((part) => (part instanceof Unknown ? part.shown : part)).join(""));
    this.parts = kept;
  }
}

/** A text of parts: a plain string where all of them are known. */
export function joined(parts) {
  const flat = parts.flatMap((part) => (part instanceof Partial ? part.parts : [part]));
  return flat.some((part) => part instanceof Unknown) ? new Partial(flat) : flat.join("");
}

/** Whether a value is a text, wholly known or not. */
export function isText(value) {
  return typeof value === "string" || value instanceof Partial;
}

/** Whether a value is a mapping of a request: no list, no null, no number, no text that is partly known. */
export function isMapping(value) {
  return (
    value !== null &&
    typeof value === "object" &&
    !Array.isArray(value) &&
    !(value instanceof String) &&
    !(value instanceof Number)
  );
}

/** What JSON inside a text holds, be it an object, a list or a text; null if the text is no such JSON. */
export function inside(text) {
  if (text instanceof Partial || !/^[ \t\r\n]*[{["]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
