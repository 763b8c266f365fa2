// The part of covering that composing takes: a * at the end covers what begins alike. It answers as
// scripts/sagemaker_roles/iam/prefixes.py does; there are no lists here that memory does not hold.

import { byCodePoint, sorted } from "../comparison.js";

/** Sorts resources and drops those that a shorter one with a trailing * covers. */
export function reduced(resources) {
  const kept = [];
  let star = null;
  // What a prefix covers follows it in this order without a gap, so the last prefix kept is the only one to ask.
  for (const [base, isWhole, resource] of [...new Set(resources)].map(keyOf).sort(byBase)) {
    if (star !== null && base.startsWith(star)) continue;
    if (!isWhole) star = base;
    kept.push(resource);
  }
  return sorted(kept);
}

const keyOf = (resource) => (resource.endsWith("*") ? [resource.slice(0, -1), 0, resource] : [resource, 1, resource]);
const byBase = (one, other) => byCodePoint(one[0], other[0]) || one[1] - other[1];

/** Whether each of some resources is among others, or begins like one of these with a trailing *. */
export function covers(resources, others) {
  return !uncovered(resources, others).length;
}

/** Those of some resources that others do not cover, as covers() has it. */
export function uncovered(resources, others) {
  const whole = new Set(resources);
  const beginnings = resources.filter((resource) => resource.endsWith("*")).map((resource) => resource.slice(0, -1));
  return others.filter((other) => {
    const base = other.endsWith("*") ? other.slice(0, -1) : other;
    return !whole.has(other) && !beginnings.some((beginning) => base.startsWith(beginning));
  });
}

/** Whether whatever meets the other condition meets this one, as far as operators, keys and values show. */
export function isWeaker(condition, other) {
  return condition.every(([operator, keys]) =>
    keys.every(([key, values]) => {
      const others = other.find(([name]) => name === operator)?.[1].find(([name]) => name === key)?.[1];
      if (!others) return false;
      const isNegative = operator.includes("Not") || operator.startsWith("ForAllValues");
      const isPart = others.every((value) => values.includes(value));
      return isNegative ? isPart && values.every((value) => others.includes(value)) : isPart;
    }),
  );
}
