// What a pasted text is, so that it leads to the tab that is for it.

import { isHeld } from "../inputs/policy_text.js";

export const TABS = { compose: "Compose", review: "Review", denied: "Denied?" };

/** Words of a denial. */
const DENIED = /not authorized|access ?denied|unauthorizedoperation|forbidden|\b403\b/i;
/** The beginning of YAML that holds a mapping. */
const YAML = /^\s*(---|#|[A-Za-z][A-Za-z0-9]*:)\s*($|\n| \S)/;
/** How much of a text is looked at for a message. */
const MOST = 20_000;

/** The tab that a text is for: review for policies and roles, denied for messages, compose for requests; "" if unknown. */
export function tabOf(catalog, text) {
  if (/^\s*[{[]/.test(text)) {
    const value = parsed(text);
    if (value !== undefined) return isHeld(value) ? "review" : hasFailed(value) ? "denied" : "compose";
    if (/"(Not)?Action"/.test(text) && /"Statement"/.test(text)) return "review";
    return text.trimStart().startsWith("[") && isMessage(catalog, text) ? "denied" : "compose";
  }
  if (YAML.test(text) && text.includes("\n") && !DENIED.test(text)) return "compose";
  return isMessage(catalog, text) ? "denied" : "";
}

function isMessage(catalog, text) {
  if (DENIED.test(text)) return true;
  const line = text.slice(0, MOST).replace(/\s+/g, " ");
  return Object.values(catalog.data.messages).some(({ pattern }) => new RegExp(pattern, "u").test(line));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether JSON is of a failure: an answer with a FailureReason, or an event with an error. */
function hasFailed(value) {
  const one = value?.detail ?? value;
  return ["FailureReason", "errorCode", "errorMessage"].some((name) => typeof one?.[name] === "string");
}
