// Reads AWS CloudFormation: a template, or one resource; functions are worked out as far as the template tells.

import { spaced } from "../canonical.js";
import { partitionOf } from "../engine/compose.js";
import { GLOBALS } from "../catalog.js";
import { Partial, Unknown, isText, joined } from "../engine/partial.js";
import { plain, style } from "./names.js";
import { InputError, isMapping } from "./places.js";
import { camel } from "./reader.js";
import { renamed } from "./renames.js";

const PREFIX = "AWS::SageMaker::";

/** A property that the template takes out (AWS::NoValue). */
const NOTHING = Symbol("nothing");

/** The requests that a template's SageMaker resources stand for. */
export function* found(reader, document) {
  const { value } = document;
  if (!isMapping(value)) throw new InputError("no template; it must be a mapping with Resources", document.where());
  const single = !("Resources" in value) && "Type" in value;
  const resources = single ? { Resource: value } : value.Resources;
  if (!isMapping(resources)) throw new InputError("no template; it has no Resources", document.where());
  const template = new Template(reader, document, single ? {} : value, resources);
  const data = reader.data("cloudformation");
  const how = style({
    members: Object.fromEntries(Object.entries(data.members ?? {}).map(([key, text]) => [plain(key), text])),
    ignored: (data.ignored ?? []).map(plain),
  });
  for (const [name, resource] of Object.entries(resources)) {
    const path = single ? [] : ["Resources", name];
    const kind = isMapping(resource) ? resource.Type : null;
    if (typeof kind !== "string" || !kind.startsWith(PREFIX)) continue;
    const known = data.types?.[kind] ?? {};
    const operation = known.operation ?? `Create${kind.slice(PREFIX.length)}`;
    if (!reader.names.operation(operation)) continue;
    const { Condition: condition, Properties: properties = {} } = resource;
    if (typeof condition === "string" && template.condition(condition) === false) {
      const message = `${name} is left out: its condition ${condition} does not hold`;
      reader.notice("note", document.where(path), message);
      continue;
    }
    const members = isMapping(properties) ? template.evaluate(properties) : null;
    if (!isMapping(members)) {
      reader.notice("problem", document.where(path), `the Properties of ${name} must be a mapping`);
      continue;
    }
    yield {
      operation,
      members: renamed(members, known.members),
      style: how,
      path: [...path, "Properties"],
      label: `${single ? kind : name} of ${document.name}`,
    };
  }
}

/** A template whose functions are worked out. */
class Template {
  constructor(reader, document, template, resources) {
    Object.assign(this, { reader, document, resources, busy: new Set(), told: new Set() });
    this.parameters = section(template, "Parameters");
    this.mappings = section(template, "Mappings");
    this.conditions = section(template, "Conditions");
    this.references = reader.data("cloudformation").references ?? {};
  }

  // values

  /** A value with its functions worked out; parts the template does not tell are not known yet. */
  evaluate(value) {
    if (typeof value === "string") return this.#dynamic(value);
    if (Array.isArray(value)) return value.map((item) => this.evaluate(item)).filter((item) => item !== NOTHING);
    if (!isMapping(value)) return value;
    const entries = Object.entries(value);
    if (entries.length === 1) {
      const [[name, argument]] = entries;
      if (Object.hasOwn(FUNCTIONS, name)) return FUNCTIONS[name](this, argument);
      if (name.startsWith("Fn::")) return this.open(name.slice(4), `the result of ${name}`);
    }
    const evaluated = entries.map(([key, item]) => [key, this.evaluate(item)]);
    return Object.fromEntries(evaluated.filter(([, item]) => item !== NOTHING));
  }

  open(name, what) {
    return new Partial([new Unknown(this.reader.unknown(name, `${what} in ${this.document.name}`))]);
  }

