// Strict JSON with places: duplicate keys, NaN, garbage and too deep nesting are named with line and column.

import { quoted } from "../canonical.js";
import { InputError } from "../errors.js";
import { Real } from "./numbers.js";
import { Document, Lines, MAX_DEPTH, put } from "./places.js";

const BLANK = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const WORD = /[A-Za-z-]+/y;
const WORDS = new Map([["true", true], ["false", false], ["null", null]]);

/** Reads JSON text: one value, or several that each begin on a line of their own (JSON Lines), as documents. */
export function parseJson(text, name) {
  const scanner = new Scanner(text, name);
  const documents = [];
  let end = 0;
  scanner.blank();
  if (scanner.at === text.length) throw new InputError("empty; give JSON or YAML", `${name}:1:1`);
  while (scanner.at < text.length) {
    const start = scanner.at;
    if (documents.length && (!"{[".includes(text[start]) || !text.slice(end, start).includes("\n"))) {
      scanner.fail("something follows the JSON value; take it out");
    }
    const value = scanner.value(0);
    documents.push(new Document(value, name, scanner.lines, scanner.places, start));
    end = scanner.at;
    scanner.blank();
  }
  return documents;
}

/** The events that stand before the fault in a CloudTrail log, as one document; empty if the text is no log. */
export function eventsBefore(text, name) {
  const head = /^\s*\{\s*"Records"\s*:\s*\[\s*/.exec(text);
  if (!head) return [];
  const scanner = new Scanner(text, name);
  const events = [];
  const places = new Map();
  scanner.at = head[0].length;
  try {
    do {
      scanner.blank();
      const start = scanner.at;
      events.push(scanner.value(2));
      places.set(events.length - 1, start);
    } while (scanner.next(","));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  scanner.places.set(events, places);
  const log = { Records: events };
  scanner.places.set(log, new Map([["Records", 0]]));
  return events.length ? [new Document(log, name, scanner.lines, scanner.places)] : [];
}

class Scanner {
  constructor(text, name) {
    Object.assign(this, { text, name, at: 0, places: new WeakMap(), lines: new Lines(text, name) });
  }

  fail(message, at = this.at) {
    throw new InputError(message, this.lines.position(at));
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  blank() {
    this.take(BLANK);
  }

  next(character) {
    this.blank();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** A value; faults of a number or word stand where its key does, if it has one. */
  value(depth, key = -1) {
    this.blank();
    const start = this.at;
    const place = key < 0 ? start : key;
    if (depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH} levels`, place);
    if (this.next("{")) return this.mapping(depth);
    if (this.next("[")) return this.list(depth);
    if (this.text[start] === '"') return this.string();
    const number = this.take(NUMBER);
    if (number) {
      if (number[1] || number[2]) {
        const value = new Real(number[0]);
        if (Number.isFinite(Number(value))) return value;
        this.fail(`the number ${number[0].slice(0, 40)} is too large; give a smaller one`, place);
      }
      if (number[0].length > 4300) this.fail("a number of too many digits", place);
      const value = Number(number[0]);
      return Number.isSafeInteger(value) ? value : BigInt(number[0]);
    }
    const word = this.take(WORD)?.[0] ?? "";
    if (WORDS.has(word)) return WORDS.get(word);
    if (["NaN", "Infinity", "-Infinity"].includes(word)) this.fail(`${word} is not JSON; give a number`, place);
    return this.fail("not JSON: expected value", start);
  }

  string() {
    const start = this.at;
    this.at += 1;
    do this.take(PLAIN);
    while (this.take(ESCAPE));
    if (this.text[this.at] !== '"') {
      this.fail("not JSON: a text that does not end, or a character or escape that JSON does not allow", start);
    }
    this.at += 1;
    return JSON.parse(this.text.slice(start, this.at));
  }

  mapping(depth) {
    const value = {};
    const places = new Map();
    this.places.set(value, places);
    if (this.next("}")) return value;
    do {
      this.blank();
      const start = this.at;
      if (this.text[start] !== '"') this.fail("not JSON: expected property name enclosed in double quotes");
      const key = this.string();
      if (places.has(key)) this.fail(`the key ${quoted(key)} stands twice; remove the duplicate`, start);
      if (!this.next(":")) this.fail('not JSON: expected ":" delimiter');
      places.set(key, start);
      put(value, key, this.value(depth + 1, start));
    } while (this.next(","));
    if (!this.next("}")) this.fail('not JSON: expected "," delimiter');
    return value;
  }

  list(depth) {
    const value = [];
    const places = new Map();
    this.places.set(value, places);
    if (this.next("]")) return value;
    do {
      this.blank();
      places.set(value.length, this.at);
      value.push(this.value(depth + 1));
    } while (this.next(","));
    if (!this.next("]")) this.fail('not JSON: expected "," delimiter');
    return value;
  }
}
