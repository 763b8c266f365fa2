// Reads SageMaker Pipelines definitions: the requests that the steps carry.

import { Partial, Unknown, isText, joined } from "../engine/partial.js";
import { parseJson } from "./json.js";
import { plain, style } from "./names.js";
import { Document, InputError, isMapping } from "./places.js";
import { camel } from "./reader.js";

const STYLE = style();
const OPERATION = "CreatePipeline";

/**
 * The requests of a definition: that of its pipeline, which the definition is all of, and those of its steps. Where an
 * operation is wanted that is not the pipeline's, its steps' requests stand for themselves.
 */
export function* found(reader, document) {
  const wholePipeline = ["", OPERATION].includes(reader.wanted ?? "") && reader.catalog.has(OPERATION);
  const steps = [...ofSteps(reader, document)];
  const message = "the pipeline's own role is not in it; its CreatePipeline request tells that";
  reader.notice("note", document.name, message);
  if (wholePipeline) {
    const text = JSON.stringify(document.value);
    reader.definitionsRead.add(text);
    const members = { PipelineDefinition: text };
    yield { operation: OPERATION, members, style: STYLE, path: [], label: document.name };
  }
  for (const step of steps) yield { ...step, byService: wholePipeline };
}

/** The requests of a definition's steps, those inside conditions too. */
function* ofSteps(reader, document) {
  const definition = document.value;
  if (!isMapping(definition) || !Array.isArray(definition.Steps)) {
    throw new InputError("no pipeline definition; it must have a list of Steps", document.where());
  }
  const pipeline = new Pipeline(reader, document.name, definition);
  for (const [step, path] of pipeline.steps) yield* pipeline.requests(step, path, document);
}

/** The requests of a definition that a CreatePipeline request carries as text. */
export function* embedded(reader, text, label) {
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
      yield* ofSteps(reader, new Document(value, label));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      reader.notice("problem", label, error.message);
    }
  }
}

class Pipeline {
  constructor(reader, name, definition) {
    Object.assign(this, { reader, name, busy: new Set() });
    this.parameters = new Map(
      list(definition.Parameters)
        .filter((item) => isMapping(item) && typeof item.Name === "string")
        .map((item) => [item.Name, item]),
    );
    this.steps = stepsOf(definition.Steps);
    this.byName = new Map(this.steps.filter(([step]) => typeof step.Name === "string").map(([step]) => [step.Name, step]));
  }

  *requests(step, path, document) {
    const { names } = this.reader;
    const name = step.Name ?? "";
    const operations = this.#operations(String(step.Type));
    if (!operations.length) return;
    if (!isMapping(step.Arguments)) {
      this.reader.notice("problem", document.where(path), `the step ${name || "without a name"} has no Arguments`);
      return;
    }
    const given = Object.keys(step.Arguments).map(plain);
    let operation = "";
    let most = -1;
    for (const item of operations.filter((known) => Object.hasOwn(names.inputs, known))) {
      const members = names.members(names.inputs[item]);
      const shared = new Set(given.filter((member) => members.has(member))).size;
      if (shared > most) [operation, most] = [item, shared];
    }
    if (!operation) return;
    const label = `step ${name} of ${this.name}`;
    yield { operation, members: this.resolved(step.Arguments), style: STYLE, path: [...path, "Arguments"], label };
  }

  #operations(kind) {
    const { catalog } = this.reader;
    const steps = catalog.has("CreatePipeline") ? catalog.operation("CreatePipeline").steps : {};
    return Object.hasOwn(steps, kind) ? steps[kind] : [];
  }

  /** Arguments with their references worked out. */
  resolved(value) {
    if (Array.isArray(value)) return value.map((item) => this.resolved(item));
    if (!isMapping(value)) return value;
    const entries = Object.entries(value);
    if (entries.length === 1) {
      const [[key, argument]] = entries;
      if (key === "Get" && typeof argument === "string") return this.#get(argument);
      if (key === "Std:Join" && isMapping(argument)) return this.#join(argument);
      if (key.startsWith("Std:")) return this.#open(key.slice(4), `the result of ${key}`);
    }
    return Object.fromEntries(entries.map(([key, item]) => [key, this.resolved(item)]));
  }

  #open(name, what) {
    return new Partial([new Unknown(this.reader.unknown(name, `${what} in ${this.name}`))]);
  }

  #join({ On: glue = "", Values: items }) {
    if (typeof glue !== "string" || !Array.isArray(items)) return this.#open("Join", "the result of Std:Join");
    const texts = this.resolved(items).map((item) => (isText(item) ? item : String(item)));
    return joined(texts.flatMap((text, index) => (index ? [glue, text] : [text])));
  }

  #get(reference) {
    const dot = reference.indexOf(".");
    const kind = dot < 0 ? reference : reference.slice(0, dot);
    const rest = dot < 0 ? "" : reference.slice(dot + 1);
    if (kind === "Parameters") {
      const given = this.reader.value(rest, camel(rest));
      if (given !== null) return given;
      const value = this.parameters.get(rest)?.DefaultValue ?? "";
      return value === "" ? this.#open(rest, `the parameter ${rest}`) : value;
    }
    if (kind === "Steps" && !this.busy.has(reference)) {
      this.busy.add(reference);
      const value = this.#ofStep(rest);
      this.busy.delete(reference);
      if (isText(value) && value.length) return value;
    }
    return this.reader.value(camel(reference)) ?? this.#open(reference, reference);
  }

  /** A property of a step that its own arguments tell: what is asked for is what was requested. */
  #ofStep(rest) {
    const names = [...this.byName.keys()].sort((a, b) => b.length - a.length);
    const name = names.find((item) => rest.startsWith(`${item}.`)) ?? "";
    let value = this.byName.get(name)?.Arguments;
    for (const part of partsOf(rest.slice(name.length + 1))) {
      if (isMapping(value)) value = Object.hasOwn(value, part) ? value[part] : null;
      else if (Array.isArray(value)) value = /^\d+$/.test(part) ? value[Number(part)] ?? called(value, part) : called(value, part);
      else return null;
    }
    return value === null || value === undefined ? null : this.resolved(value);
  }
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

function stepsOf(steps) {
  const found = [];
  const left = steps.map((step, index) => [step, ["Steps", index]]);
  for (const [step, at] of left) {
    if (!isMapping(step)) continue;
    found.push([step, at]);
    for (const branch of ["IfSteps", "ElseSteps"]) {
      const inner = isMapping(step.Arguments) ? step.Arguments[branch] : null;
      list(inner).forEach((item, index) => left.push([item, [...at, "Arguments", branch, index]]));
    }
  }
  return found;
}

function partsOf(path) {
  return path
    .replaceAll("]", "")
    .replaceAll("[", ".")
    .split(".")
    .map((word) => word.replace(/^['"]+|['"]+$/g, ""))
    .filter(Boolean);
}

function called(items, name) {
  return items.find(
    (item) => isMapping(item) && Object.entries(item).some(([key, value]) => key.endsWith("Name") && value === name),
  );
}
