// Finds the resources that a request names, in members, in JSON inside texts, in arguments. Pure.
// The same algorithm, step by step, as scripts/sagemaker_roles/engine/named.py.

import { extend } from "../canonical.js";
import { Partial, Unknown, inside } from "./partial.js";
import { GLOBAL_EXAMPLES } from "./values.js";

/** Characters that a name does not begin or end amid of. */
const WORD = /[A-Za-z0-9_-]/;

/** Members that hold what a person hands to a container, which may be secret. */
const PRIVATE = /(?:environment|environmentvariables|hyperparameters)$/;

/** How a text goes on that is a name in percent-encoding, and one that can be Base64. */
const PERCENT = /(?:[Ss]3[an]?|arn|https)%3[Aa]/;
const BASE64 = /^[A-Za-z0-9+/]{16,}={0,2}$/;
const ASCII = /^[\t\r\n\x20-\x7e]+$/;

const finders = new WeakMap();

/** What finds names with a catalog. */
export function finderOf(catalog) {
  if (!finders.has(catalog)) finders.set(catalog, new Finder(catalog));
  return finders.get(catalog);
}

/** What is prepared once of a catalog to find names. */
class Finder {
  constructor(catalog) {
    this.data = catalog.data.named_resources ?? {};
    this.kinds = Object.keys(this.data);
    this.members = new Set(catalog.containers.flatMap(({ reads }) => reads.flatMap((read) => read.members)));
    this.separators = new Map(
      catalog.containers.flatMap(({ reads }) =>
        reads
          .filter((read) => read.separator)
          .flatMap((read) => read.members.flatMap((name) => read.keys.map((key) => [`${name} ${key}`, read.separator]))),
      ),
    );
    this.private = new Set([...this.members].map((name) => name.toLowerCase()));
    this.amid = this.kinds.filter((name) => !this.data[name].alone);
    this.alone = this.kinds
      .filter((name) => this.data[name].alone)
      .map((name) => [name, new RegExp(`^(?:${this.data[name].pattern})$`, "u"), this.data[name].member_ends ?? [""]]);
    const patterns = this.amid.map((name) => `(${this.data[name].pattern})`);
    this.pattern = new RegExp(patterns.join("|") || "(?!)", "gu");
  }

  /**
   * Whether a path leads into hyperparameters, environment variables or arguments, whose values may be secret. The names on
   * it may be spelled as any input does.
   */
  isPrivate(path) {
    const names = path.replaceAll("_", "").toLowerCase().match(/[a-z][a-z0-9]*/g) ?? [];
    return names.some((name) => this.private.has(name) || PRIVATE.test(name));
  }

  /** Every resource that the members of a request name: kind, steps, text, whole, member, key; in the request's order. */
  named(members) {
    const named = [];
    const left = [[[], members, "", ""]];
    while (left.length) {
      const [steps, item, member, key] = left.pop();
      if (typeof item === "string" || item instanceof Partial) {
        const value = inside(item);
        if (value !== null) {
          left.push([steps, value, member, key]);
          continue;
        }
        const plain = decoded(item);
        if (plain !== null) {
          // No container reads what is encoded under its key.
          left.push([steps, plain, member, ""]);
          continue;
        }
        const separator = item instanceof Partial ? undefined : this.separators.get(`${member} ${key}`);
        const parts = separator ? item.split(separator).flatMap((part) => this.#names(part)) : [];
        const names = parts.length ? parts : this.#names(item);
        for (const [kind, text] of names.length ? names : this.#only(steps, item)) {
          // Of a name amid other text that is partly unknown, only what is shown is known.
          const isCut = item instanceof Partial && !(text instanceof Partial);
          named.push({ kind, steps, text, whole: item, member, key: isCut ? "" : key });
        }
      } else if (Array.isArray(item)) {
        extend(left, ofItems(steps, item, member, key).reverse());
      } else if (item !== null && typeof item === "object") {
        const inner = Object.entries(item).map(([name, value]) =>
          this.members.has(name)
            ? [[...steps, name], value, name, ""]
            : [[...steps, name], value, member, key || (member ? name : "")],
        );
        extend(left, inner.reverse());
      }
    }
    return named;
  }

  /** The names in a text: kind and name. */
  #names(text) {
    if (text instanceof Partial) return this.#inPartial(text);
    const spans = this.#spans(text);
    if (spans.length === 1 && spans[0][1] === 0 && this.data[spans[0][0]].to_end) return [[spans[0][0], text]];
    return spans.map(([kind, start, end]) => [kind, text.slice(start, end)]);
  }

