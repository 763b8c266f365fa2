// What the output forms share: the documents to write, and the texts and placeholders in them.

import { quoted } from "../canonical.js";
import { GLOBALS } from "../catalog.js";
import { sorted } from "../comparison.js";
import { Unwritable } from "../errors.js";

const VARIABLE = /\$\{([^{}]*)\}/;
/** What Python takes for white space. */
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Whether the name in ${…} is a placeholder of ours, not a variable of IAM (aws:…, *, ?, $). */
function isPlaceholder(name) {
  return /^[A-Z][A-Za-z0-9]*$/.test(name);
}

/** A document with every text in its values (not its keys) changed. */
export function mapped(value, change) {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapped(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, change)]));
}

/** A text in pieces: ["text", …], ["name", placeholder] or ["variable", IAM's variable]. */
export function pieces(text) {
  return text
    .split(VARIABLE)
    .map((part, index) => (index % 2 ? [isPlaceholder(part) ? "name" : "variable", part] : ["text", part]))
    .filter(([kind, part]) => kind !== "text" || part);
}

/** The placeholder of a text that stands for a list, or "". */
export function listed(text, lists) {
  const names = new Set(lists.size ? pieces(text).filter(([kind, part]) => kind === "name" && lists.has(part)).map(([, part]) => part) : []);
  if (names.size > 1) {
    const shown = sorted(names).join(", ");
    throw new Unwritable(`${quoted(text)} needs each element of several lists (${shown}); write JSON`);
  }
  return [...names][0] ?? "";
}

/** Names of the placeholders in all documents of roles, sorted. */
export function placeholdersIn(roles) {
  const names = new Set();
  const note = (text) => {
    for (const [kind, part] of pieces(text)) if (kind === "name") names.add(part);
    return text;
  };
  for (const role of roles) {
    for (const document of [...(role.policies ?? []), ...(role.trust ? [role.trust] : []), ...(role.caller ?? [])]) {
      mapped(document, note);
    }
  }
  return sorted(names);
}

/** What a placeholder stands for, "" if no role knows. */
export function meaningOf(roles, name) {
  return roles.map((role) => role.meanings.get(name)).find((text) => text !== undefined) ?? "";
}

/** Names as a format writes them, so that no two are equal and none is taken already. */
export function labels(names, write, taken = []) {
  const written = [];
  for (const name of names) {
    const plain = write(name);
    let unique = plain;
    for (let number = 2; taken.includes(unique) || written.includes(unique); number += 1) {
      unique = `${plain}${plain.includes("_") ? "_" : ""}${number}`;
    }
    written.push(unique);
  }
  return written;
}

/** A role's name as template formats can have it: letters and digits, words with a capital. */
export function label(name) {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return words.map((word) => word[0].toUpperCase() + word.slice(1)).join("") || "Role";
}

/** The placeholders that a form cannot fill by itself: all but the globals. */
export function ownNames(names) {
  return names.filter((name) => !GLOBALS.includes(name));
}

/** A text in one line, with one space between its words. */
export function oneLine(text) {
  return text.split(WHITE_SPACE).filter(Boolean).join(" ");
}
