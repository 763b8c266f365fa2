// Says which member of a request a finding is about, as scripts/sagemaker_roles/outputs/explaining.py does.

import { isAlong, waysOf } from "../engine/account.js";
import { isMapping } from "../engine/partial.js";
import { short } from "../engine/values.js";

/** What stands for a value that is not to be shown. */
export const HIDDEN = "(value hidden)";

/** How a message begins that goes on with the value as its subject. */
const OF_THE_VALUE = /^(is|must) /;

/** What a finding says; a value that is not to be shown, and what the message quotes of it, is hidden. */
export function shownOf(finding, member, hides) {
  if (!finding.value) return `${member}: ${finding.message}`;
  const value = hides ? HIDDEN : finding.value;
  const message = hides ? finding.message.replace(/"(?:[^"\\]|\\.)*(?:"|$)/g, HIDDEN) : finding.message;
  return `${member}: ${value}${OF_THE_VALUE.test(message) ? "" : ":"} ${message}`;
}

/** Finds the members of requests that findings are about; each request is walked through once. */
export class Placing {
  constructor(requests) {
    this.requests = new Map();
    this.values = new Map();
    for (const request of requests) {
      const key = JSON.stringify([request.operation, request.label ?? ""]);
      if (!this.requests.has(key)) this.requests.set(key, []);
      this.requests.get(key).push(request);
    }
  }

  /** The one member that a finding is about (Inputs[2].Uri), or its path without conditions (Inputs[].Uri). */
  placed(finding) {
    const member = finding.member.replace(/\[\?[^\]]*\]/g, "[]");
    const ways = waysOf(member);
    for (const request of this.requests.get(JSON.stringify([finding.operation, finding.label])) ?? []) {
      if (!this.values.has(request)) this.values.set(request, placesOf(request.members));
      const walk = this.values.get(request).get(finding.value)?.find(([, walked]) => isAlong(walked, ways));
      if (walk) return walk[0];
    }
    return member;
  }
}

/** The places of each value, as findings show it: the path and the names of the members on it. */
function placesOf(members) {
  const places = new Map();
  const left = [["", members, []]];
  while (left.length) {
    const [path, item, walked] = left.pop();
    if (Array.isArray(item)) {
      for (let index = item.length - 1; index >= 0; index -= 1) left.push([`${path}[${index}]`, item[index], walked]);
    } else if (isMapping(item)) {
      const inner = Object.entries(item).map(([name, value]) => [path ? `${path}.${name}` : name, value, [...walked, name]]);
      for (const one of inner.reverse()) left.push(one);
    } else if (path && item !== null) {
      const text = short(item);
      if (!places.has(text)) places.set(text, []);
      places.get(text).push([path, walked]);
    }
  }
  return places;
}
