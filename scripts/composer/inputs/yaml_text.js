// YAML as users write requests: several documents, CloudFormation's short tags, bounded aliases, with places.

import { EVENT_ID, SCALAR_STYLE, YAMLException, getScalarValue, parseEvents } from "js-yaml";

import { extend, quoted } from "../canonical.js";
import { isMapping } from "../engine/partial.js";
import { InputError } from "../errors.js";
import { Real } from "./numbers.js";
import { Document, Lines, MAX_DEPTH, put } from "./places.js";

/** Values in a document, aliases counted as often as they are used. */
const MAX_NODES = 200_000;
const MAX_CHARACTERS = 8 * 1024 * 1024;

/** Line breaks to YAML 1.1, plain characters to YAML 1.2: what stands there would depend on the reader. */
const ODD_BREAK = /[\u0085\u2028\u2029]/;

const SURROGATE = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;

const CORE = "tag:yaml.org,2002:";
const PLAIN_TAGS = ["!", "", ...["str", "seq", "map", "int", "float"].flatMap((name) => [`!!${name}`, `!<${CORE}${name}>`])];
const INTEGER = /^-?(?:0|[1-9][0-9]{0,300})$/;
const FLOAT = /^-?(?:0|[1-9][0-9]{0,300})\.[0-9]{1,300}(?:[eE][-+]?[0-9]{1,3})?$/;
const NULLS = ["", "~", "null", "Null", "NULL"];
const FUNCTIONS = (
  "And Base64 Cidr Equals FindInMap ForEach GetAtt GetAZs If ImportValue Join Length Not Or Select Split Sub " +
  "ToJsonString Transform Ref Condition"
).split(" ");

/**
 * Reads all documents of YAML text. Plain values are read as JSON writes them: true and 12 are a boolean and a number,
 * but yes, 012, 1_000 and dates stay text, so that no value changes on the way.
 */
export function parseYaml(text, name) {
  if (text.length > MAX_CHARACTERS) throw new InputError("longer than 8 million characters of YAML", name);
  const lines = new Lines(text, name);
  const odd = text.search(ODD_BREAK);
  if (odd >= 0) {
    const shown = `U+${text.charCodeAt(odd).toString(16).toUpperCase().padStart(4, "0")}`;
    const message = `the line break ${shown} is not allowed in YAML; write it with a backslash in double quotes`;
    throw new InputError(message, lines.position(odd));
  }
  let events;
  try {
    events = parseEvents(text, { maxDepth: MAX_DEPTH + 1 });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError(`not YAML: ${error.reason}`, lines.position(error.mark?.position ?? 0));
  }
  const builder = new Builder(text, name, lines);
  for (const event of events) builder.take(event);
  if (!builder.documents.length) throw new InputError("empty; give JSON or YAML", `${name}:1:1`);
  return builder.documents;
}

class Builder {
  constructor(text, name, lines) {
    Object.assign(this, { text, name, lines, documents: [], stack: [], places: new WeakMap(), anchors: new Map() });
    this.open = new Set();
  }

  fail(at, message) {
    throw new InputError(message, this.lines.position(Math.max(at, 0)));
  }

  part(event, what) {
    return event[`${what}Start`] < 0 ? "" : this.text.slice(event[`${what}Start`], event[`${what}End`]);
  }

