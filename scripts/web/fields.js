// What a form asks for: what people know, such as the URI of an image, in the place of the placeholders that are in it.

const S3 = /^s3:\/\/([^/\s]+)(?:\/(\S*))?$/;
const IMAGE = /^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@\s]+)(?:[:@]\S*)?$/;

/** Kinds of values that have the values of several placeholders: how those end, and how one is read and written. */
const KINDS = [
  {
    title: "S3 URI",
    ends: ["Bucket", "Prefix"],
    example: "s3://amzn-s3-demo-bucket/data/train",
    /** A prefix of a folder has no slash at its end; the beginning of keys has the one that was given. */
    read: (text, isFolder) => {
      const [, bucket, prefix = ""] = S3.exec(text) ?? [];
      return bucket && [bucket, isFolder ? prefix.replace(/\/+$/, "") : prefix];
    },
    write: ([bucket, prefix]) => `s3://${bucket}/${prefix}`,
  },
  {
    title: "image URI",
    ends: ["RegistryAccount", "RegistryRegion", "Repository"],
    example: "111122223333.dkr.ecr.us-west-2.amazonaws.com/my-repository:latest",
    read: (text) => IMAGE.exec(text)?.slice(1),
    write: ([account, region, repository]) => `${account}.dkr.ecr.${region}.amazonaws.com/${repository}`,
  },
];

const capital = (text) => text[0].toUpperCase() + text.slice(1);
/** The words of a name. */
const words = (name) => name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2");

/**
 * The questions of a form.
 *
 * @param {{name: string, text: string, example: string, fault: string}[]} fields the placeholders
 * @param {string} policies the texts that have them
 */
export const questions = (fields, policies) => {
  const known = new Map(fields.map((field) => [field.name, field]));
  const asked = [];
  for (const field of fields) {
    if (!known.has(field.name)) continue;
    const group = KINDS.map((kind) => grouped(kind, field.name, known, policies)).find(Boolean);
    for (const name of group?.names ?? [field.name]) known.delete(name);
    asked.push(group ?? single(field));
  }
  return asked;
};

function single({ name, text, example, fault }) {
  return { id: name, label: name, names: [name], text, example, faults: [fault], read: (value) => ({ [name]: value }), write: (values) => values[name] ?? "" };
}

function grouped(kind, name, known, policies) {
  const end = kind.ends.find((one) => name.endsWith(one));
  if (!end) return null;
  const begin = name.slice(0, -end.length);
  const names = kind.ends.map((one) => `${begin}${one}`);
  if (!names.every((one) => known.has(one))) return null;
  const [, prefix] = names;
  const isFolder = policies.includes(`\${${prefix}}/`);
  // Where a prefix is a folder and a beginning, no one text says both.
  if (isFolder && policies.includes(`\${${prefix}}*`)) return null;
  return {
    id: begin || kind.title.replace(" ", ""),
    label: capital(words(`${begin.replace(/Image$/, "")} ${kind.title}`).trim()),
    names,
    text: "",
    example: kind.example,
    faults: names.map((one) => known.get(one).fault),
    read: (text) => {
      const parts = kind.read(text.trim(), isFolder) ?? [];
      return Object.fromEntries(names.map((one, index) => [one, parts[index] ?? ""]));
    },
    write: (values) => (names.every((one) => values[one]) ? kind.write(names.map((one) => values[one])) : ""),
  };
}
