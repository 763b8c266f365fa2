// Writes Terraform configuration (HCL) with roles, their policies and the callers' policies.

import { GLOBALS } from "../catalog.js";
import { extend, quoted as shown } from "../canonical.js";
import { Unwritable } from "../errors.js";
import { labels, listed, meaningOf, ownNames, pieces, placeholdersIn } from "./forms.js";

/** Data sources that give the globals. */
export const SOURCES = {
  Partition: ["aws_partition", "partition"],
  Region: ["aws_region", "id"],
  Account: ["aws_caller_identity", "account_id"],
};
/** Names that Terraform keeps for itself where variables of a module are set. */
const RESERVED = ["count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version"];
const ESCAPES = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The configuration: placeholders are variables; partition, Region and account come from the provider. */
export function terraform(...roles) {
  const names = placeholdersIn(roles);
  const own = ownNames(names);
  const variables = new Map(labels(own, variable).map((text, index) => [own[index], text]));
  const blocks = GLOBALS.filter((name) => names.includes(name)).map((name) => `data "${SOURCES[name][0]}" "current" {}`);
  for (const [name, text] of variables) {
    blocks.push(declared(text, meaningOf(roles, name), roles.some((role) => role.lists.has(name))));
  }
  const stems = roles.length === 1 ? [""] : labels(roles.map((role) => role.name), stem);
  roles.forEach((role, index) => extend(blocks, blocksOf(role, stems[index], variables)));
  return `${blocks.join("\n\n")}\n`;
}

/** A variable of the module, described by what it stands for. */
export function declared(name, meaning, isList = false) {
  const lines = [`  type        = ${isList ? "list(string)" : "string"}`];
  if (meaning) lines.push(`  description = ${quoted(meaning)}`);
  return [`variable "${name}" {`, ...lines, "}"].join("\n");
}

function stem(name) {
  const text = name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return /^[a-z]/.test(text) ? text : `role_${text}`;
}

/** The blocks of one role; the names of its resources begin with a stem where there are several roles. */
function blocksOf(role, own, variables) {
  const blocks = [];
  const name = own || "this";
  const begin = own ? `${own}_` : "";
  const document = (policy) => `jsonencode(${expression(policy, 1, variables, role.lists)})`;
  if (role.trust) {
    const lines = ["", `  name               = ${quoted(role.name)}`];
    if (role.path !== "/") lines.push(`  path               = ${quoted(role.path)}`);
    lines.push(`  assume_role_policy = ${document(role.trust)}`);
    blocks.push(`resource "aws_iam_role" "${name}" {${lines.join("\n")}\n}`);
  }
  const managed = (text, title, policy) =>
    `resource "aws_iam_policy" "${text}" {\n  name   = ${quoted(title)}\n  policy = ${document(policy)}\n}`;
  if (role.policies?.length === 1) {
    blocks.push(
      `resource "aws_iam_role_policy" "${begin}permissions" {\n  name   = "permissions"\n  role   = aws_iam_role.${name}.id\n` +
        `  policy = ${document(role.policies[0])}\n}`,
    );
  } else {
    (role.policies ?? []).forEach((policy, index) => {
      const text = `${begin}permissions_${index + 1}`;
      blocks.push(managed(text, `${role.name}-${index + 1}`, policy));
      blocks.push(
        `resource "aws_iam_role_policy_attachment" "${text}" {\n  role       = aws_iam_role.${name}.name\n` +
          `  policy_arn = aws_iam_policy.${text}.arn\n}`,
      );
    });
  }
  const caller = role.caller ?? [];
  caller.forEach((policy, index) => {
    const suffix = caller.length > 1 ? `-${index + 1}` : "";
    blocks.push(managed(`${begin}caller${suffix.replaceAll("-", "_")}`, `${role.name}-caller${suffix}`, policy));
  });
  return blocks;
}

/** A placeholder's name as Terraform writes variables: InputS3Bucket is input_s3_bucket. */
export function variable(name) {
  const text = name
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
  return RESERVED.includes(text) ? `${text}_value` : text;
}

/** A JSON value as an HCL expression; the texts of a list that have a list's placeholder once for each element. */
function expression(value, depth, variables, lists) {
  const inner = "  ".repeat(depth + 1);
  const outer = "  ".repeat(depth);
  if (typeof value === "string") {
    if (listed(value, lists)) throw new Unwritable(`${shown(value)} is alone, but has an element of a list; write JSON`);
    return quoted(value, variables);
  }
  if (Array.isArray(value)) {
    const repeated = value.filter((text) => typeof text === "string" && listed(text, lists));
    if (repeated.length) {
      const plain = value.filter((item) => !repeated.includes(item));
      const parts = plain.length ? [expression(plain, depth + 1, variables, new Set())] : [];
      for (const text of repeated) {
        const name = listed(text, lists);
        parts.push(`[for element in var.${variables.get(name)} : ${quoted(text, variables, name)}]`);
      }
      return parts.length === 1 ? parts[0] : `concat(\n${parts.map((part) => `${inner}${part},\n`).join("")}${outer})`;
    }
    const items = value.map((item) => expression(item, depth + 1, variables, lists));
    if (items.length === 1 && !items[0].includes("\n")) return `[${items[0]}]`;
    return items.length ? `[\n${items.map((item) => `${inner}${item},\n`).join("")}${outer}]` : "[]";
  }
  const lines = Object.entries(value).map(([key, item]) => `${inner}${quoted(key)} = ${expression(item, depth + 1, variables, lists)}`);
  return lines.length ? `{\n${lines.join("\n")}\n${outer}}` : "{}";
}

/**
 * A text as an HCL string; its placeholders become references to variables if these are given, and that of a list to its
 * element.
 */
export function quoted(value, variables = null, each = "") {
  let out = "";
  for (const [kind, part] of pieces(value)) {
    if (kind === "name" && variables) {
      const source = SOURCES[part];
      // "$" before a reference would make it plain text.
      const bare = out.replace(/\$+$/, "");
      out = bare + '${"$"}'.repeat(out.length - bare.length);
      const known = source ? `data.${source[0]}.current.${source[1]}` : `var.${variables.get(part)}`;
      out += `\${${part === each ? "element" : known}}`;
    } else {
      out += escaped(kind === "text" ? part : `\${${part}}`);
    }
  }
  return `"${out}"`;
}

function escaped(text) {
  return [...text]
    .map((char) => {
      const code = char.codePointAt(0);
      if (char in ESCAPES) return ESCAPES[char];
      if (code > 0xffff) return `\\U${code.toString(16).padStart(8, "0")}`;
      return code < 0x20 || code >= 0x7f ? `\\u${code.toString(16).padStart(4, "0")}` : char;
    })
    .join("")
    .replace(/([$%])\1*\{/g, (run, sign) => `\${"${sign}"}`.repeat(run.length - 2) + sign + sign + "{");
}
