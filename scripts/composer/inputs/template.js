// Works out the functions of an AWS CloudFormation template as far as the template and the user's values tell.

import { extend, spaced } from "../canonical.js";
import { partitionOf } from "../engine/values.js";
import { GLOBALS } from "../catalog.js";
import { Partial, Unknown, isMapping, isText, joined } from "../engine/partial.js";
import { MAX_LEVELS, MAX_TEXT, MAX_TEXTS, camel } from "./interfaces.js";
import { elementsOf } from "./names.js";
import { textOf } from "./numbers.js";
import { own, put } from "./places.js";

const DYNAMIC = /\{\{(resolve:(?:[^{}$]|\$\{[A-Za-z0-9]*\})*)\}\}/g;
const INDEX = /^[0-9]{1,5}$/;
const EACH = "Fn::ForEach::";

/** How many values the loops of a template (Fn::ForEach) may make. */
const MAX_EXPANDED = 50_000;

/** A property that the template takes out (AWS::NoValue). */
const NOTHING = Symbol("nothing");

/** A template whose functions are worked out; each resource's attribute and each condition once. */
export class Template {
  constructor(reader, document, template, resources) {
    Object.assign(this, { reader, document, assumed: {}, busy: new Set(), held: new Map(), attributes: new Map() });
    this.undecided = new Set();
    this.depth = 0;
    this.left = MAX_TEXTS;
    this.expanded = 0;
    this.parameters = section(template, "Parameters");
    this.mappings = section(template, "Mappings");
    this.references = reader.data("cloudformation").references ?? {};
    this.conditions = new Map();
    /** The resources by name, loops expanded, and where the template has each of them. */
    this.resources = new Map();
    this.paths = new Map();
    this.conditions = new Map([...this.#each(section(template, "Conditions"), ["Conditions"])].map(([key, item]) => [key, item]));
    const members = new Map();
    for (const [key, item, path] of this.#each(resources, ["Resources"])) {
      members.set(key, item);
      this.paths.set(key, path);
    }
    this.resources = members;
  }

  // loops

  /** The items of a mapping, and those that its loops make. */
  *#each(mapping, path) {
    for (const [key, value] of Object.entries(mapping)) {
      if (key.startsWith(EACH)) yield* this.#loop(key, value, [...path, key]);
      else yield [key, value, [...path, key]];
    }
  }

  *#loop(key, loop, path) {
    if (!Array.isArray(loop) || loop.length !== 3 || typeof loop[0] !== "string" || !isMapping(loop[2])) {
      const message = `${key} must be a list of an identifier, a collection and a mapping; it is ignored`;
      this.reader.notice("problem", this.document.where(path), message);
      return;
    }
    const [identifier, collection, outputs] = loop;
    const items = this.evaluate(collection);
    if (!Array.isArray(items) || items.some((item) => item instanceof Partial || Array.isArray(item) || isMapping(item))) {
      const message = `the collection of ${key} is not known, so what it creates is ignored: give its parameter a value`;
      this.reader.notice("problem", this.document.where(path), message);
      return;
    }
    const sources = Object.keys(outputs);
    for (const item of items.map(textOf)) {
      const copy = this.#filled(outputs, identifier, item);
      if (this.expanded > MAX_EXPANDED) {
        const message = `${key} makes more than ${MAX_EXPANDED} values; the rest is ignored`;
        this.reader.notice("problem", this.document.where(path), message);
        return;
      }
      for (const [index, [name, value]] of Object.entries(copy).entries()) {
        const at = [...path, 2, sources[index]];
        if (name.startsWith(EACH)) yield* this.#loop(name, value, at);
        else yield [name, value, at];
      }
    }
  }

