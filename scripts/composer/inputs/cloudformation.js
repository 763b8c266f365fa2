// Reads AWS CloudFormation: the requests that a template's SageMaker resources, or one resource, stand for.

import { isMapping } from "../engine/partial.js";
import { InputError } from "../errors.js";
import { comparable, plain, style } from "./names.js";
import { own } from "./places.js";
import { renamed } from "./renames.js";
import { Template } from "./template.js";

const TRANSFORM = "Fn::Transform";

/** How many combinations of undecided conditions a resource is composed for. */
const MAX_VARIANTS = 16;

/** The requests that a template's SageMaker resources stand for. */
export function* read(reader, document) {
  const { value } = document;
  if (!isMapping(value)) throw new InputError("no template; it must be a mapping with Resources", document.where());
  const single = !Object.hasOwn(value, "Resources") && Object.hasOwn(value, "Type");
  const resources = single ? { Resource: value } : value.Resources;
  if (!isMapping(resources)) throw new InputError("no template; it has no Resources", document.where());
  const template = new Template(reader, document, single ? {} : value, resources);
  const data = reader.data("cloudformation");
  const prefix = reader.catalog.data.prefixes.cloudformation;
  const how = style({
    members: Object.fromEntries(Object.entries(data.members ?? {}).map(([key, text]) => [plain(key), text])),
    ignored: (data.ignored ?? []).map(plain),
  });
  macros(reader, document, value, data);
  for (const [name, resource] of template.resources) {
    const path = single ? [] : template.paths.get(name);
    const kind = isMapping(resource) ? resource.Type : null;
    if (name === TRANSFORM && !single) {
      transformed(reader, document, path.slice(0, -1), { [name]: resource });
      continue;
    }
    if (!single) transformed(reader, document, path, resource);
    if (typeof kind !== "string") continue;
    if (!kind.startsWith(prefix)) {
      if (Object.hasOwn(template.references, kind)) {
        transformed(reader, document, [...path, "Properties"], resource.Properties);
      }
      elsewhere(reader, document.where(path), name, kind, data);
      continue;
    }
    const known = own(data.types ?? {}, kind) ?? {};
    const operation = known.operation ?? `Create${kind.slice(prefix.length)}`;
    if (!reader.names.operation(operation)) continue;
    transformed(reader, document, [...path, "Properties"], resource.Properties);
    const label = `${single ? kind : name} of ${document.name}`;
    for (const [members, suffix] of variants(reader, template, document, name, resource, path)) {
      const moved = renamed(members, known.members);
      yield { operation, members: moved, style: how, path: [...path, "Properties"], label: label + suffix };
    }
  }
}

/** Names the macros that may change a template: what they make is not read. */
function macros(reader, document, template, data) {
  for (const item of [template.Transform].flat()) {
    const name = isMapping(item) ? item.Name : item;
    if (typeof name !== "string" || (data.transforms ?? []).includes(name)) continue;
    const message = `the macro ${name} can change the template; give the processed template to have that read`;
    reader.notice("note", document.where(["Transform"]), message);
  }
  transformed(reader, document, [], template);
}

/** Names a macro, such as AWS::Include, that adds to a part of a template: what it makes is not read. */
function transformed(reader, document, path, value) {
  if (!isMapping(value) || !Object.hasOwn(value, TRANSFORM)) return;
  const message = "what Fn::Transform makes is not read; give the processed template to have that read";
  reader.notice("note", document.where([...path, TRANSFORM]), message);
}

/** Names a resource whose own resources are in another template. */
function elsewhere(reader, where, name, kind, data) {
  const what = kind.endsWith("::MODULE") ? "a module" : own(data.nested ?? {}, kind);
  if (what) reader.notice("note", where, `${name} is ${what}, whose resources are not read; give its template as well`);
}

/**
 * The properties of a resource for each way in which undecided conditions can turn out, with an end for its label. What
 * holds either way, and what only one way needs, are both composed; a note says what decides.
 */
function* variants(reader, template, document, name, resource, path) {
  // What an earlier resource supposed about conditions does not hold here.
  template.assuming({}, null);
  const condition = resource.Condition;
  const pending = [{}];
  if (typeof condition === "string") {
    const holds = template.condition(condition);
    if (holds === false) {
      const message = `${name} is ignored: its condition ${condition} is false`;
      reader.notice("note", document.where(path), message);
      return;
    }
    if (holds === null) {
      const message = `${name} is composed, though its condition ${condition} might be false; ${template.decides(condition)}`;
      reader.notice("note", document.where(path), message);
      pending[0][condition] = true;
    }
  }
  const properties = Object.hasOwn(resource, "Properties") ? resource.Properties : {};
  const done = [];
  while (pending.length) {
    const assumed = pending.shift();
    const [members, undecided] = template.assuming(assumed, properties);
    if (undecided && pending.length + done.length + 2 <= MAX_VARIANTS) {
      pending.push({ ...assumed, [undecided]: true }, { ...assumed, [undecided]: false });
      continue;
    }
    if (undecided) {
      const message = `too many conditions of ${name} cannot be decided, ${undecided} among them; ${template.decides(undecided)}`;
      reader.notice("problem", document.where(["Conditions", undecided]), message);
    }
    done.push([assumed, members]);
  }
  if (!done.every(([, members]) => isMapping(members))) {
    reader.notice("problem", document.where(path), `the Properties of ${name} must be a mapping`);
    return;
  }
  const names = [...new Set(done.flatMap(([assumed]) => Object.keys(assumed)))].filter((key) => key !== condition);
  for (const key of names) {
    const [first, second] = [true, false].map((way) => done.find(([assumed]) => assumed[key] === way)?.[1] ?? {});
    const differs = differing(first, second, "").slice(0, 6).join(", ");
    if (!differs) continue;
    const message = `${name} is composed for both ways that the condition ${key} can turn out, which differ in ${differs}`;
    reader.notice("note", document.where(["Conditions", key]), `${message}; ${template.decides(key)}`);
  }
  for (const [assumed, members] of done) {
    const cases = Object.entries(assumed)
      .filter(([key]) => names.includes(key))
      .map(([key, holds]) => `${holds ? "" : "not "}${key}`);
    yield [members, cases.length ? ` if ${cases.join(" and ")}` : ""];
  }
}

/** The paths at which two values differ; a list that differs counts as one. */
function differing(first, second, path) {
  if (!isMapping(first) || !isMapping(second)) return comparable([first]) === comparable([second]) ? [] : [path];
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return keys.flatMap((key) => differing(own(first, key), own(second, key), path ? `${path}.${key}` : key));
}
