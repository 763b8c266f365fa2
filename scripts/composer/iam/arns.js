// ARNs: patterns of Resource elements and of ARN conditions, as scripts/sagemaker_roles/iam/arns.py.

import { split } from "./parts.js";
import { EVERYTHING, Pattern, inside, literal, ofParts, pattern, remembered, symbolsOf } from "./patterns.js";

const part = remembered((symbols) => new Pattern(symbols));

/**
 * Compiles a value of Resource or NotResource: a wildcard stays within its part of the ARN, but a * at the end of a part of
 * a pattern with fewer than six parts may reach beyond the colon.
 */
export const resource = remembered((text, variables = true) => {
  if (text === "*") return EVERYTHING;
  const whole = condition(text, variables);
  if (whole || !text.startsWith("arn:")) return whole ?? pattern(text, variables);
  const ends = symbolsOf(text)
    .split(":")
    .map((piece) => (piece.endsWith("*") ? `${inside(piece.slice(0, -1))}*` : inside(piece)));
  return new Pattern(ends.join(":"));
});

/** Compiles a value of ArnLike or ArnEquals, which do the same; null if it can match nothing. */
export const condition = remembered((text, variables = true) => {
  // A policy variable has colons in its own name.
  const parts = split(symbolsOf(variables ? text : text.replaceAll("$", "${$}")));
  return parts.length === 6 ? ofParts(parts.map((one) => part(one))) : null;
});

/** Compiles a resource or another ARN as a call names it: each character is itself, ${Name} is not known. */
export function named(text) {
  const { symbols } = literal(text);
  const parts = split(symbols);
  return parts.length === 6 ? ofParts(parts.map((one) => part(one))) : new Pattern(symbols);
}
