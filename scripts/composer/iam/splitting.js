// Splits a policy document that is too large for one managed policy into the fewest that hold it, as
// scripts/sagemaker_roles/iam/splitting.py.

import { byCodePoint } from "../comparison.js";
import { POLICY_LIMIT, size } from "./size.js";

const SEARCH_STEPS = 20_000;

/** Documents for which fewer are searched; a role with more has to be split anyway. */
const SEARCHED = 200;

/** The documents: the one given if it is small enough, else the fewest that hold its statements. */
export function split(document, limit = POLICY_LIMIT) {
  if (size(document) <= limit) return [document];
  const { Statement: whole, ...frame } = document;
  const room = limit - size({ ...frame, Statement: [] }) + 1;
  const names = namesFor(whole);
  const statements = whole.flatMap((item) => piecesOf(item, room - 1, names));
  // Each statement but the first needs a comma, which the one more character of room pays for.
  const weights = statements.map((item) => size(item) + 1);
  return packed(weights, room)
    .sort((a, b) => Math.min(...a) - Math.min(...b))
    .map((one) => ({ ...frame, Statement: one.sort((a, b) => a - b).map((index) => statements[index]) }));
}

/** A statement, cut into as few parts as fit the limit: all but the last are as large as can be. */
function piecesOf(statement, limit, names) {
  const parts = [];
  let rest = { ...statement, ...names(statement.Sid) };
  while (size(rest) > limit) {
    const [values, put] = longest(rest);
    let few = 0;
    let many = values.length;
    while (many - few > 1) {
      const middle = Math.floor((few + many) / 2);
      if (size(put(values.slice(0, middle))) <= limit) few = middle;
      else many = middle;
    }
    if (!few) throw tooLarge(statement);
    parts.push(put(values.slice(0, few)));
    rest = { ...put(values.slice(few)), ...names(statement.Sid) };
  }
  return [...parts, rest];
}

/** The list of a statement that can be cut, and what puts another in its place. */
function longest(statement) {
  const { Resource: resources, Condition: condition = {} } = statement;
  if (Array.isArray(resources) && resources.length > 1) return [resources, (Resource) => ({ ...statement, Resource })];
  const lists = Object.entries(condition)
    // Alternatives may stand in several statements; what must not match has to stand in each.
    .filter(([operator]) => !operator.includes("Not") && !operator.includes("ForAllValues"))
    .flatMap(([operator, keys]) => Object.entries(keys).map(([key, values]) => [values.length, operator, key]))
    .filter(([length]) => length > 1)
    .sort((a, b) => a[0] - b[0] || byCodePoint(a[1], b[1]) || byCodePoint(a[2], b[2]));
  if (!lists.length) throw tooLarge(statement);
  const [, operator, key] = lists.at(-1);
  const put = (values) => ({
    ...statement,
    Condition: { ...condition, [operator]: { ...condition[operator], [key]: values } },
  });
  return [condition[operator][key], put];
}

function tooLarge(statement) {
  return new RangeError(`the statement ${statement.Sid ?? ""} alone is larger than a policy can be`);
}

/** What gives statements, and their parts, their Sids. */
function namesFor(statements) {
  const taken = new Set(statements.map((statement) => statement.Sid));
  const numbers = new Map();
  return (sid) => {
    if (sid === undefined) return {};
    if (!numbers.has(sid)) {
      numbers.set(sid, 2);
      return { Sid: sid };
    }
    let number = numbers.get(sid);
    while (taken.has(`${sid}${number}`)) number += 1;
    numbers.set(sid, number);
    taken.add(`${sid}${number}`);
    return { Sid: `${sid}${number}` };
  };
}

/** Puts weights into bins: first-fit-decreasing, then a bounded search for fewer bins. */
function packed(weights, room) {
  const order = weights.map((_, index) => index).sort((a, b) => weights[b] - weights[a] || a - b);
  const best = firstFit(order, weights, room);
  const least = Math.ceil(weights.reduce((sum, weight) => sum + weight, 0) / room);
  for (let count = least; count < best.length && best.length <= SEARCHED; count += 1) {
    const packing = search(order, weights, room, count);
    if (packing) return packing;
  }
  return best;
}

function firstFit(order, weights, room) {
  const bins = [];
  const left = [];
  for (const index of order) {
    let number = left.findIndex((free) => weights[index] <= free);
    if (number < 0) {
      number = bins.push([]) - 1;
      left.push(room);
    }
    bins[number].push(index);
    left[number] -= weights[index];
  }
  return bins;
}

/** A packing into so many bins, or null if there is none or none is found in time. */
function search(order, weights, room, count) {
  const bins = Array.from({ length: count }, () => []);
  const left = new Array(count).fill(room);
  const placed = [];
  let start = 0;
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    if (placed.length === order.length) return bins;
    const index = order[placed.length];
    const tried = left.slice(0, start);
    const number = left.findIndex((free, bin) => bin >= start && weights[index] <= free && !tried.includes(free));
    if (number >= 0) {
      bins[number].push(index);
      left[number] -= weights[index];
      placed.push(number);
      start = 0;
      continue;
    }
    if (!placed.length) return null;
    const back = placed.pop();
    bins[back].pop();
    left[back] += weights[order[placed.length]];
    start = back + 1;
  }
  return null;
}
