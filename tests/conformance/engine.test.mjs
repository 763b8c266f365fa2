// The page's engine answers the committed cases as the Python engine did: node --test tests/conformance

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { short, whole } from "./engine.mjs";

/** A value with statements in place of their digests. */
function unpacked(value, statements) {
  if (Array.isArray(value)) return value.map((item) => unpacked(item, statements));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    key === "Statement" ? item.map((digest) => statements[digest]) : unpacked(item, statements),
  ]);
  return Object.fromEntries(entries);
}

const folder = new URL("./", import.meta.url);
for (const file of readdirSync(folder).filter((name) => name.endsWith(".json")).sort()) {
  const { cases, statements } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  test(file, () => {
    assert.ok(cases.length);
    for (const { expected, ...item } of cases) {
      const answer = JSON.parse(JSON.stringify(short(whole(item))));
      assert.deepEqual(answer, unpacked(expected, statements), item.name);
    }
  });
}
