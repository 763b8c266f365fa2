// What the page's part of the IAM algebra answers to questions, one a line: [name of the function, …arguments].

import { createInterface } from "node:readline";

import { matches, pattern } from "../../scripts/composer/iam/patterns.js";
import { covers, isWeaker, reduced, uncovered } from "../../scripts/composer/iam/prefixes.js";
import { split } from "../../scripts/composer/iam/splitting.js";

const pairs = (condition) => Object.entries(condition).map(([operator, keys]) => [operator, Object.entries(keys)]);

const ANSWERS = {
  matches: (one, text, variables) => matches(pattern(one, variables), text),
  reduced,
  covers,
  uncovered,
  is_weaker: (condition, other) => isWeaker(pairs(condition), pairs(other)),
  split: (document, limit) => {
    try {
      return split(document, limit);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return error.message;
    }
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  console.log(JSON.stringify(ANSWERS[name](...given)));
}
