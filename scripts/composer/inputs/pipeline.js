// Reads SageMaker Pipelines definitions: the requests that the steps carry.

import { extend, spaced } from "../canonical.js";
import { ANY, Partial, Unknown, isMapping, isText, joined } from "../engine/partial.js";
import { InputError } from "../errors.js";
import { MAX_LEVELS, MAX_TEXT, MAX_TEXTS, camel } from "./interfaces.js";
import { parseJson } from "./json_text.js";
import { plain, style } from "./names.js";
import { textOf } from "./numbers.js";
import { Document, own, put } from "./places.js";

const STYLE = style();
const OPERATION = "CreatePipeline";
const INDEX = /^[0-9]{1,9}$/;
const URI = 2048;
const IN_KEY = /s3:\/\/[^/ \t\r\n"',]+\/[^ \t\r\n"',]*$/;

/**
 * The requests of a definition: that of its pipeline, which the definition is all of, and those of its steps. Where an
 * operation is wanted that is not the pipeline's, its steps' requests stand for themselves.
 */
export function* read(reader, document) {
  const wholePipeline = ["", OPERATION].includes(reader.wanted ?? "") && reader.catalog.has(OPERATION);
  const steps = [...ofSteps(reader, document, {})];
  const message = "the pipeline's own role is not in it; its CreatePipeline request names it";
  reader.notice("note", document.name, message);
  if (wholePipeline) {
    const text = spaced(document.value);
    reader.definitionsRead.add(text);
    const members = { PipelineDefinition: text };
    yield { operation: OPERATION, members, style: STYLE, path: [], label: document.name };
  }
  for (const step of steps) yield { ...step, byService: wholePipeline };
}

/** The requests of a definition's steps, those inside conditions too; request: the members that carry it. */
function* ofSteps(reader, document, request) {
  const definition = document.value;
  if (!isMapping(definition) || !Array.isArray(definition.Steps)) {
    throw new InputError("no pipeline definition; it must have a list of Steps", document.where());
  }
  const pipeline = new Pipeline(reader, document.name, definition, request);
  pipeline.handOn();
  for (const [step, path] of pipeline.steps) yield* pipeline.requests(step, path, document);
}

/** The requests of the definition that the members of a CreatePipeline request carry as text. */
export function* embedded(reader, request, label) {
  const text = request.PipelineDefinition;
  if (text instanceof Partial) {
    reader.notice("note", label, "the pipeline's definition is not known yet, so its steps are not read");
    return;
  }
  let values;
  try {
    values = parseJson(text, `PipelineDefinition of ${label}`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    reader.notice("problem", label, `the pipeline's definition cannot be read: ${error.where}: ${error.message}`);
    return;
  }
  for (const { value } of values) {
    try {
      yield* ofSteps(reader, new Document(value, label), request);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      reader.notice("problem", label, error.message);
    }
  }
}

class Pipeline {
  constructor(reader, name, definition, request) {
    Object.assign(this, { reader, name, definition, request, known: new Map(), busy: new Set(), called: new Map(), ofRuns: new Set() });
    this.depth = 0;
    this.left = MAX_TEXTS;
    this.data = reader.data("pipeline");
    this.parameters = new Map(
      list(definition.Parameters)
        .filter((item) => isMapping(item) && typeof item.Name === "string")
        .map((item) => [item.Name, item]),
    );
    this.steps = stepsOf(definition.Steps);
    this.byName = new Map(this.steps.filter(([step]) => typeof step.Name === "string").map(([step]) => [step.Name, step]));
  }

  /** Gives the values that steps name outside the request of an operation to the parameters that are for them. */
  handOn() {
    for (const rule of this.data.handed_on ?? []) {
      for (const step of "step" in rule ? this.steps.map(([item]) => item) : [this.definition]) {
        if ("step" in rule && step.Type !== rule.step) continue;
        const value = at(step, rule.member);
        if (value === null || ("beside" in rule && at(step, rule.beside) === null)) continue;
        this.#give(rule.parameter, this.value(value));
      }
    }
    for (const rule of this.data.deleted ?? []) {
      for (const step of this.steps.map(([item]) => item).filter((item) => item.Type === rule.step)) {
        for (const source of list(at(step, rule.each))) this.#give(rule.parameter, this.#deleted(rule, step, source));
      }
    }
    for (const [name, parameter] of Object.entries(this.data.file_functions ?? {})) {
      for (const argument of argumentsOf(this.definition, name)) this.#give(parameter, this.#file(name, argument));
    }
  }

  /** Gives a text, or each of a list, to a parameter. */
  #give(parameter, value) {
    const { given } = this.reader;
    for (const text of Array.isArray(value) ? value : [value]) {
      const values = given.get(parameter) ?? [];
      if (!isText(text) || !text.length || values.some((item) => String(item) === String(text))) continue;
      given.set(parameter, [...values, text]);
    }
  }

  /** What a step deletes: the objects that it names, or all that the step writes which it names instead. */
  #deleted(rule, step, source) {
    const named = at(source, rule.member);
    if (named !== null) return this.value(named);
    const name = at(source, rule.of);
    const other = (typeof name === "string" && this.byName.get(name)) || {};
    const template = typeof other.Type === "string" && Object.hasOwn(rule.outputs, other.Type) ? rule.outputs[other.Type] : null;
    const place = template === null ? null : this.#output(other, template);
    if (place === null) {
      const what = typeof name === "string" ? `the step ${name}` : "another step";
      const own = typeof step.Name === "string" && step.Name ? step.Name : "without a name";
      const message = `the definition does not say where ${what} writes, whose outputs the step ${own} deletes`;
      this.reader.notice("note", this.name, message);
      return null;
    }
    return this.#anyRun(place);
  }

  /** Where the file is that a function reads: the place itself, or a property file of a processing step. */
  #file(name, argument) {
    const place = own(argument, "S3Uri");
    if (place !== null) return this.value(place);
    const reference = at(argument, "PropertyFile.Get");
    const names = typeof reference === "string" ? reference.split(".") : [];
    const step = (names.length === 4 && this.byName.get(names[1])) || null;
    const file = step ? this.#item(list(own(step, "PropertyFiles")), names[3]) : null;
    const [called, path] = [at(file, "OutputName"), at(file, "FilePath")];
    const outputs = list(at(step, "Arguments.ProcessingOutputConfig.Outputs"));
    const output = typeof called === "string" ? this.#item(outputs, called) : null;
    const folder = this.value(at(output, "S3Output.S3Uri"));
    if (!isText(folder) || !folder.length || typeof path !== "string") {
      const shown = typeof reference === "string" ? reference : spaced(argument);
      const message = `the definition does not say where ${name} reads ${shown}, so its placeholder stays`;
      this.reader.notice("note", this.name, message);
      return null;
    }
    return joined([folder, String(folder).endsWith("/") ? path : `/${path}`]);
  }

  *requests(step, path, document) {
    const { names } = this.reader;
    const given = Object.hasOwn(step, "Name") ? step.Name : "";
    const name = typeof given === "string" ? given : spaced(given);
    const operations = typeof step.Type === "string" ? this.#operations(step.Type) : [];
    if (!operations.length) return;
    if (!isMapping(step.Arguments)) {
      this.reader.notice("problem", document.where(path), `the step ${name || "without a name"} has no Arguments`);
      return;
    }
    const members = new Set(Object.keys(step.Arguments).map(plain));
    let operation = "";
    let most = -1;
    for (const item of operations.filter((known) => Object.hasOwn(names.inputs, known))) {
      const shape = names.members(names.inputs[item]);
      const shared = [...members].filter((member) => shape.has(member)).length;
      if (shared > most) [operation, most] = [item, shared];
    }
    if (!operation) return;
    const label = `step ${name} of ${this.name}`;
    yield { operation, members: this.value(step.Arguments), style: STYLE, path: [...path, "Arguments"], label };
  }

  #operations(kind) {
    const { catalog } = this.reader;
    const steps = catalog.has(OPERATION) ? catalog.operation(OPERATION).steps : {};
    return Object.hasOwn(steps, kind) ? steps[kind] : [];
  }

  /**
   * Arguments with their references worked out, and * for what each run names anew in the key of an S3 URI. Elsewhere
   * such a name stays a placeholder: * in the name of a bucket, a role, or a key would be a guess.
   */
  value(value) {
    return this.#anyRun(this.resolved(value));
  }

  #anyRun(value) {
    if (Array.isArray(value)) return value.map((item) => this.#anyRun(item));
    if (isMapping(value)) {
      const out = {};
      for (const [key, item] of Object.entries(value)) put(out, key, this.#anyRun(item));
      return out;
    }
    if (!(value instanceof Partial)) return value;
    const parts = [];
    let before = "";
    for (const part of value.parts) {
      const isUnknown = part instanceof Unknown;
      parts.push(isUnknown && this.ofRuns.has(part.name) && IN_KEY.test(before) ? ANY : part);
      before = (before + (isUnknown ? "x" : part)).slice(-URI);
    }
    return new Partial(parts);
  }

  /** Arguments with their references worked out. */
  resolved(value) {
    if (!Array.isArray(value) && !isMapping(value)) return value;
    if (this.depth >= MAX_LEVELS) return this.#open("TooDeep", "a reference through too many others");
    this.depth += 1;
    const resolved = this.#resolved(value);
    this.depth -= 1;
    return resolved;
  }

  #resolved(value) {
    if (Array.isArray(value)) return value.map((item) => this.resolved(item));
    const entries = Object.entries(value);
    if (entries.length === 1) {
      const [[key, argument]] = entries;
      if (key === "Get" && typeof argument === "string") return this.#get(argument);
      if (key === "Std:Join" && isMapping(argument)) return this.#join(argument);
      if (key.startsWith("Std:")) return this.#open(key.slice(4), `the result of ${key}`, argument);
    }
    const out = {};
    for (const [key, item] of entries) put(out, key, this.resolved(item));
    return out;
  }

  /** What the user gave for a part that the definition does not tell, else an unknown part. */
  #open(name, what, argument = null, aliases = []) {
    const key = `${what} ${spaced(argument)} in ${this.name}`;
    const part = this.reader.part(name, `${what} in ${this.name}`, { key, aliases });
    return part instanceof Unknown ? new Partial([part]) : part;
  }

  #join(argument) {
    const glue = Object.hasOwn(argument, "On") ? argument.On : "";
    const items = own(argument, "Values");
    if (typeof glue !== "string" || !Array.isArray(items)) return this.#open("Join", "the result of Std:Join", argument);
    const texts = this.resolved(items).map((item) => {
      if (isText(item)) return item;
      return Array.isArray(item) || isMapping(item) ? spaced(item) : textOf(item);
    });
    const parts = texts.flatMap((text, index) => (index ? [glue, text] : [text]));
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    this.left -= size;
    if (size > MAX_TEXT || this.left < 0) return this.#open("Join", "the result of Std:Join, a text that is too long,");
    return joined(parts);
  }

  #get(reference) {
    if (!this.known.has(reference)) {
      if (this.busy.has(reference)) return this.#open(reference, reference);
      this.busy.add(reference);
      this.known.set(reference, this.#got(reference));
    }
    return this.known.get(reference);
  }

  #got(reference) {
    const [kind, rest] = cut(reference);
    if (kind === "Parameters") {
      const given = this.reader.value(rest, camel(rest));
      if (given !== null) return given;
      const value = this.parameters.get(rest)?.DefaultValue ?? "";
      return value === "" ? this.#open(rest, `the parameter ${rest}`) : value;
    }
    if (kind === "Steps") {
      const value = this.#ofStep(rest);
      if (isText(value) && value.length) return value;
    }
    const member = (this.data.of_request ?? {})[reference] ?? "";
    const given = own(this.request, member);
    if (isText(given) && given.length) return given;
    const value = this.#open(reference, reference, null, member ? [member] : []);
    if ((this.data.of_each_run ?? []).includes(reference) && value instanceof Partial) {
      for (const part of value.parts) if (part instanceof Unknown) this.ofRuns.add(part.name);
    }
    return value;
  }

  /** A property of a step: what its arguments ask for, or where it writes. */
  #ofStep(rest) {
    const [name, path] = cut(rest);
    const step = this.byName.get(name) ?? {};
    const names = partsOf(path);
    let value = own(step, "Arguments");
    for (const part of names) {
      if (Array.isArray(value)) value = INDEX.test(part) && Number(part) < value.length ? value[Number(part)] : this.#item(value, part);
      else value = own(value, part);
      if (value === null) break;
    }
    if (value !== null && names.length) return this.resolved(value);
    const outputs = this.data.outputs ?? {};
    const ofKind = typeof step.Type === "string" && Object.hasOwn(outputs, step.Type) ? outputs[step.Type] : {};
    const property = names.filter((part) => !INDEX.test(part)).join(".");
    return Object.hasOwn(ofKind, property) ? this.#output(step, ofKind[property]) : null;
  }

  /** Where a step writes: a template with paths in its arguments, and * for names given at run time. */
  #output(step, template) {
    const parts = [];
    for (const [index, piece] of template.split(/\$\{([A-Za-z0-9.]+)\}/).entries()) {
      if (index % 2 === 0) {
        const last = parts.at(-1);
        const endsWithSlash = parts.length > 0 && isText(last) && String(last).endsWith("/");
        const text = piece.startsWith("/") && endsWithSlash ? piece.slice(1) : piece;
        for (const [number, known] of text.split("*").entries()) extend(parts, (number ? [ANY, known] : [known]));
        continue;
      }
      const value = this.resolved(at(step, `Arguments.${piece}`));
      if (!isText(value) || !value.length) return null;
      parts.push(value);
    }
    // No object has so long a name; without a limit, outputs below outputs would grow with each step.
    const text = joined(parts);
    return text.length <= URI ? text : null;
  }

  /** The element of a list whose name (OutputName, ChannelName) is the given one; null if there is none. */
  #item(items, name) {
    let named = this.called.get(items);
    if (!named) {
      named = new Map();
      this.called.set(items, named);
      for (const item of items.filter(isMapping)) {
        for (const [key, value] of Object.entries(item)) {
          if (key.endsWith("Name") && typeof value === "string" && !named.has(value)) named.set(value, item);
        }
      }
    }
    return named.get(name) ?? null;
  }
}

