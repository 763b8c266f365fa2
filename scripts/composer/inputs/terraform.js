// Reads `terraform show -json`: the aws_sagemaker_* resources of a plan, or of a state.

import { Partial, isMapping } from "../engine/partial.js";
import { InputError } from "../errors.js";
import { plain, style } from "./names.js";
import { textOf } from "./numbers.js";
import { own, put } from "./places.js";
import { renamed } from "./renames.js";

const REGION = ["configuration", "provider_config", "aws", "expressions", "region", "constant_value"];

/** The requests that a plan's resources stand for. */
export function* read(reader, document) {
  const plan = document.value;
  if (!isMapping(plan)) throw new InputError("no plan; give what `terraform show -json` prints", document.where());
  const part = "planned_values" in plan ? "planned_values" : "values";
  const root = isMapping(plan[part]) ? plan[part].root_module : null;
  if (!isMapping(root)) {
    const what = "no planned_values or values; give what `terraform show -json` prints for a plan or a state";
    throw new InputError(what, document.where());
  }
  const data = reader.data("terraform");
  const prefix = reader.catalog.data.prefixes.terraform;
  const unknown = new Map(
    mappings(plan.resource_changes)
      .filter((change) => isMapping(change.change) && typeof change.address === "string")
      .map((change) => [change.address, change.change.after_unknown]),
  );
  const region = regionOf(plan);
  const how = style({
    blocks: true,
    members: Object.fromEntries(Object.entries(data.members ?? {}).map(([key, value]) => [plain(key), value])),
    ignored: (data.ignored ?? []).map(plain),
  });
  for (const [resource, path] of resources(root, [part, "root_module"])) {
    const { type, values } = resource;
    if (typeof type !== "string" || !type.startsWith(prefix) || resource.mode === "data") continue;
    const known = data.types?.[type] ?? {};
    const operation = known.operation || `Create${type.slice(prefix.length).replaceAll("_", "")}`;
    if (!reader.names.operation(operation)) continue;
    const address = typeof resource.address === "string" ? resource.address : type;
    if (!isMapping(values)) {
      reader.notice("problem", document.where(path), `${address} has no values`);
      continue;
    }
    const members = reader.names.members(reader.names.inputs[reader.names.operation(operation)]);
    const moved = known.members ?? {};
    const merged = withUnknown(reader, values, unknown.get(address), address, textOf(resource.name ?? ""), []);
    if (!isMapping(merged)) {
      reader.notice("problem", document.where(path), `nothing of ${address} is known`);
      continue;
    }
    // Attributes only the provider computes are no members, and the plan does not know them yet.
    const kept = Object.fromEntries(
      Object.entries(merged).filter(
        ([key]) =>
          Object.hasOwn(values, key) || Object.hasOwn(moved, key) || members.has(plain(key)) || members.has(`${plain(key)}s`),
      ),
    );
    const place = typeof values.region === "string" ? [values.region, [...path, "values", "region"]] : [region, REGION];
    yield {
      operation,
      members: renamed(kept, moved),
      style: how,
      path: [...path, "values"],
      label: `${address} of ${document.name}`,
      facts: place[0] ? { Region: place } : {},
    };
  }
}

function mappings(value) {
  return Array.isArray(value) ? value.filter(isMapping) : [];
}

function resources(module, path) {
  const resources = [];
  const left = [[module, path]];
  for (const [here, at] of left) {
    for (const key of ["resources", "child_modules"]) {
      for (const [index, item] of (Array.isArray(here[key]) ? here[key] : []).entries()) {
        if (isMapping(item)) (key === "resources" ? resources : left).push([item, [...at, key, index]]);
      }
    }
  }
  return resources;
}

function regionOf(plan) {
  let value = plan;
  for (const key of REGION) value = own(value, key);
  return typeof value === "string" ? value : "";
}

/** What placeholders of a resource begin with: its modules, its name and its key, without its type. */
function nameOf(address, prefix) {
  const words = address.split(/[^A-Za-z0-9_-]+/).filter((word) => word && word !== "module" && !word.startsWith(prefix));
  return words.join("-");
}

/** Planned values with what is known only after apply (after_unknown) put in as not known yet. */
function withUnknown(reader, values, unknown, address, name, path) {
  if (unknown === true) {
    const members = path.filter((part) => typeof part === "string");
    const last = members.at(-1) ?? "";
    const what = `${members.join(".")} of ${address}, known only after apply`;
    const key = JSON.stringify([address, path]);
    const part = reader.part(`${nameOf(address, reader.catalog.data.prefixes.terraform)}-${last}`, what, { aliases: [`${name}_${last}`], key });
    return new Partial([part]);
  }
  const isNone = values === null || values === undefined;
  if (isMapping(unknown) && (isMapping(values) || isNone)) {
    const merged = { ...values };
    for (const [key, inner] of Object.entries(unknown)) {
      if (inner === false || (inner !== null && typeof inner === "object" && !Object.keys(inner).length)) continue;
      const known = Object.hasOwn(merged, key) ? merged[key] : null;
      put(merged, key, withUnknown(reader, known, inner, address, name, [...path, key]));
    }
    return merged;
  }
  if (Array.isArray(unknown) && (Array.isArray(values) || isNone)) {
    const longer = [...(values ?? [])];
    while (longer.length < unknown.length) longer.push(null);
    return longer.map((item, index) =>
      withUnknown(reader, item, index < unknown.length ? unknown[index] : null, address, name, [...path, index]),
    );
  }
  return values;
}
