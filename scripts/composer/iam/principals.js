// Whether a statement of a policy that names principals names a role, and how, as auditing/review.py.

import { parse } from "./parts.js";

const EVERYONE = { who: "yes", how: "direct" };
const HOWS = ["direct", "role", "account"];

/**
 * Whether a statement names the role: yes, no, or open; and how: direct (everyone), role, or account.
 *
 * @param {object} statement a statement, as statements() reads it
 * @param {string} role the role's ARN, or ""
 * @returns {{who: string, how: string}} the answer
 */
export function named({ principals, notPrincipals }, role) {
  if (!principals.length) return EVERYONE;
  const hows = new Set(principals.map(([kind, value]) => namesBy(kind, value, role)).filter(Boolean));
  if (notPrincipals) {
    if (!hows.size) return EVERYONE;
    return hows.has("account") && hows.size > 1 ? { who: "no", how: "" } : { who: "open", how: "direct" };
  }
  const how = HOWS.find((one) => hows.has(one));
  if (how) return { who: "yes", how };
  return hows.has("session") ? { who: "open", how: "direct" } : { who: "no", how: "" };
}

function namesBy(kind, value, role) {
  if (kind === "*" || value === "*") return "direct";
  if (kind !== "AWS") return "";
  const [other, mine] = [parse(value), parse(role)];
  if (!mine || /[$*]/.test(role)) return "session";
  if (value === mine.account || (other?.account === mine.account && other.resource === "root")) return "account";
  if (value === role) return "role";
  const name = mine.resource.slice(mine.resource.lastIndexOf("/") + 1);
  return other?.account === mine.account && other.resource.startsWith(`assumed-role/${name}/`) ? "session" : "";
}