  /** A copy of a value with the item of a loop in place of its identifier. */
  #filled(value, identifier, item) {
    this.expanded += 1;
    if (this.expanded > MAX_EXPANDED) return value;
    if (typeof value === "string") {
      const letters = item.replace(/[^A-Za-z0-9]/g, "");
      return value.replaceAll(`\${${identifier}}`, () => item).replaceAll(`&{${identifier}}`, () => letters);
    }
    if (Array.isArray(value)) return value.map((one) => this.#filled(one, identifier, item));
    if (!isMapping(value)) return value;
    const keys = Object.keys(value);
    if (keys.length === 1 && keys[0] === "Ref" && value.Ref === identifier) return item;
    const out = {};
    for (const key of keys) put(out, this.#filled(key, identifier, item), this.#filled(value[key], identifier, item));
    return out;
  }

  // values

  /** A value worked out under assumptions about conditions, and a condition on which it still depends, or "". */
  assuming(assumed, value) {
    if (spaced(assumed) !== spaced(this.assumed)) {
      this.assumed = assumed;
      this.held.clear();
      this.attributes.clear();
    }
    this.undecided = new Set();
    return [this.evaluate(value), [...this.undecided][0] ?? ""];
  }

  /** A value with its functions worked out; parts the template does not tell are not known yet. */
  evaluate(value) {
    if (isText(value)) return this.#dynamic(value);
    if (!Array.isArray(value) && !isMapping(value)) return value;
    if (this.depth >= MAX_LEVELS) return this.open("TooDeep", "a reference through too many others");
    this.depth += 1;
    const evaluated = this.#evaluated(value);
    this.depth -= 1;
    return evaluated;
  }

  #evaluated(value) {
    if (Array.isArray(value)) return value.map((item) => this.evaluate(item)).filter((item) => item !== NOTHING);
    const entries = Object.entries(value);
    if (entries.length === 1) {
      const [[name, argument]] = entries;
      if (Object.hasOwn(FUNCTIONS, name)) return FUNCTIONS[name](this, argument);
      if (name.startsWith("Fn::") && !name.startsWith(EACH)) return this.open(name.slice(4), `the result of ${name}`, argument);
    }
    const out = {};
    for (const [key, item] of this.#each(value, [])) {
      const known = this.evaluate(item);
      if (known !== NOTHING) put(out, key, known);
    }
    return out;
  }

  /** What the user gave for a part that the template does not tell, else an unknown part. */
  open(name, what, argument = null, ...aliases) {
    const key = `${what} ${spaced(argument)} in ${this.document.name}`;
    const part = this.reader.part(name, `${what} in ${this.document.name}`, { aliases, key });
    return part instanceof Unknown ? new Partial([part]) : part;
  }

