// Writes companions as Terraform data sources: statements to merge into the policies that are there. As
// scripts/sagemaker_roles/outputs/companions_terraform.py.

import { GLOBALS } from "../catalog.js";
import { sorted } from "../comparison.js";
import { byKey } from "../engine/statements.js";
import { labels, oneLine, ownNames } from "./forms.js";
import { SOURCES, declared, quoted, variable } from "./terraform.js";

/** One aws_iam_policy_document a companion; what needs no policy is a comment. meanings: placeholder to what it stands for. */
export function terraform(companions, meanings) {
  const written = companions.filter((one) => one.document.statements.length);
  const names = sorted(written.flatMap((one) => one.document.placeholders()));
  const own = ownNames(names);
  const variables = new Map(labels(own, variable).map((text, index) => [own[index], text]));
  const blocks = GLOBALS.filter((name) => names.includes(name)).map((name) => `data "${SOURCES[name][0]}" "current" {}`);
  for (const [name, text] of variables) blocks.push(declared(text, meanings.get(name) ?? ""));
  const stems = labels(written.map((one) => one.kind), (kind) => kind.replaceAll("-", "_"));
  for (const one of companions) {
    const about = [`${one.kind} of ${one.resource} (needed: ${one.needed})`, one.why, ...one.notes];
    const lines = about.map((line) => `# ${oneLine(line)}`);
    if (one.document.statements.length) {
      const stem = stems.shift();
      lines.push(`# Merge it: source_policy_documents = [data.aws_iam_policy_document.${stem}.json]`);
      lines.push(`data "aws_iam_policy_document" "${stem}" {`);
      lines.push(one.document.statements.map((item) => statementOf(item, variables)).join("\n\n"), "}");
    }
    blocks.push(lines.join("\n"));
  }
  return `${blocks.join("\n\n")}\n`;
}

function statementOf(statement, variables) {
  const list = (values) => `[${values.map((value) => quoted(value, variables)).join(", ")}]`;
  const lines = ["  statement {", `    sid     = ${quoted(statement.sid)}`, `    effect  = ${quoted(statement.effect ?? "Allow")}`];
  lines.push(`    actions = ${list(statement.actions)}`);
  if (statement.resources.length) lines.push(`    resources = ${list(statement.resources)}`);
  for (const [kind, values] of statement.principal) {
    lines.push("", "    principals {", `      type        = ${quoted(kind)}`, `      identifiers = ${list(values)}`, "    }");
  }
  for (const [operator, keys] of byKey(statement.condition)) {
    for (const [key, values] of byKey(keys)) {
      lines.push("", "    condition {", `      test     = ${quoted(operator)}`, `      variable = ${quoted(key)}`);
      lines.push(`      values   = ${list(values)}`, "    }");
    }
  }
  return [...lines, "  }"].join("\n");
}
