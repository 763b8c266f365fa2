// Writes Terraform configuration (HCL) with the role, its policies and the callers' policy.

import { GLOBALS } from "../catalog.js";
import { ownNames, pieces, placeholdersOf } from "./forms.js";

const SOURCES = {
  Partition: ["aws_partition", "partition"],
  Region: ["aws_region", "id"],
  Account: ["aws_caller_identity", "account_id"],
};
/** Names that Terraform keeps for itself where variables of a module are set. */
const RESERVED = ["count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version"];
const ESCAPES = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The configuration: placeholders are variables; partition, Region and account come from the provider. */
export function terraform(role) {
  const names = placeholdersOf(role);
  const blocks = GLOBALS.filter((name) => names.includes(name)).map((name) => `data "${SOURCES[name][0]}" "current" {}`);
  for (const name of ownNames(names)) {
    const lines = ["  type        = string"];
    const meaning = role.meanings.get(name);
    if (meaning) lines.push(`  description = ${quoted(meaning)}`);
    blocks.push([`variable "${variable(name)}" {`, ...lines, "}"].join("\n"));
  }
  if (role.trust) {
    const lines = ["", `  name               = ${quoted(role.name)}`];
    if (role.path !== "/") lines.push(`  path               = ${quoted(role.path)}`);
    lines.push(`  assume_role_policy = jsonencode(${expression(role.trust, 1)})`);
    blocks.push(`resource "aws_iam_role" "this" {${lines.join("\n")}\n}`);
  }
  if (role.policies?.length === 1) {
    blocks.push(
      `resource "aws_iam_role_policy" "permissions" {\n  name   = "permissions"\n  role   = aws_iam_role.this.id\n` +
        `  policy = jsonencode(${expression(role.policies[0], 1)})\n}`,
    );
  } else {
    (role.policies ?? []).forEach((policy, index) => {
      const label = `permissions_${index + 1}`;
      blocks.push(managed(label, `${role.name}-${index + 1}`, policy));
      blocks.push(
        `resource "aws_iam_role_policy_attachment" "${label}" {\n  role       = aws_iam_role.this.name\n` +
          `  policy_arn = aws_iam_policy.${label}.arn\n}`,
      );
    });
  }
  const caller = role.caller ?? [];
  caller.forEach((policy, index) => {
    const suffix = caller.length > 1 ? `-${index + 1}` : "";
    blocks.push(managed(`caller${suffix.replaceAll("-", "_")}`, `${role.name}-caller${suffix}`, policy));
  });
  return `${blocks.join("\n\n")}\n`;
}

function managed(label, name, policy) {
  return (
    `resource "aws_iam_policy" "${label}" {\n  name   = ${quoted(name)}\n` +
    `  policy = jsonencode(${expression(policy, 1)})\n}`
  );
}

/** A placeholder's name as Terraform writes variables: InputS3Bucket is input_s3_bucket. */
function variable(name) {
  const text = name
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
  return RESERVED.includes(text) ? `${text}_value` : text;
}

/** A JSON value as an HCL expression. */
function expression(value, depth) {
  const inner = "  ".repeat(depth + 1);
  const outer = "  ".repeat(depth);
  if (typeof value === "string") return quoted(value, true);
  if (Array.isArray(value)) {
    const items = value.map((item) => expression(item, depth + 1));
    if (items.length === 1 && !items[0].includes("\n")) return `[${items[0]}]`;
    return items.length ? `[\n${items.map((item) => `${inner}${item},\n`).join("")}${outer}]` : "[]";
  }
  const lines = Object.entries(value).map(([key, item]) => `${inner}${quoted(key)} = ${expression(item, depth + 1)}`);
  return lines.length ? `{\n${lines.join("\n")}\n${outer}}` : "{}";
}

/** A text as an HCL string; its placeholders become references if wanted, all else stays as it is. */
function quoted(value, withPlaceholders = false) {
  let out = "";
  for (const [kind, part] of pieces(value)) {
    if (kind === "name" && withPlaceholders) {
      const source = SOURCES[part];
      // "$" before a reference would make it plain text.
      if (out.endsWith("$")) out = `${out.slice(0, -1)}\${"$"}`;
      out += `\${${source ? `data.${source[0]}.current.${source[1]}` : `var.${variable(part)}`}}`;
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
    .replace(/[$%]\{/g, (found) => found[0] + found);
}
