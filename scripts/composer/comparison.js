// Order and equality as the command line has them: text by code point, not by UTF-16 unit.

/** Compares two texts by code point. */
export function byCodePoint(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // A surrogate stands for a code point above every other unit.
      const highX = x >= 0xd800 && x <= 0xdfff;
      const highY = y >= 0xd800 && y <= 0xdfff;
      return highX === highY ? x - y : highX ? 1 : -1;
    }
  }
  return a.length - b.length;
}

/** The texts without repetition, sorted by code point. */
export function sorted(texts) {
  return [...new Set(texts)].sort(byCodePoint);
}

/** Some items, those that JSON has alike once. */
export function unique(items) {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** How many code points a text has. */
export function codePoints(text) {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i += 1) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count -= 1;
      i += 1;
    }
  }
  return count;
}

/** Every way to choose one item of each list, the last list varying fastest. */
export function product(lists) {
  return lists.reduce((heads, list) => heads.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}
