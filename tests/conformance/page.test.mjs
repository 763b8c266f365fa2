// The page's engine reviews and explains the committed cases as the Python engine did: node --test tests/conformance

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { readHeld } from "../../scripts/composer/inputs/held.js";
import { tabOf } from "../../scripts/composer/page/recognising.js";
import { catalog } from "./engine.mjs";
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

test("what is pasted is recognised", () => {
  for (const { name, text, expected } of read("explain").cases) {
    const isMessage = expected.causes.length > 0;
    if (!/^[{]/.test(text)) assert.equal(tabOf(catalog, text), isMessage ? "denied" : "", name);
  }
  for (const [name, document] of Object.entries(read("review").documents)) {
    const isPolicy = document.Statement !== undefined;
    assert.equal(tabOf(catalog, JSON.stringify(document)), isPolicy ? "review" : "compose", name);
  }
  const folder = new URL("../inputs/aws/", import.meta.url);
  for (const name of readdirSync(folder)) assert.equal(tabOf(catalog, readFileSync(new URL(name, folder), "utf8")), "compose", name);
});

test("roles are read as IAM answers them", () => {
  const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] };
  const trust = { Statement: [{ Effect: "Allow", Principal: { Service: "sagemaker.amazonaws.com" }, Action: "sts:AssumeRole" }] };
  const coded = encodeURIComponent(JSON.stringify(policy));
  const Arn = "arn:aws:iam::111122223333:role/R";
  const of = (...values) => readHeld(values.map((value) => JSON.stringify(value)).join("\n"));
  assert.deepEqual(of(policy)[0].policies.map((one) => one.document), [policy]);
  assert.deepEqual(of(policy, policy, trust)[0].policies.length, 2);
  assert.deepEqual(of(policy, trust)[0].trust, trust);
  assert.deepEqual(of({ PolicyVersion: { Document: coded } })[0].policies[0].document, policy);
  assert.equal(of({ RoleName: "R", PolicyName: "P", PolicyDocument: policy })[0].policies[0].name, "P");
  const [role] = of({ Role: { Arn, RoleName: "R", AssumeRolePolicyDocument: trust } }, policy);
  assert.deepEqual([role.arn, role.trust, role.policies.length], [Arn, trust, 1]);
  const limits = "arn:aws:iam::111122223333:policy/Limits";
  const own = { Arn: limits, PolicyName: "Limits", PolicyVersionList: [{ Document: trust }, { Document: policy, IsDefaultVersion: true }] };
  const attached = [{ PolicyName: "Limits", PolicyArn: limits }, { PolicyName: "Other", PolicyArn: "arn:aws:iam::aws:policy/Other" }];
  const detail = { Arn, AssumeRolePolicyDocument: trust, AttachedManagedPolicies: attached, PermissionsBoundary: { PermissionsBoundaryArn: limits } };
  const [held] = of({ RoleDetailList: [detail], Policies: [own] });
  assert.deepEqual([held.boundary, held.policies.length, held.unknown.length], [policy, 1, 1]);
  const inForce = { ...own, DefaultVersionId: "v2", PolicyVersionList: [{ VersionId: "v2", Document: policy }, { VersionId: "v1", Document: trust, IsDefaultVersion: true }] };
  assert.deepEqual(of({ RoleDetailList: [detail], Policies: [inForce, own] })[0].boundary, policy);
  const unsaid = { ...own, PolicyVersionList: [{ Document: policy }] };
  assert.deepEqual(of({ RoleDetailList: [detail], Policies: [unsaid] })[0].unknown.length, 3);
  const [older] = of(policy, { PolicyVersion: { Document: policy, IsDefaultVersion: false } });
  assert.deepEqual([older.policies.length, older.unknown.length], [1, 1]);
  for (const wrong of ["{}", "[]", "1", "{", '{"a": {"b": 1}}']) assert.throws(() => readHeld(wrong), { name: "Error" }, wrong);
});