  take(event) {
    const anchor = "anchorStart" in event ? this.part(event, "anchor") : "";
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.anchors.clear();
        this.stack.push({ isDocument: true, filled: false });
        break;
      case EVENT_ID.SCALAR: {
        const value = this.scalar(event);
        if (anchor) this.anchors.set(anchor, [value, 1]);
        this.place(value, 1, event.valueStart);
        break;
      }
      case EVENT_ID.ALIAS:
        if (this.open.has(anchor)) this.fail(event.anchorStart - 1, `the alias *${anchor} contains itself`);
        if (!this.anchors.has(anchor)) this.fail(event.anchorStart - 1, `there is no anchor &${anchor} before this alias`);
        this.place(...this.anchors.get(anchor), event.anchorStart - 1);
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        if (this.stack.length > MAX_DEPTH) this.fail(event.start, `nested deeper than ${MAX_DEPTH} levels`);
        const value = event.type === EVENT_ID.SEQUENCE ? [] : {};
        const places = new Map();
        this.places.set(value, places);
        const tag = this.tag(event, event.start);
        this.stack.push({ value, places, tag, anchor, start: event.start, key: null, merged: [], seen: new Map(), size: 1 });
        if (anchor) this.open.add(anchor);
        break;
      }
      default:
        this.close();
    }
  }

  close() {
    const frame = this.stack.pop();
    if (frame.isDocument) {
      if (!frame.filled) this.documents.push(new Document(null, this.name, this.lines, this.places));
      return;
    }
    for (const merged of frame.merged) {
      for (const [key, item] of Object.entries(merged)) if (!Object.hasOwn(frame.value, key)) put(frame.value, key, item);
    }
    const value = frame.tag ? wrapped(frame.tag, frame.value) : frame.value;
    if (frame.anchor) {
      this.open.delete(frame.anchor);
      this.anchors.set(frame.anchor, [value, frame.size]);
    }
    this.place(value, frame.size, frame.start);
  }

  place(value, size, at) {
    const frame = this.stack.at(-1);
    if (frame.isDocument) {
      frame.filled = true;
      this.documents.push(new Document(value, this.name, this.lines, this.places, Math.max(at, 0)));
      return;
    }
    frame.size += size;
    if (frame.size > MAX_NODES) this.fail(at, `more than ${MAX_NODES} values, aliases counted as often as they are used`);
    if (Array.isArray(frame.value)) {
      frame.places.set(frame.value.length, at);
      frame.value.push(value);
    } else if (frame.key === null) {
      if (Array.isArray(value) || isMapping(value)) this.fail(at, "a key must be text");
      const key = value === null ? "" : String(value);
      if (frame.seen.has(key)) this.fail(at, `the key ${quoted(key)} stands already at line ${frame.seen.get(key)}; remove the duplicate`);
      frame.seen.set(key, this.lines.line(Math.max(at, 0)));
      frame.key = [key, at];
    } else {
      const [key, keyAt] = frame.key;
      frame.key = null;
      if (key === "<<") {
        const parts = Array.isArray(value) ? value : [value];
        if (!parts.every(isMapping)) this.fail(at, "the merge key << needs a mapping or a list of mappings");
        extend(frame.merged, parts);
      } else {
        put(frame.value, key, value);
        frame.places.set(key, keyAt);
      }
    }
  }

  /** The short tag of an event without "!"; "" for tags that say what the value is anyway. */
  tag(event, at) {
    const tag = this.part(event, "tag");
    if (PLAIN_TAGS.includes(tag)) return "";
    if (FUNCTIONS.includes(tag.slice(1))) return tag.slice(1);
    return this.fail(event.tagStart < 0 ? at : event.tagStart, `the tag ${tag} is not known; write the value without it`);
  }

  scalar(event) {
    const value = event.valueStart < 0 ? "" : getScalarValue(this.text, event);
    // YAML knows no pairs of surrogates, and a half of one is no character.
    const isEscaped = event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    if (isEscaped && SURROGATE.test(this.text.slice(event.valueStart, event.valueEnd))) {
      this.fail(event.valueStart - 1, "not YAML: invalid Unicode character escape code");
    }
    const tag = this.tag(event, event.valueStart);
    if (tag) return wrapped(tag, value);
    if (event.tagStart >= 0 || event.style !== SCALAR_STYLE.PLAIN) return value;
    if (/^(?:true|True|TRUE)$/.test(value)) return true;
    if (/^(?:false|False|FALSE)$/.test(value)) return false;
    if (NULLS.includes(value)) return null;
    if (FLOAT.test(value)) return Number.isFinite(Number(value)) ? new Real(value) : value;
    if (!INTEGER.test(value)) return value;
    return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
  }
}

function wrapped(tag, value) {
  const inner = tag === "GetAtt" && typeof value === "string" && value.includes(".")
    ? [value.slice(0, value.indexOf(".")), value.slice(value.indexOf(".") + 1)]
    : tag === "GetAtt" && typeof value === "string" ? [value] : value;
  return { [tag === "Ref" || tag === "Condition" ? tag : `Fn::${tag}`]: inner };
}
