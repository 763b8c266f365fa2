// Values of a request in words, as the command line's findings print them.

import { codePoints } from "./comparison.js";
import { isText } from "./partial.js";

/** A value as Python's repr() writes it. */
export function repr(value) {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (["number", "bigint"].includes(typeof value) || value instanceof Number) return String(value);
  if (value instanceof String) return quoted(String(value));
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${quoted(key)}: ${repr(item)}`)
    .join(", ")}}`;
}

/** A text as it is, anything else as repr() writes it; at most 200 characters. */
export function short(value) {
  const text = isText(value) ? String(value) : repr(value);
  return codePoints(text) <= 200 ? text : `${[...text].slice(0, 197).join("")}...`;
}

function quoted(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"\u0000-\u001f\u007f-\u00a0\u00ad\ud800-\udfff]/gu, (char) => {
    if (char === "\\") return "\\\\";
    if (char === "'" || char === '"') return char === mark ? `\\${char}` : char;
    const known = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char];
    if (known) return known;
    const code = char.codePointAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
  return mark + escaped + mark;
}
