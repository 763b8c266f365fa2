// Links that carry an input, compressed, in the part of an address that browsers do not send. One is made only when somebody
// asks for it.

import { checked } from "./kept.js";
import { bounded } from "./state.js";

/** The longest link that programs pass on whole, in bytes of what it carries, and the longest text that one can hold. */
const LONGEST_LINK = 24_000;
const LONGEST_TEXT = 4 << 20;

/** An input as a part of an address; "" if it is too long for one. */
export const packInput = async (input) => {
  const packed = new Blob([JSON.stringify(input)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  if (bytes.length > LONGEST_LINK) return "";
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

/** The input of a part of an address; null if it is broken. */
export const unpackInput = async (packed) => {
  try {
    const bytes = Uint8Array.from(atob(packed.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return checked(JSON.parse(await bounded(stream, LONGEST_TEXT)));
  } catch {
    return null;
  }
};