  /** A text with its dynamic references ({{resolve:ssm:…}}) as parts not known yet. */
  #dynamic(text) {
    if (!text.includes("{{resolve:")) return text;
    return joined(
      text.split(/(\{\{resolve:[^}]*\}\})/).map((part, index) => {
        if (index % 2 === 0) return part;
        const inner = part.replace(/^[{}]+|[{}]+$/g, "").split(":");
        const name = camel(inner.slice(2).join(":").replace("SecretString", ""));
        return this.reader.value(name) ?? new Unknown(this.reader.unknown(name, `${part} in ${this.document.name}`));
      }),
    );
  }

  ref(argument) {
    if (typeof argument !== "string") return this.open("Ref", "a reference");
    if (argument.startsWith("AWS::")) return this.#pseudo(argument);
    if (Object.hasOwn(this.parameters, argument)) return this.#parameter(argument);
    if (Object.hasOwn(this.resources, argument)) return this.#attribute(argument, "Ref");
    const given = this.reader.value(argument, camel(argument));
    return given ?? this.open(argument, `${argument}, which is not in the template,`);
  }

  #pseudo(name) {
    const own = { "AWS::Partition": "Partition", "AWS::Region": "Region", "AWS::AccountId": "Account" }[name];
    if (own) {
      let given = this.reader.value(own);
      if (given === null && own === "Partition") {
        const region = this.reader.value("Region");
        given = region ? partitionOf(this.reader.catalog, region) || null : null;
      }
      return given ?? new Partial([new Unknown(own)]);
    }
    if (name === "AWS::NoValue") return NOTHING;
    if (name === "AWS::URLSuffix") {
      const partition = String(this.#pseudo("AWS::Partition"));
      const known = Object.hasOwn(this.reader.catalog.partitions, partition) ? this.reader.catalog.partitions[partition] : null;
      return known ? known.dns_suffix : new Partial([new Unknown("UrlSuffix", "amazonaws.com")]);
    }
    return this.reader.value(camel(name.slice(5))) ?? this.open(name.slice(5), name);
  }

  #parameter(name) {
    const data = isMapping(this.parameters[name]) ? this.parameters[name] : {};
    const kind = String(data.Type ?? "String");
    let value = this.reader.value(name, camel(name));
    // The default of a parameter that reads Systems Manager is the name of the entry, not its value.
    if (value === null && !kind.includes("AWS::SSM::Parameter::Value")) value = data.Default ?? null;
    if (value === "") return "";
    if (value === null) return this.open(name, `the parameter ${name}`);
    const text = String(value);
    if (!kind.includes("List")) return text;
    return text.split(",").map((part) => part.trim()).filter(Boolean);
  }

  /** What Ref or Fn::GetAtt gives of a resource of the template. */
  #attribute(name, attribute) {
    const resource = isMapping(this.resources[name]) ? this.resources[name] : {};
    const known = typeof resource.Type === "string" ? (this.references[resource.Type] ?? {}) : {};
    const template = known.attributes?.[attribute];
    const suffix = attribute === "Ref" ? "" : attribute;
    const given = this.reader.value(camel(`${name} ${suffix}`));
    if (given !== null) return given;
    if (template === undefined || this.busy.has(name)) {
      return this.open(`${name} ${suffix.replaceAll(".", " ")}`, `the resource ${name}${suffix && ` (${suffix})`}`);
    }
    this.busy.add(name);
    const properties = section(resource, "Properties");
    const parts = template
      .split(/\$\{([A-Z][A-Za-z]*)\}/)
      .map((part, index) => (index % 2 ? this.#slot(name, part, known, properties) : part));
    this.busy.delete(name);
    return joined(parts);
  }

  #slot(name, slot, known, properties) {
    if (GLOBALS.includes(slot) || slot === "UrlSuffix") {
      return this.#pseudo(`AWS::${{ Account: "AccountId", UrlSuffix: "URLSuffix" }[slot] ?? slot}`);
    }
    if (slot === "Path") {
      const path = "Path" in properties ? this.evaluate(properties.Path) : "/";
      return isText(path) ? path : "/";
    }
    const value = this.evaluate(properties[known.name ?? ""] ?? null);
    if (isText(value) && value.length) return value;
    const what = `the name of the resource ${name} in ${this.document.name}`;
    return new Unknown(this.reader.unknown(name, what), known.example ?? "");
  }

  // functions

  sub(argument) {
    let own = {};
    if (Array.isArray(argument) && argument.length === 2 && isMapping(argument[1])) [argument, own] = argument;
    if (typeof argument !== "string") return this.open("Sub", "the result of Fn::Sub");
    return joined(
      argument.split(/\$\{([^}]*)\}/).map((part, index) => {
        if (index % 2 === 0) return part;
        const name = part.trim();
        if (name.startsWith("!")) return `\${${name.slice(1)}}`;
        return this.#text(Object.hasOwn(own, name) ? this.evaluate(own[name]) : this.#named(name), name);
      }),
    );
  }

  #named(name) {
    const dot = name.indexOf(".");
    return dot > -1 && dot < name.length - 1 ? this.getAtt([name.slice(0, dot), name.slice(dot + 1)]) : this.ref(name);
  }

  #text(value, name) {
    if (isText(value)) return value;
    if (["boolean", "number", "bigint"].includes(typeof value)) return String(value);
    if (Array.isArray(value) && value.every(isText)) return joined(glued(",", value));
    return this.open(name, `${name}, which is no text,`);
  }

  getAtt(argument) {
    if (typeof argument === "string") {
      const dot = argument.indexOf(".");
      argument = dot < 0 ? [argument] : [argument.slice(0, dot), argument.slice(dot + 1)];
    }
    if (!Array.isArray(argument) || argument.length < 2 || typeof argument[0] !== "string") {
      return this.open("GetAtt", "the result of Fn::GetAtt");
    }
    const [name, ...rest] = argument;
    const attribute = rest.map(String).join(".");
    if (Object.hasOwn(this.resources, name)) return this.#attribute(name, attribute);
    return this.open(`${name} ${attribute.replaceAll(".", " ")}`, `${name}.${attribute}, which is not in the template,`);
  }

  join(argument) {
    if (Array.isArray(argument) && argument.length === 2 && typeof argument[0] === "string") {
      const items = this.evaluate(argument[1]);
      if (Array.isArray(items)) return joined(glued(argument[0], items.map((item) => this.#text(item, "Join"))));
    }
    return this.open("Join", "the result of Fn::Join");
  }

  select(argument) {
    if (Array.isArray(argument) && argument.length === 2) {
      const index = String(this.evaluate(argument[0]));
      const items = this.evaluate(argument[1]);
      const isIndex = /^\d+$/.test(index);
      if (isIndex && index.length < 6 && Array.isArray(items) && Number(index) < items.length) return items[Number(index)];
      if (items instanceof Partial && items.parts.length === 1 && isIndex) {
        const [part] = items.parts;
        const name = part instanceof Unknown ? part.name : String(part);
        return this.open(`${name} ${index}`, `element ${index} of ${name}`);
      }
    }
    return this.open("Select", "the result of Fn::Select");
  }

  split(argument) {
    if (Array.isArray(argument) && argument.length === 2 && typeof argument[0] === "string" && argument[0]) {
      const text = this.evaluate(argument[1]);
      if (typeof text === "string") return text.split(argument[0]);
    }
    return this.open("Split", "the result of Fn::Split");
  }

  findInMap(argument) {
    if (!Array.isArray(argument) || argument.length < 3) return this.open("FindInMap", "the result of Fn::FindInMap");
    let value = this.mappings;
    const keys = argument.slice(0, 3).map((key) => this.evaluate(key));
    for (const key of keys) value = isMapping(value) && Object.hasOwn(value, String(key)) ? value[String(key)] : null;
    if (value !== null) return this.evaluate(value);
    const names = keys.filter((key) => !(key instanceof Partial)).map(String).join(" ");
    return this.open(names || "FindInMap", `the result of Fn::FindInMap ${names}`);
  }

  importValue(argument) {
    const name = this.evaluate(argument);
    const text = isText(name) ? camel(String(name)) : "";
    return this.reader.value(String(name), text) ?? this.open(text || "ImportValue", `the export ${name}`);
  }

  if(argument) {
    if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== "string") {
      return this.open("If", "the result of Fn::If");
    }
    const [name, then, otherwise] = argument;
    const holds = this.condition(name);
    if (holds !== null) return this.evaluate(holds ? then : otherwise);
    if (!this.told.has(name)) {
      this.told.add(name);
      const message = `it cannot be told whether the condition ${name} holds; give its parameters a value`;
      this.reader.notice("problem", this.document.where(["Conditions", name]), message);
    }
    return this.open(name, `what the condition ${name} decides`);
  }

  toJsonString(argument) {
    const value = this.evaluate(argument);
    if (!allKnown(value)) return this.open("ToJsonString", "the result of Fn::ToJsonString");
    return spaced(value);
  }

  // conditions

  /** Whether a condition holds; null if the template does not tell. */
  condition(name) {
    if (this.busy.has(name) || !Object.hasOwn(this.conditions, name)) return null;
    this.busy.add(name);
    const holds = this.#holds(this.conditions[name]);
    this.busy.delete(name);
    return holds;
  }

  #holds(value) {
    if (!isMapping(value) || Object.keys(value).length !== 1) return null;
    const [[name, argument]] = Object.entries(value);
    if (name === "Condition") return typeof argument === "string" ? this.condition(argument) : null;
    if (!Array.isArray(argument)) return null;
    if (name === "Fn::Equals" && argument.length === 2) {
      const sides = argument.map((item) => this.evaluate(item));
      if (sides.some((side) => !["string", "number", "boolean", "bigint"].includes(typeof side))) return null;
      return String(sides[0]) === String(sides[1]);
    }
    const inner = argument.map((item) => this.#holds(item));
    if (name === "Fn::Not" && inner.length === 1) return inner[0] === null ? null : !inner[0];
    if (name === "Fn::And") return inner.includes(false) ? false : inner.includes(null) ? null : true;
    if (name === "Fn::Or") return inner.includes(true) ? true : inner.includes(null) ? null : false;
    return null;
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

function section(value, name) {
  return isMapping(value[name]) ? value[name] : {};
}

function glued(glue, items) {
  return items.flatMap((item, index) => (index ? [glue, item] : [item]));
}

function allKnown(value) {
  if (Array.isArray(value)) return value.every(allKnown);
  if (isMapping(value)) return Object.values(value).every(allKnown);
  return !(value instanceof Partial);
}
