// What a pasted text is, so that it leads to the tab that is for it.

import { isHeld } from "../inputs/policies.js";

export const TABS = { compose: "Compose", review: "Review", denied: "Denied?" };

/** Words of a denial. */
const DENIED = /not authorized|access ?denied|accessdenied|unauthorizedoperation|forbidden|\b403\b|assume the role|assum\w+ role/i;

/** The tab that a text is for: review for policies and roles, denied for messages, compose for requests; "" if unknown. */
export function tabOf(text) {
  if (/^\s*[{[]/.test(text)) {
    const value = parsed(text);
    if (value === undefined) return /"(Not)?Action"/.test(text) && /"Statement"/.test(text) ? "review" : "compose";
    if (isHeld(value)) return "review";
    return hasFailed(value) ? "denied" : "compose";
  }
  if (/^\s*(---|#|[A-Za-z][A-Za-z0-9]*:)\s*($|\n| \S)/.test(text) && text.includes("\n") && !DENIED.test(text)) return "compose";
  return DENIED.test(text) ? "denied" : "";
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
  return typeof one?.FailureReason === "string" || typeof one?.errorCode === "string" || typeof one?.errorMessage === "string";
}
