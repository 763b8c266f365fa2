// What the readers of all formats share: the context, which they ask for what they need and report to.

import { GLOBALS } from "../catalog.js";
import { Unknown } from "../engine/partial.js";
import { Names } from "./names.js";

/** No text that references make up may be longer, and no document's references may make up more than some such texts. */
export const MAX_TEXT = 1 << 20;
export const MAX_TEXTS = 8 << 20;

/** How deep values and the references in them may lead from one to the next. */
export const MAX_LEVELS = 80;

/** How long the name of a placeholder may be. */
const MAX_NAME = 200;

/** What the reader of a format may ask for, and what it reports to. */
export class Context {
  constructor(catalog, wanted, values) {
    Object.assign(this, { catalog, wanted, values, names: new Names(catalog) });
    this.notices = [];
    this.unknownNames = new Map();
    this.taken = new Set();
    this.given = new Map();
    /** Texts of pipeline definitions whose steps are read already. */
    this.definitionsRead = new Set();
    this.named = new Map();
    this.numbers = new Map();
    this.used = new Set();
  }

  /** What data/inputs.yaml says of a format. */
  data(name) {
    return this.catalog.data.inputs?.[name] ?? {};
  }

  notice(kind, where, message) {
    this.notices.push({ kind, where, message });
  }

  /** A value the user gave for a parameter, under the first of some names; null if there is none. */
  value(...names) {
    const name = names.find((item) => Object.hasOwn(this.values, item));
    if (name === undefined) return null;
    this.taken.add(name);
    return this.values[name];
  }

  /** A part of a value that the input does not tell: what the user gave for it, else an unknown part. */
  part(name, what, { aliases = [], key = "", standsFor = "" } = {}) {
    const [placeholder, isFirst] = this.#placeholder(name, key || what);
    const given = this.value(...(isFirst ? aliases : []), placeholder, `${placeholder}Parameter`);
    if (given !== null) return given;
    if (!this.unknownNames.has(placeholder)) this.unknownNames.set(placeholder, what);
    return new Unknown(placeholder, standsFor);
  }

  /** The name of a part's placeholder, which no other part has, and whether it is the first of that name. */
  #placeholder(name, key) {
    let base = camel(name).slice(0, MAX_NAME) || "Unknown";
    if (GLOBALS.includes(base)) base += "Parameter";
    const full = `${base} ${key}`;
    if (!this.named.has(full)) {
      let number = (this.numbers.get(base) ?? 0) + 1;
      const called = () => (number === 1 ? base : `${base}${number}`);
      while (this.used.has(called())) number += 1;
      this.numbers.set(base, number);
      this.named.set(full, called());
      this.used.add(called());
    }
    return [this.named.get(full), this.named.get(full) === base];
  }
}

/** A name as placeholders are written: data-bucket.arn is DataBucketArn. */
export function camel(name) {
  const text = name
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join("");
  return /^[0-9]/.test(text) ? `P${text}` : text;
}
