// Reads Kubernetes manifests of the ACK controller for SageMaker (sagemaker.services.k8s.aws).

import { Partial, Unknown, isMapping } from "../engine/partial.js";
import { style } from "./names.js";
import { put } from "./places.js";

const FACTS = [
  ["Region", "services.k8s.aws/region"],
  ["Account", "services.k8s.aws/owner-account-id"],
];

/** The requests of a manifest; other kinds of object are passed over. */
export function* read(reader, document) {
  yield* objects(reader, document, document.value, []);
}

function* objects(reader, document, value, path) {
  if (!isMapping(value)) return;
  if (Array.isArray(value.items)) {
    for (const [index, item] of value.items.entries()) yield* objects(reader, document, item, [...path, "items", index]);
    return;
  }
  const { kind } = value;
  if (typeof value.apiVersion !== "string" || !value.apiVersion.startsWith(reader.catalog.data.prefixes.ack) || typeof kind !== "string") return;
  const metadata = isMapping(value.metadata) ? value.metadata : {};
  const name = typeof metadata.name === "string" ? metadata.name : "";
  if (!isMapping(value.spec)) {
    reader.notice("problem", document.where([...path, "kind"]), `the ${kind} ${name} has no spec`);
    return;
  }
  const annotations = isMapping(metadata.annotations) ? metadata.annotations : {};
  const facts = {};
  for (const [fact, key] of FACTS) if (typeof annotations[key] === "string") {
    facts[fact] = [annotations[key], [...path, "metadata", "annotations", key]];
  }
  const label = name ? `${kind} ${name} of ${document.name}` : document.name;
  yield {
    operation: `Create${kind}`,
    members: resolved(reader, value.spec, label),
    style: style(),
    path: [...path, "spec"],
    label,
    facts,
  };
}

/** A spec with its references to other objects (roleRef: {from: {name: …}}) as members not known yet. */
function resolved(reader, value, label) {
  if (Array.isArray(value)) return value.map((item) => resolved(reader, item, label));
  if (!isMapping(value)) return value;
  const out = {};
  for (const [key, item] of Object.entries(value)) {
    const target = reference(item);
    const add = (name, part) => {
      if (!Object.hasOwn(out, name)) put(out, name, part);
    };
    if (key.endsWith("Ref") && target) {
      add(key.slice(0, -3), part(reader, key.slice(0, -3), target, label));
    } else if (key.endsWith("Refs") && Array.isArray(item) && item.length && item.every(reference)) {
      add(`${key.slice(0, -4)}s`, item.map((one) => part(reader, "", reference(one), label)));
    } else {
      put(out, key, resolved(reader, item, label));
    }
  }
  return out;
}

/** What a member takes from another object: what the user gave for it, else not known yet. */
function part(reader, member, target, label) {
  const what = `${member && `${member}, `}from the object ${target} (${label})`;
  const part = reader.part(target, what, { aliases: [member, target].filter(Boolean), key: `object ${target}` });
  return part instanceof Unknown ? new Partial([part]) : part;
}

function reference(value) {
  const name = isMapping(value) && isMapping(value.from) ? value.from.name : "";
  return typeof name === "string" ? name : "";
}
