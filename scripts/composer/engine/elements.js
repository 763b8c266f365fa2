// What Resource is in the policy of a resource: its kind in data/companions says it. As
// scripts/sagemaker_roles/engine/elements.py.

import { sorted } from "../comparison.js";
import { partsOf } from "../iam/parts.js";

/** Resource in a policy of a kind for what a statement of a role names. */
export function element(kind, resources) {
  return { all: ["*"], none: [], arns: resources }[kind.element];
}

/** The same for a resource of a service; what is named, if no kind is of the service. */
export function elementOfService(catalog, service, resources) {
  const kinds = catalog.data.companions;
  const name = sorted(Object.keys(kinds)).find((id) => kinds[id].arns?.some((arn) => partsOf(arn).service === service));
  return name ? element(kinds[name], resources) : resources;
}
