// The page's engine reviews and explains the committed cases as the Python engine did: node --test tests/conformance

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { compared, explained, reviewed } from "./page.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`./page/${name}.json`, import.meta.url), "utf8"));

test("reviews", () => {
  const { cases, documents } = read("review");
  for (const { expected, ...item } of cases) {
    assert.deepEqual(JSON.parse(JSON.stringify(reviewed(item, documents))), expected, item.name);
  }
});

test("messages", () => {
  for (const { expected, ...item } of read("explain").cases) assert.deepEqual(explained(item), expected, item.name);
});

test("patterns", () => {
  for (const item of read("patterns").cases) assert.deepEqual(compared(item), item.slice(3), JSON.stringify(item));
});
