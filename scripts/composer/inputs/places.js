// Where values stand in a text.

import { isMapping } from "../engine/partial.js";

/** The lines of a text, found when the first place in it is asked for. */
export class Lines {
  constructor(text, name) {
    Object.assign(this, { text, name, starts: null, pairs: null });
  }

  /** The number of the line that an offset is in. */
  line(offset) {
    if (!this.starts) {
      this.starts = [0];
      for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1)) this.starts.push(at + 1);
    }
    return countBelow(this.starts, offset + 1);
  }

  /** Line and column of an offset, after the input's name; a pair of surrogates is one character. */
  position(offset) {
    this.pairs ??= [...this.text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)].map((match) => match.index + 1);
    const line = this.line(offset);
    const start = this.starts[line - 1];
    const halves = countBelow(this.pairs, offset) - countBelow(this.pairs, start);
    return `${this.name}:${line}:${offset - start - halves + 1}`;
  }
}

/** How many of some sorted numbers are below a limit. */
function countBelow(numbers, limit) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One value of an input, with the places of what it holds. */
export class Document {
  /**
   * @param {*} value the value
   * @param {string} name what messages call the input
   * @param {Lines|null} [lines] the input's text, null if places in it are not known
   * @param {WeakMap} [places] list or mapping to the offset of each of its values by key
   * @param {number} [start] offset of the value itself
   */
  constructor(value, name, lines = null, places = new WeakMap(), start = 0) {
    Object.assign(this, { value, name, lines, places, start });
  }

  /** Where the value at a path stands, or the nearest place above it that is known. */
  where(path = []) {
    if (!this.lines) return this.name;
    let node = this.value;
    let offset = this.start;
    for (const part of path) {
      const start = node !== null && typeof node === "object" ? this.places.get(node)?.get(part) : undefined;
      if (start === undefined) break;
      offset = start;
      node = node[part];
    }
    return this.lines.position(offset);
  }
}

/** Sets a key even if its name is one that objects treat specially. */
export function put(object, key, value) {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** A member of a mapping, null if it has none of that name. */
export function own(value, key) {
  return isMapping(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null;
}

/** How deep lists and mappings may be nested. */
export const MAX_DEPTH = 100;

/** Whether a value is nested deeper than values may be. */
export function isTooDeep(value) {
  let level = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const next = [];
    for (const item of level) {
      if (Array.isArray(item)) for (const inner of item) next.push(inner);
      else if (isMapping(item)) for (const inner of Object.values(item)) next.push(inner);
    }
    if (!next.length) return false;
    level = next;
  }
  return true;
}
