// What containers do with the role's credentials because of the keys that a request hands to them. Pure.
// The same algorithm, step by step, as scripts/sagemaker_roles/engine/containers.py.

import { formsOf } from "../catalog.js";
import { spared } from "./sparing.js";
import { match } from "./values.js";

/** What of the resources that one request names containers read: {container, read, named}, in the order of records. */
export function handed(catalog, request, named) {
  const within = named.filter((item) => item.key && !spared(catalog, request, item, true));
  if (!within.length) return [];
  const images = named.filter((item) => item.kind === "image");
  const handed = catalog.containers.flatMap((container) =>
    container.reads.flatMap((read) =>
      within
        .filter(
          (item) =>
            read.members.includes(item.member) && read.keys.includes(item.key) && runs(catalog, container, item, images),
        )
        .map((item) => ({ container, read, named: item })),
    ),
  );
  // What is known of the very image goes before what is known of the key alone.
  const recognized = new Set(handed.filter(({ container }) => container.images.length).map((one) => one.named));
  return handed.filter((one) => one.container.images.length || !recognized.has(one.named));
}

/** The entries that are for a value, each with the value as data/resources reads it. */
export function entriesFor(catalog, { read, named }, finder) {
  const text = finder.readable(named);
  return read.entries
    .filter((entry) => {
      const free = Object.keys(entry.parameters).filter((name) => !Object.hasOwn(entry.constants, name));
      if (free.length !== 1) return false;
      const kind = catalog.kind(entry.parameters[free[0]]);
      const matched = match(kind, text);
      return matched !== null && formsOf(entry, free[0], kind).includes(matched.form);
    })
    .map((entry) => [entry, text]);
}

/** Whether a container runs what a key is handed to: by the images that stand nearest to the key. */
function runs(catalog, container, named, images) {
  if (!container.images.length) return true;
  const common = images.map((item) => shared(item, named));
  const most = Math.max(...common);
  return images
    .filter((_, index) => common[index] === most)
    .some((item) => {
      const matched = match(catalog.kind("ecr-image"), item.text);
      const repository = matched?.fields.get("Repository") ?? "";
      return container.images.some((pattern) => new RegExp(`^(?:${pattern})$`, "u").test(repository));
    });
}

/** How many steps two places have in common. */
function shared(one, other) {
  let count = 0;
  while (count < one.steps.length && count < other.steps.length && one.steps[count] === other.steps[count]) count += 1;
  return count;
}
