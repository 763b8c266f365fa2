// Whether a statement of a policy that names principals names a role, and how, as iam/principals.py.

import { parse } from "./parts.js";

const HOWS = ["direct", "role", "account"];

/**
 * Whether a statement names the role: yes, no, or open; and how: direct (everyone), role, or account.
 *
 * @param {object} statement a statement, as statements() reads it
 * @param {string} role the role's ARN, "" or one with placeholders if it is not known
 * @returns {{who: string, how: string}} the answer
 */
export function named({ principals, notPrincipals }, role) {
  if (!principals.length) return { who: "yes", how: "direct" };
  const known = /[$*]/.test(role) ? "" : role;
  const hows = new Set(principals.map(([kind, value]) => namesBy(kind, value, known)).filter(Boolean));
  if (notPrincipals) {
    const who = !hows.size ? "yes" : hows.has("account") && hows.size > 1 ? "no" : "open";
    return { who, how: "direct" };
  }
  const how = HOWS.find((one) => hows.has(one));
  if (how) return { who: "yes", how };
  return hows.has("session") ? { who: "open", how: "direct" } : { who: "no", how: "" };
}

function namesBy(kind, value, role) {
  if (kind === "*") return "direct";
  if (kind !== "AWS") return "";
  if (!role) return "session";
  const account = parse(role)?.account;
  if (account && (value === account || rootOf(value) === account)) return "account";
  if (value === role) return isRole(value) ? "role" : "direct";
  const other = roleOf(value);
  if (!other || other !== roleOf(role)) return "";
  if (isRole(value)) return "role";
  return isRole(role) ? "session" : "";
}

const isRole = (value) => value.includes(":role/");

/** The account of an account's own ARN, or "". */
function rootOf(value) {
  const arn = parse(value);
  return arn?.resource === "root" && arn.service === "iam" ? arn.account : "";
}

/** Partition, account and name of the role of an ARN, or ""; the ARN of a session leaves out the role's path. */
function roleOf(value) {
  const arn = parse(value);
  if (!arn) return "";
  const { partition, service, account, resource } = arn;
  const name =
    service === "iam" && resource.startsWith("role/") ? resource.slice(resource.lastIndexOf("/") + 1)
    : service === "sts" && resource.startsWith("assumed-role/") ? resource.split("/")[1]
    : null;
  return name === null ? "" : `${partition}/${account}/${name.toLowerCase()}`;
}
