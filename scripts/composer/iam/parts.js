// The parts of an ARN, by themselves so that composing does not load the patterns of arns.js.

const PARTS = 6;

/** The first five pieces of a text between colons, and the rest as it is. */
export function split(text) {
  const pieces = text.split(":");
  return pieces.length <= PARTS ? pieces : [...pieces.slice(0, PARTS - 1), pieces.slice(PARTS - 1).join(":")];
}

/** The parts of an ARN as they are written, or null if the text is none. */
export function parse(text) {
  const [arn, partition, service, region, account, resource] = split(text);
  return arn === "arn" && resource !== undefined ? { partition, service, region, account, resource } : null;
}

const NO_ARN = { partition: "", service: "", region: "", account: "", resource: "" };

/** The parts of an ARN, all of them "" if the text is none. */
export const partsOf = (text) => parse(text) ?? NO_ARN;
