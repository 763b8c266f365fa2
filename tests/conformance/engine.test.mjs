// The page's engine answers the committed cases as the Python engine did: node --test tests/conformance

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { choose } from "../../scripts/composer/engine/roles.js";
import { catalog, short, whole } from "./engine.mjs";

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

test("choosing asks each request for its roles a few times only, however many roles there are", (context) => {
  const requests = Array.from({ length: 100 }, (_, number) => ({
    operation: "CreateModel",
    members: { ExecutionRoleArn: `arn:aws:iam::111122223333:role/R${number}` },
    label: `m${number}`,
  }));
  const asked = context.mock.method(catalog, "has");
  const roles = choose(catalog, requests);
  assert.deepEqual(roles.map((role) => role.requests.map((request) => request.label)), requests.map((request) => [request.label]));
  assert.ok(asked.mock.callCount() >= 100 && asked.mock.callCount() < 1000, `${asked.mock.callCount()} times`);
});
