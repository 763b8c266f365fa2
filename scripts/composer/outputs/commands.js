// Writes the AWS CLI commands that create the role, its policies and the callers' policy.

import { spaced } from "../canonical.js";

/** The commands for a POSIX shell; every argument is quoted so that the shell takes it as it is. */
export function commands(...roles) {
  return roles.flatMap(linesOf).map((line) => `${line}\n`).join("");
}

function linesOf(role) {
  const lines = [];
  if (role.trust) {
    const path = role.path === "/" ? [] : ["--path", role.path];
    lines.push(command("create-role", ...path, "--role-name", role.name, "--assume-role-policy-document", role.trust));
  }
  if (role.policies?.length === 1) {
    const named = ["--role-name", role.name, "--policy-name", "permissions"];
    lines.push(command("put-role-policy", ...named, "--policy-document", role.policies[0]));
  } else {
    (role.policies ?? []).forEach((policy, index) => {
      const name = `${role.name}-${index + 1}`;
      const created = command("create-policy", "--policy-name", name, "--policy-document", policy);
      lines.push(
        `aws iam attach-role-policy --role-name ${quoted(role.name)}` +
          ` --policy-arn "$(${created} --query Policy.Arn --output text)"`,
      );
    });
  }
  const caller = role.caller ?? [];
  caller.forEach((policy, index) => {
    const name = `${role.name}-caller${caller.length > 1 ? `-${index + 1}` : ""}`;
    lines.push(command("create-policy", "--policy-name", name, "--policy-document", policy));
  });
  return lines;
}

function command(...args) {
  return ["aws", "iam", ...args.map((item) => quoted(typeof item === "string" ? item : spaced(item)))].join(" ");
}

/** A text as one word of a POSIX shell. */
export function quoted(text) {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