  /** A text of parts, its dynamic references as parts not known yet; not known yet if it is too long. */
  #joined(parts) {
    const size = parts.reduce((sum, part) => sum + (part instanceof Unknown ? 0 : part.length), 0);
    this.left -= size;
    if (size > MAX_TEXT || this.left < 0) return this.open("Text", "a text that is too long");
    return this.#dynamic(joined(parts));
  }

  /** A text with its dynamic references ({{resolve:ssm:…}}) as parts not known yet. */
  #dynamic(text) {
    const whole = String(text);
    if (!whole.includes("{{resolve:")) return text;
    const out = [];
    let at = 0;
    for (const match of whole.matchAll(DYNAMIC)) {
      extend(out, between(text, at, match.index));
      const inner = match[1].split(":");
      const name = (inner.length > 2 ? inner.slice(2).join(":") : inner.at(-1)).replace("SecretString", "");
      out.push(this.reader.part(name, `${match[1]} in ${this.document.name}`));
      at = match.index + match[0].length;
    }
    return joined([...out, ...between(text, at, whole.length)]);
  }

  ref(argument) {
    if (!isText(argument)) return this.open("Ref", "a reference", argument);
    const name = String(argument);
    if (name.startsWith("AWS::")) return this.#pseudo(name);
    if (Object.hasOwn(this.parameters, name)) return this.#parameter(name);
    if (this.resources.has(name)) return this.#attribute(name, "Ref");
    return this.open(name, `${name}, which is not in the template,`, null, name);
  }

  #pseudo(name) {
    const global = { "AWS::Partition": "Partition", "AWS::Region": "Region", "AWS::AccountId": "Account" }[name];
    if (global) {
      let given = this.reader.value(global);
      if (given === null && global === "Partition") {
        const region = this.reader.value("Region");
        given = region ? partitionOf(this.reader.catalog.regions, region) || null : null;
      }
      return given ?? new Partial([new Unknown(global)]);
    }
    if (name === "AWS::NoValue") return NOTHING;
    if (name === "AWS::URLSuffix") {
      const known = own(this.reader.catalog.partitions, String(this.#pseudo("AWS::Partition")));
      return known ? known.dns_suffix : new Partial([new Unknown("UrlSuffix", "amazonaws.com")]);
    }
    return this.open(name.slice(5), name);
  }

  #parameter(name) {
    const data = isMapping(this.parameters[name]) ? this.parameters[name] : {};
    const kind = Object.hasOwn(data, "Type") ? textOfKnown(data.Type) : "String";
    let value = this.reader.value(name, camel(name));
    // The default of a parameter that reads Systems Manager is the name of the entry, not its value.
    if (value === null && !kind.includes("AWS::SSM::Parameter::Value")) value = own(data, "Default");
    if (value === null || isMapping(value)) return this.open(name, `the parameter ${name}`);
    if (value === "") return "";
    const parts = Array.isArray(value) ? value.map(textOfKnown) : textOf(value).split(",");
    this.left -= parts.reduce((sum, part) => sum + part.length, 0);
    if (this.left < 0) return this.open(name, `the parameter ${name}`);
    return kind.includes("List") ? parts.map(trimmed).filter(Boolean) : parts.join(",");
  }

  /** What Ref or Fn::GetAtt gives of a resource of the template. */
  #attribute(name, attribute) {
    const key = spaced([name, attribute]);
    if (!this.attributes.has(key)) {
      const before = this.undecided;
      this.undecided = new Set();
      const value = this.#attributeOf(name, attribute);
      this.attributes.set(key, [value, this.undecided]);
      this.undecided = before;
    }
    const [value, undecided] = this.attributes.get(key);
    for (const condition of undecided) this.undecided.add(condition);
    return value;
  }

  #attributeOf(name, attribute) {
    const resource = isMapping(this.resources.get(name)) ? this.resources.get(name) : {};
    const known = (typeof resource.Type === "string" && own(this.references, resource.Type)) || {};
    const template = own(known.attributes ?? {}, attribute);
    const suffix = attribute === "Ref" ? "" : attribute;
    const given = this.reader.value(camel(`${name} ${suffix}`));
    if (given !== null) return given;
    if (template === null || this.busy.has(name)) {
      return this.open(`${name} ${suffix}`, `the resource ${name}${suffix && ` (${suffix})`}`);
    }
    this.busy.add(name);
    const properties = section(resource, "Properties");
    const parts = template
      .split(/\$\{([A-Z][A-Za-z]*)\}/)
      .map((part, index) => (index % 2 ? this.#slot(name, part, known, properties) : part));
    const joinedParts = this.#joined(parts);
    this.busy.delete(name);
    return joinedParts;
  }

  #slot(name, slot, known, properties) {
    if (GLOBALS.includes(slot) || slot === "UrlSuffix") {
      return this.#pseudo(`AWS::${{ Account: "AccountId", UrlSuffix: "URLSuffix" }[slot] ?? slot}`);
    }
    if (slot === "Path") {
      const path = Object.hasOwn(properties, "Path") ? this.evaluate(properties.Path) : "/";
      return isText(path) ? path : "/";
    }
    const value = this.evaluate(own(properties, known.name ?? ""));
    if (isText(value) && value.length) return value;
    const what = `the name of the resource ${name} in ${this.document.name}`;
    return this.reader.part(name, what, { standsFor: known.example ?? "" });
  }

  // functions

  sub(argument) {
    let names = {};
    let text = argument;
    if (Array.isArray(argument) && argument.length === 2 && isMapping(argument[1])) [text, names] = argument;
    if (typeof text !== "string") return this.open("Sub", "the result of Fn::Sub", text);
    const parts = text.split(/\$\{([^{}$]*)\}/).map((part, index) => {
      if (index % 2 === 0) return part;
      const name = trimmed(part);
      if (name.startsWith("!")) return `\${${name.slice(1)}}`;
      return this.#text(Object.hasOwn(names, name) ? this.evaluate(names[name]) : this.#named(name), name);
    });
    return this.#joined(parts);
  }

  #named(name) {
    const dot = name.indexOf(".");
    return dot > -1 && dot < name.length - 1
      ? this.getAtt([name.slice(0, dot), name.slice(dot + 1)])
      : this.ref(name);
  }

  #text(value, name) {
    if (isText(value)) return value;
    if (Array.isArray(value) && value.every(isText)) return this.#joined(glued(",", value));
    if (value === null || value === NOTHING || Array.isArray(value) || isMapping(value)) {
      return this.open(name, `${name}, which is not text,`);
    }
    return textOf(value);
  }

  getAtt(argument) {
    let parts = argument;
    if (typeof argument === "string") {
      const dot = argument.indexOf(".");
      parts = dot < 0 ? [argument] : [argument.slice(0, dot), argument.slice(dot + 1)];
    }
    if (!Array.isArray(parts) || parts.length < 2 || !parts.every((part) => typeof part === "string")) {
      return this.open("GetAtt", "the result of Fn::GetAtt", parts);
    }
    const [name, ...rest] = parts;
    const attribute = rest.join(".");
    if (this.resources.has(name)) return this.#attribute(name, attribute);
    return this.open(`${name} ${attribute}`, `${name}.${attribute}, which is not in the template,`);
  }

  join(argument) {
    if (Array.isArray(argument) && argument.length === 2 && typeof argument[0] === "string") {
      const items = this.evaluate(argument[1]);
      if (Array.isArray(items)) return this.#joined(glued(argument[0], items.map((item) => this.#text(item, "Join"))));
    }
    return this.open("Join", "the result of Fn::Join", argument);
  }

  select(argument) {
    if (Array.isArray(argument) && argument.length === 2) {
      const index = String(textOfKnown(this.evaluate(argument[0])));
      const items = this.evaluate(argument[1]);
      if (INDEX.test(index) && Array.isArray(items) && Number(index) < items.length) return items[Number(index)];
      if (INDEX.test(index) && items instanceof Partial && items.parts.length === 1) {
        const [part] = items.parts;
        const name = part instanceof Unknown ? part.name : String(part);
        return this.open(`${name} ${index}`, `element ${index} of ${name}`);
      }
    }
    return this.open("Select", "the result of Fn::Select", argument);
  }

  split(argument) {
    if (Array.isArray(argument) && argument.length === 2 && typeof argument[0] === "string" && argument[0]) {
      const text = this.evaluate(argument[1]);
      if (typeof text === "string") {
        this.left -= text.length;
        if (this.left >= 0) return text.split(argument[0]);
      }
    }
    const result = this.open("Split", "the result of Fn::Split", argument);
    return typeof result === "string" ? elementsOf(result) : result;
  }

  findInMap(argument) {
    if (!Array.isArray(argument) || argument.length < 3) {
      return this.open("FindInMap", "the result of Fn::FindInMap", argument);
    }
    const keys = argument.slice(0, 3).map((key) => this.evaluate(key));
    let value = this.mappings;
    for (const key of keys) value = own(value, String(textOfKnown(key)));
    if (Array.isArray(value)) return value.map((item) => (typeof item === "string" ? this.evaluate(item) : item));
    if (value !== null) return typeof value === "string" ? this.evaluate(value) : value;
    const [, , , fallback] = argument;
    if (isMapping(fallback) && Object.hasOwn(fallback, "DefaultValue") && !keys.some((key) => key instanceof Partial)) {
      return this.evaluate(fallback.DefaultValue);
    }
    const names = keys.filter((key) => !(key instanceof Partial)).map(textOfKnown).filter(Boolean).join(" ");
    return this.open(names || "FindInMap", `the result of Fn::FindInMap ${names}`, argument);
  }

  importValue(argument) {
    const name = this.evaluate(argument);
    if (!isText(name)) return this.open("ImportValue", "the result of Fn::ImportValue", argument);
    const text = String(name);
    return this.open(camel(text) ? text : "ImportValue", `the export ${text}`, null, text);
  }

  /** Fn::If; where it is undecided, the condition is remembered for assuming(). */
  if(argument) {
    if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== "string") {
      return this.open("If", "the result of Fn::If", argument);
    }
    const [name, then, otherwise] = argument;
    const holds = this.condition(name);
    if (holds !== null) return this.evaluate(holds ? then : otherwise);
    this.undecided.add(name);
    return this.open(name, `what the condition ${name} decides`, argument);
  }

  toJsonString(argument) {
    const value = this.evaluate(argument);
    if (value !== NOTHING && allKnown(value)) return this.#joined([spaced(value)]);
    return this.open("ToJsonString", "the result of Fn::ToJsonString", argument);
  }

  // conditions

  /** Whether a condition holds; null if the template does not tell. */
  condition(name) {
    if (Object.hasOwn(this.assumed, name)) return this.assumed[name];
    if (this.held.has(name)) return this.held.get(name);
    const key = `condition ${name}`;
    if (this.busy.has(key) || !this.conditions.has(name)) return null;
    this.busy.add(key);
    this.held.set(name, this.#holds(this.conditions.get(name)));
    this.busy.delete(key);
    return this.held.get(name);
  }

  #holds(value) {
    if (!isMapping(value) || Object.keys(value).length !== 1 || this.depth >= MAX_LEVELS) return null;
    this.depth += 1;
    const holds = this.#heldBy(...Object.entries(value)[0]);
    this.depth -= 1;
    return holds;
  }

  #heldBy(name, argument) {
    if (name === "Condition") return typeof argument === "string" ? this.condition(argument) : null;
    if (!Array.isArray(argument)) return null;
    if (name === "Fn::Equals" && argument.length === 2) {
      const sides = argument.map((item) => this.evaluate(item));
      const isKnown = (side) => ["string", "number", "boolean", "bigint"].includes(typeof side) || side instanceof Number;
      return sides.every(isKnown) ? textOf(sides[0]) === textOf(sides[1]) : null;
    }
    const inner = argument.map((item) => this.#holds(item));
    if (name === "Fn::Not" && inner.length === 1) return inner[0] === null ? null : !inner[0];
    if (name === "Fn::And") return inner.includes(false) ? false : inner.includes(null) ? null : true;
    if (name === "Fn::Or") return inner.includes(true) ? true : inner.includes(null) ? null : false;
    return null;
  }

  /** What decides a condition that cannot be decided here, as a message says it. */
  decides(name) {
    if (!this.conditions.has(name)) return `the template has no condition ${name}`;
    const names = new Set();
    const seen = new Set([name]);
    const left = [this.conditions.get(name)];
    while (left.length) {
      const item = left.pop();
      if (Array.isArray(item)) {
        for (const inner of [...item].reverse()) left.push(inner);
      } else if (isMapping(item)) {
        const target = item.Condition;
        if (typeof target === "string" && this.conditions.has(target) && !seen.has(target)) {
          seen.add(target);
          left.push(this.conditions.get(target));
        }
        const reference = item.Ref;
        if (typeof reference === "string" && !allKnown(this.ref(reference))) names.add(reference);
        const inside = Object.values(item).filter((inner) => Array.isArray(inner) || isMapping(inner));
        for (const inner of inside.reverse()) left.push(inner);
      }
    }
    const several = [...names].slice(0, 5).join(" and ");
    return several ? `a value for ${several} decides` : "nothing in the template decides";
  }
}

