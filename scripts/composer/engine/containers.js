// What containers do with the role's credentials because of the keys that a request hands to them. Pure.
// The same algorithm, step by step, as scripts/sagemaker_roles/engine/containers.py.

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
  const keyed = new Set(handed.map(({ named: item }) => item));
  return [
    ...handed.filter((one) => one.container.images.length || !recognized.has(one.named)),
    ...catalog.containers.flatMap((container) =>
      container.reads.flatMap((read) =>
        within
          .filter(
            (item) =>
              !read.keys.length &&
              read.members.includes(item.member) &&
              !keyed.has(item) &&
              runs(catalog, container, item, images) &&
              !isBeside(request, item, read.unless),
          )
          .map((item) => ({ container, read, named: item })),
      ),
    ),
  ];
}

/** The entries that are for a value, each with the value as data/resources reads it. */
export function entriesFor(catalog, { read, named }, finder) {
  const text = finder.readable(named);
  return read.entries
    .filter((entry) => {
      if (entry.free.length !== 1) return false;
      const [{ name, kind }] = entry.free;
      return entry.accepted[name].includes(match(catalog.kind(kind), text)?.form.id);
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
      return (
        container.images.some((pattern) => new RegExp(`^(?:${pattern})$`, "u").test(repository)) &&
        (!container.registries.length || isIn(catalog, container.registries, matched.fields))
      );
    });
}

/** Whether an image is in one of some registries of AWS. */
function isIn(catalog, registries, fields) {
  return Object.values(catalog.data.companions ?? {}).some((kind) =>
    (kind.aws_accounts ?? []).some(
      (item) =>
        registries.includes(item.title) && item.accounts[fields.get("RegistryRegion")] === fields.get("RegistryAccount"),
    ),
  );
}

/** Whether one of some keys is next to that of a resource, or what is next to it cannot be told. */
function isBeside(request, named, keys) {
  if (!keys.length) return false;
  let value = request.members;
  for (const step of named.steps.slice(0, named.steps.indexOf(named.member) + 1)) {
    if (value === null || typeof value !== "object") return true;
    value = value[step];
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return true;
  return keys.some((key) => Object.hasOwn(value, key));
}

/** How many steps two places have in common. */
function shared(one, other) {
  let count = 0;
  while (count < one.steps.length && count < other.steps.length && one.steps[count] === other.steps[count]) count += 1;
  return count;
}
