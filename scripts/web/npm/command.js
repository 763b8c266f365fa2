#!/usr/bin/env node
// The command: composes, reviews and explains a file with the engine, and prints its answer as JSON.

import { existsSync, readFileSync } from "node:fs";

import { SagemakerRolesError, load } from "./engine.js";

const USAGE = `Usage. sagemaker-roles compose FILE [OPTIONS].
       sagemaker-roles audit ROLE FILE [OPTIONS].
       sagemaker-roles explain MESSAGE|FILE.

FILE is a request, template, plan, or log. ROLE is a policy, or a role as IAM gives it. A path of - is the standard input.
OPTIONS is JSON with options of the engine, such as '{"operation": "CreateModel"}'.
The answer is JSON. Exit codes: 0, 1 for problems or open values, 2 for wrong usage.
`;

/** What was given cannot be used. */
class Wrong extends Error {}

function read(path) {
  try {
    return { name: path, text: readFileSync(path === "-" ? 0 : path, "utf8") };
  } catch (error) {
    throw new Wrong(`${path}: cannot be read (${error.code}); give the path of a file`);
  }
}

function options(text) {
  try {
    const value = JSON.parse(text ?? "{}");
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // told below
  }
  throw new Wrong(`${text}: no options; give a JSON object, such as '{"operation": "CreateModel"}'`);
}

const hasProblem = ({ notices }) => notices.some(({ kind }) => kind === "problem");

/** Each command with how many arguments it needs and takes, and its answer with whether that is right. */
const COMMANDS = {
  compose: [1, 2, async (file, more) => {
    const [input, choice] = [read(file), options(more)];
    const answer = (await load()).compose([input], choice);
    return [answer, !hasProblem(answer) && !answer.placeholders.length];
  }],
  audit: [2, 3, async (role, file, more) => {
    const [held, input, choice] = [read(role), read(file), options(more)];
    const answer = (await load()).audit({ roles: [held.text] }, [input], choice);
    return [answer, !hasProblem(answer) && answer.roles.every(({ verdict }) => ["sufficient", "minimal"].includes(verdict))];
  }],
  explain: [1, 1, async (message) => {
    const text = message === "-" || existsSync(message) ? read(message).text : message;
    const answer = (await load()).explain(text);
    return [answer, answer.known];
  }],
};

const [name, ...given] = process.argv.slice(2);
const [least, most, run] = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : [];
if (name === "--help") {
  process.stdout.write(USAGE);
} else if (!run || given.length < least || given.length > most) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  try {
    const [answer, isRight] = await run(...given);
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    process.exitCode = isRight ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Wrong || error instanceof SagemakerRolesError)) throw error;
    for (const { kind, where, message } of error.notices ?? []) process.stderr.write(`${kind}: ${where}: ${message}\n`);
    process.stderr.write(`sagemaker-roles: ${error.message}\n`);
    process.exitCode = 2;
  }
}
