// What people give that is no input: how it is recognised, what it is, and what to give in its place.

import { isMapping } from "./places.js";

const TEXTS = [
  [
    /^(?:\s|(?:#|\/\/)[^\n]*\n)*(?:resource|variable|module|provider|terraform|data|locals|output|import|moved)\b[ \t"\w-]*\{/,
    "Terraform configuration (HCL) is not read; give what `terraform show -json` prints for a plan or a state",
  ],
  [
    /^[^{}[\]]*(?:is not authorized to perform|An error occurred \(|AccessDenied|ValidationException)/,
    "a message is not a request; give the request of the call that it is about, or the call's CloudTrail event",
  ],
];
const ARCHIVES = [
  [/^PK\u0003\u0004/, "a ZIP archive"],
  [/^BZh[1-9]/, "a bzip2 file"],
  [/^.{257}ustar/s, "a tar archive"],
];
const POLICY =
  "an IAM policy is not a request; give what the role is to do, such as the API request or its CloudTrail event";

/** What a text is and what to give in its place; "" if it may be an input. */
export function textIs(text) {
  const head = text.slice(0, 4000);
  return TEXTS.find(([pattern]) => pattern.test(head))?.[1] ?? "";
}

/** What an archive is that was read as text, and what to do with it; "" if it is none. */
export function archiveIs(text) {
  const kind = ARCHIVES.find(([pattern]) => pattern.test(text.slice(0, 300)))?.[1] ?? "";
  const plan = kind === "a ZIP archive" ? " (of a Terraform plan file, give what `terraform show -json` prints)" : "";
  return kind && `${kind} is not read; unpack it, and give the file or folder${plan}`;
}

/** What a value is and what to give in its place; "" if it may be an input. */
export function valueIs(value) {
  if (Array.isArray(value) && value.length && value.every(isStatement)) return POLICY;
  if (!isMapping(value)) return "";
  const statements = isMapping(value.Statement) ? [value.Statement] : value.Statement;
  if (Array.isArray(statements) && (!statements.length || statements.some(isStatement))) return POLICY;
  const inner = value.PolicyDocument || value.AssumeRolePolicyDocument;
  return Object.keys(value).length <= 4 && isMapping(inner) && Object.hasOwn(inner, "Statement") ? POLICY : "";
}

function isStatement(value) {
  return isMapping(value) && Object.hasOwn(value, "Effect") && (Object.hasOwn(value, "Action") || Object.hasOwn(value, "NotAction"));
}
