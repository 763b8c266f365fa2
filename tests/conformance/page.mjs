// What the page's engine makes of a case of pages.py, in the form in which that gives what the Python engine makes of it.

import { readFileSync } from "node:fs";

import { explainMessage, toJson } from "../../scripts/composer/explaining.js";
import { action } from "../../scripts/composer/iam/actions.js";
import { condition, resource } from "../../scripts/composer/iam/arns.js";
import { covers, intersects, literal, pattern } from "../../scripts/composer/iam/patterns.js";
import { PolicyError } from "../../scripts/composer/iam/statements.js";
import { review } from "../../scripts/composer/review.js";
import { composeReading } from "../../scripts/composer/session.js";
import { catalog, digest, reading } from "./engine.mjs";

const compiled = new URL("../../build/compiled/review.json", import.meta.url);
const { without_resources: withoutResources } = JSON.parse(readFileSync(compiled, "utf8"));

/** What is made of a review: review.py's to_json(). */
export function reviewed(item, documents) {
  const { composition } = composeReading(catalog, reading(item), item.choice).roles[0];
  const named = (name) => (name ? documents[name] : null);
  const held = { policies: item.policies.map(named), trust: named(item.trust), boundary: named(item.boundary), role: item.role };
  for (const layer of ["scps", "rcps", "session", "endpoint"]) if (item[layer]) held[layer] = item[layer].map(named);
  held.resources = Object.fromEntries(Object.entries(item.resources ?? {}).map(([arn, name]) => [arn, named(name)]));
  let judged;
  try {
    judged = review(withoutResources, composition, held, catalog.data.companions);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { faults: error.faults.length };
  }
  return {
    verdict: judged.verdict,
    allowed: judged.needs.filter((one) => one.outcome === "allowed").length,
    needs: judged.needs.filter((one) => one.outcome !== "allowed").map(({ need, ...one }) => one),
    statements: judged.statements,
    trusted: judged.trusted.map(([statement, principal]) => [statement, principal]),
  };
}

/** What is made of a message: the causes in a line each, and the digest of the whole. */
export function explained({ text, operation = "" }) {
  const answer = explainMessage(catalog, text, operation);
  const causes = answer.causes.map((cause) =>
    [cause.form, cause.operation, cause.caller ? "caller" : cause.role, cause.addon, cause.action].join(" "),
  );
  return { causes, digest: digest(toJson(answer)) };
}

const COMPILED = { resource, condition, action, string: pattern, literal };

/** Whether the first of two patterns covers the second, and whether they meet. */
export function compared([kind, ...texts]) {
  const [first, second] = texts.slice(0, 2).map((text) => COMPILED[kind](text));
  return first && second ? [covers(first, second), intersects(first, second)] : [null, null];
}