const FUNCTIONS = {
  Ref: (template, argument) => template.ref(argument),
  "Fn::FindInMap": (template, argument) => template.findInMap(argument),
  "Fn::GetAtt": (template, argument) => template.getAtt(argument),
  "Fn::If": (template, argument) => template.if(argument),
  "Fn::ImportValue": (template, argument) => template.importValue(argument),
  "Fn::Join": (template, argument) => template.join(argument),
  "Fn::Select": (template, argument) => template.select(argument),
  "Fn::Split": (template, argument) => template.split(argument),
  "Fn::Sub": (template, argument) => template.sub(argument),
  "Fn::ToJsonString": (template, argument) => template.toJsonString(argument),
};

/** A value as text, or "" for what is no text. */
function textOfKnown(value) {
  if (value === NOTHING || Array.isArray(value) || isMapping(value)) return "";
  return textOf(value);
}

/** A text without the blanks around it, as Python's strip() takes them off. */
function trimmed(text) {
  return text.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, "");
}

function section(value, name) {
  return isMapping(value[name]) ? value[name] : {};
}

function glued(glue, items) {
  return items.flatMap((item, index) => (index ? [glue, item] : [item]));
}

/** The parts of a text, wholly known or not, between two offsets of it. */
function between(text, start, end) {
  if (!(text instanceof Partial)) return [text.slice(start, end)];
  const out = [];
  let at = 0;
  for (const part of text.parts) {
    const shown = part instanceof Unknown ? part.shown : part;
    if (!(part instanceof Unknown)) out.push(part.slice(Math.max(0, start - at), Math.max(0, end - at)));
    else if (start <= at && at < end) out.push(part);
    at += shown.length;
  }
  return out;
}

function allKnown(value) {
  if (Array.isArray(value)) return value.every(allKnown);
  if (isMapping(value)) return Object.values(value).every(allKnown);
  return !(value instanceof Partial);
}
