// JSON exactly as every artifact has it.

/** JSON with two spaces, ASCII only, keys as given and one final newline. */
export function canonical(value) {
  return `${ascii(JSON.stringify(value, null, 2))}\n`;
}

/** JSON without white space, ASCII only. */
export function compact(value) {
  return ascii(JSON.stringify(value));
}

/** JSON in one line with a space after each comma and colon; numbers as they were written. */
export function spaced(value) {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (value instanceof Number) return value.toString();
  if (value !== null && typeof value === "object" && !(value instanceof String)) {
    return `{${Object.entries(value).map(([key, item]) => `${compact(key)}: ${spaced(item)}`).join(", ")}}`;
  }
  return typeof value === "bigint" ? String(value) : compact(value);
}

/** A value as messages show it: JSON in one line, with every character that JSON can hold as it is. */
export function quoted(value) {
  if (Array.isArray(value)) return `[${value.map(quoted).join(", ")}]`;
  if (value !== null && typeof value === "object" && !(value instanceof String)) {
    return `{${Object.entries(value).map(([key, item]) => `${quoted(key)}: ${quoted(item)}`).join(", ")}}`;
  }
  return typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "null");
}

/** A text of an input with its control characters and lone surrogates written out, as `\u0007`. */
export function printable(text) {
  return String(text).replace(/[\x00-\x1f\x7f]|\p{Cs}/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function ascii(json) {
  return json.replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Adds items to a list, however many: a call cannot take more than about 100,000 arguments. */
export function extend(list, items) {
  for (const item of items) list.push(item);
}
