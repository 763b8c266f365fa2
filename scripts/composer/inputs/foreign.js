// What people give that is no input: how it is recognised, what it is, and what to give in its place.

import { isMapping } from "../engine/partial.js";

const TEXTS = [
  [
    /^(?:\s|(?:#|\/\/)[^\n]*\n)*(?:resource|variable|module|provider|terraform|data|locals|output|import|moved)\b[ \t"\w-]*\{/,
    "Terraform configuration (HCL) is not read; give what `terraform show -json` prints for a plan or a state",
  ],
  [/^\s*<[!?A-Za-z]/, "an HTML or XML document is not read; give the JSON or YAML that it shows"],
  [
    /^(?:\s|#[^\n]*\n)*(?:import\s+[\w.]+[ \t]*(?:$|[\n,]|as\b)|from\s+[\w.]+\s+import\b|def\s+\w+\(|@\w+|class\s+\w+[(:])/,
    "Python code is not read; run its code with `sagemaker-roles compose --run`, or give the requests that it makes",
  ],
  [
    /^(?:\s|\/\/[^\n]*\n)*(?:import\s[^\n]*\bfrom\s*["']|(?:const|let|var)\s[^\n]*=|export\s)/,
    "JavaScript and TypeScript code is not read; give the template that it makes, as `cdk synth` prints it",
  ],
  [
    /^(?:(?:\s|#[^\n]*\n)*(?:\$\s+)?aws\s+[a-z]|#!)/,
    "a command is not read; give the input of the call as JSON, as --cli-input-json takes it",
  ],
  [
    /^"?[A-Za-z][\w .-]*"?(?:[,;\t]"?[A-Za-z][\w .-]*"?)+\r?(?:\n|$)/,
    "a table (CSV) is not read; give the events or requests as JSON",
  ],
  [
    /^[^{}[\]]*(?:is not authorized to perform|An error occurred \(|AccessDenied|ValidationException)/,
    "a message is not a request; give the request of the call that it is about, or the call's CloudTrail event",
  ],
];
const UNPACK = "unpack it, and give the file or folder";
const READ = "give the JSON or YAML that it is about";
/** How files that are no text begin where they were read as text; bytes that are no UTF-8 are U+FFFD then. */
const NOT_TEXT = [
  [/^PK\u0003\u0004/, "a ZIP archive", `${UNPACK} (of a Terraform plan file, give what \`terraform show -json\` prints)`],
  [/^BZh[1-9]/, "a bzip2 file", UNPACK],
  [/^.{257}ustar/s, "a tar archive", UNPACK],
  [/^\ufffd7zXZ\0/, "an xz file", UNPACK],
  [/^\(\ufffd\/\ufffd/, "a Zstandard file", UNPACK],
  [/^7z\ufffd\ufffd'\u001c/, "a 7z archive", UNPACK],
  [/^PAR1/, "a Parquet file", "give the events or requests as JSON"],
  [/^SQLite format 3\0/, "an SQLite database", READ],
  [/^%PDF-/, "a PDF document", READ],
  [/^(?:\ufffdPNG\r?\n|\ufffd\ufffd\ufffd|GIF8)/, "a picture", READ],
  [/^\u007fELF/, "a program", READ],
];
const POLICY =
  "an IAM policy is not a request; give what the role is to do, such as the API request or its CloudTrail event";

const ROLES = "an answer of IAM about roles is not a request; give it to `sagemaker-roles audit` with --account-details";

/** What a text is and what to give in its place; "" if it may be an input. */
export function textIs(text) {
  const head = text.slice(0, 4000);
  return TEXTS.find(([pattern]) => pattern.test(head))?.[1] ?? "";
}

/** What a file that is no text is, and what to do with it; "" if it is text. */
export function fileIs(text) {
  const [, kind, remedy] = NOT_TEXT.find(([pattern]) => pattern.test(text.slice(0, 300))) ?? [];
  return kind ? `${kind} is not read; ${remedy}` : "";
}

/** What a value is and what to give in its place; "" if it may be an input. */
export function valueIs(value) {
  if (Array.isArray(value) && value.length && value.every(isStatement)) return POLICY;
  if (!isMapping(value)) return "";
  if (Array.isArray(value.cells) && Object.hasOwn(value, "nbformat")) {
    return "a notebook is not read; run its code with `sagemaker-roles compose --run`, or give the requests that it makes";
  }
  if (showsRoles(value)) return ROLES;
  const statements = isMapping(value.Statement) ? [value.Statement] : value.Statement;
  if (Array.isArray(statements) && (!statements.length || statements.some(isStatement))) return POLICY;
  const inner = value.PolicyDocument || value.AssumeRolePolicyDocument;
  return Object.keys(value).length <= 4 && isMapping(inner) && Object.hasOwn(inner, "Statement") ? POLICY : "";
}

/** Whether a value is an answer of get-account-authorization-details, get-role, list-roles, or the like. */
function showsRoles(value) {
  if (["RoleDetailList", "UserDetailList", "GroupDetailList"].some((key) => Array.isArray(value[key]))) return true;
  const several = [value.Role, ...(Array.isArray(value.Roles) ? value.Roles : [])];
  return several.some((one) => isMapping(one) && Object.hasOwn(one, "AssumeRolePolicyDocument"));
}

function isStatement(value) {
  return isMapping(value) && Object.hasOwn(value, "Effect") && (Object.hasOwn(value, "Action") || Object.hasOwn(value, "NotAction"));
}