/** The value below members of some names, or null. */
function at(value, path) {
  return path.split(".").reduce((inner, name) => own(inner, name), value);
}

/** A text before and after its first dot. */
function cut(text) {
  const dot = text.indexOf(".");
  return dot < 0 ? [text, ""] : [text.slice(0, dot), text.slice(dot + 1)];
}

/** The arguments of every call of a function. */
function argumentsOf(value, name) {
  const items = [];
  const left = [value];
  for (const item of left) {
    if (isMapping(item)) {
      if (Object.hasOwn(item, name)) items.push(item[name]);
      left.push(...Object.values(item));
    } else if (Array.isArray(item)) left.push(...item);
  }
  return items;
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

function stepsOf(steps) {
  const flat = [];
  const left = steps.map((step, index) => [step, ["Steps", index]]);
  for (const [step, path] of left) {
    if (!isMapping(step)) continue;
    flat.push([step, path]);
    for (const branch of ["IfSteps", "ElseSteps", "ForEachBody"]) {
      const inner = isMapping(step.Arguments) ? step.Arguments[branch] : null;
      list(inner).forEach((item, index) => left.push([item, [...path, "Arguments", branch, index]]));
    }
  }
  return flat;
}

function partsOf(path) {
  return path
    .replaceAll("]", "")
    .replaceAll("[", ".")
    .split(".")
    .map((word) => word.replace(/^['"]+|['"]+$/g, ""))
    .filter(Boolean);
}
