// Where values stand in a text, and faults that name the place.

/** An input that cannot be read; the message says what is wrong and what would be right. */
export class InputError extends Error {
  constructor(message, where) {
    super(message);
    this.where = where;
  }
}

/** Line and column of an offset, after the input's name. */
export function position(text, offset, name) {
  const before = text.slice(0, offset);
  return `${name}:${before.split("\n").length}:${[...before.slice(before.lastIndexOf("\n") + 1)].length + 1}`;
}

/** One value of an input, with the places of what it holds. */
export class Document {
  /**
   * @param {*} value the value
   * @param {string} name what messages call the input
   * @param {string} [text] the input's text, "" if places in it are not known
   * @param {WeakMap} [places] list or mapping to the offset of each of its values by key
   * @param {number} [start] offset of the value itself
   */
  constructor(value, name, text = "", places = new WeakMap(), start = 0) {
    Object.assign(this, { value, name, text, places, start });
  }

  /** Where the value at a path stands, or the nearest place above it that is known. */
  where(path = []) {
    if (!this.text) return this.name;
    let node = this.value;
    let offset = this.start;
    for (const part of path) {
      const found = node !== null && typeof node === "object" ? this.places.get(node)?.get(part) : undefined;
      if (found === undefined) break;
      offset = found;
      node = node[part];
    }
    return position(this.text, offset, this.name);
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

/** Whether a value is a mapping of a request: no list, no null, no text that is partly known. */
export function isMapping(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof String);
}