  /** A text that is a name as a whole, where its member has such names. */
  #only(steps, text) {
    const member = steps.findLast((step) => typeof step === "string") ?? "";
    const ending = member.replaceAll(/[_-]/g, "").toLowerCase();
    const kind = this.alone.find(
      ([, form, ends]) => ends.some((end) => ending.endsWith(end)) && form.test(String(text)),
    );
    return kind && !(text instanceof Partial) ? [[kind[0], text]] : [];
  }

  #inPartial(text) {
    const whole = unquoted(text);
    const sample = whole.parts.map((part) => (part instanceof Unknown ? sampleOf(part) : part)).join("");
    const spans = this.#spans(sample);
    if (spans.length === 1 && spans[0][1] === 0 && spans[0][2] === sample.length) return [[spans[0][0], whole]];
    return spans.map(([kind, start, end]) => [kind, shown(whole, start, end)]);
  }

  #spans(text) {
    const spans = [];
    this.pattern.lastIndex = 0;
    for (let match = this.pattern.exec(text); match; match = this.pattern.exec(text)) {
      const start = match.index;
      const end = start + match[0].length;
      if ((start && WORD.test(text[start - 1])) || (end < text.length && WORD.test(text[end]))) {
        this.pattern.lastIndex = start + 1;
        continue;
      }
      spans.push([this.amid[match.slice(1).findIndex((group) => group !== undefined)], start, end]);
      this.pattern.lastIndex = end;
    }
    return spans;
  }

  /** A name as data/resources reads it: with the usual beginning in place of another. */
  readable(named) {
    if (named.text instanceof Partial) return named.text;
    for (const [other, usual] of Object.entries(this.data[named.kind].prefixes ?? {})) {
      if (named.text.startsWith(other)) return usual + named.text.slice(other.length);
    }
    return named.text;
  }

  /** What is said where nothing uses a name; "" for what could. */
  noteOf(named) {
    return this.data[named.kind].note ?? "";
  }

  /** The kinds of data/resources that read a name; null for every form that is an ARN. */
  kindsOf(named) {
    return this.data[named.kind].kinds ?? null;
  }
}

/** Where a name is, as messages show it: Containers[1].Environment.MODEL. */
export function pathOf({ steps }) {
  const shownSteps = steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return shownSteps.startsWith(".") ? shownSteps.slice(1) : shownSteps;
}

/** The keys that lead to a name, without indexes. */
export function namesOf({ steps }) {
  return steps.filter((step) => typeof step === "string");
}

/** The elements of a list; below a container's member, with the option before each or in it. */
function ofItems(steps, items, member, key) {
  let option = "";
  return items.map((item, index) => {
    let own = key;
    if (member && !key && (typeof item === "string" || item instanceof Partial)) {
      const text = String(item);
      const sign = text.indexOf("=");
      own = option;
      if (text.startsWith("-")) {
        [own, option] = sign >= 0 ? [text.slice(0, sign), ""] : ["", text];
      } else {
        option = "";
      }
    }
    return [[...steps, index], item, member, own];
  });
}

/** What a text in percent-encoding or Base64 says; null if it is in neither, or says no text. */
function decoded(text) {
  if (text instanceof Partial) return null;
  if (PERCENT.test(text)) {
    return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
  }
  if (text.length % 4 || !BASE64.test(text)) return null;
  const plain = atob(text);
  return ASCII.test(plain) ? plain : null;
}

/** A partly known text without the quotes that the SageMaker Python SDK puts around hyperparameters. */
function unquoted(text) {
  const parts = [...text.parts];
  const first = parts[0];
  const last = parts[parts.length - 1];
  if (typeof first === "string" && typeof last === "string" && first.startsWith('"') && last.endsWith('"')) {
    parts[0] = first.slice(1);
    parts[parts.length - 1] = last.slice(0, -1);
  }
  return new Partial(parts);
}

/** What a partly known text shows of a span of its sample. */
function shown(text, start, end) {
  let out = "";
  let at = 0;
  for (const part of text.parts) {
    const { length } = part instanceof Unknown ? sampleOf(part) : part;
    if (at < end && at + length > start) {
      out += part instanceof Unknown ? String(new Partial([part])) : part.slice(Math.max(start - at, 0), end - at);
    }
    at += length;
  }
  return out;
}

function sampleOf(part) {
  if (part.standsFor) return part.standsFor;
  return Object.hasOwn(GLOBAL_EXAMPLES, part.name) ? GLOBAL_EXAMPLES[part.name] : "x";
}
