// Reads error messages as they come (text, logs, CloudTrail events, Describe… answers) and takes them apart, as
// scripts/sagemaker_roles/inputs/messages.py. What a message can look like is data: messages of the catalog.

import { extend } from "../canonical.js";
import { isMapping } from "../engine/partial.js";
import { filled, namesIn, partitionOf } from "../engine/values.js";
import { InputError } from "../errors.js";
import { partsOf } from "../iam/parts.js";
import { remembered } from "../iam/patterns.js";
import { isTooDeep } from "./places.js";

/** How much text is read, in characters, and how many different messages of it are explained. */
export const MAX_TEXT = 8 << 20;
const MAX_MESSAGES = 20;

/** How much text before and after a message can hold clues, in characters: a traceback, some lines of a log. */
const BEFORE = 4000;
const AFTER = 500;

const DENIED = /^(?:Client\.)?(?:AccessDenied(?:Exception)?|UnauthorizedOperation|UnauthorizedAccess|Forbidden|403)$/;
const IAM_NAME = /^(role|user|policy|instance profile) ([^ ]{1,512})$/;
const SPACE = /[\s\x1c-\x1f\x85]+/g;

/** A pattern of the data, compiled. */
const patternOf = remembered((text) => new RegExp(text, "gu"));

/** Whether a text has a pattern of the data in it. */
export function finds(text, where) {
  const pattern = patternOf(text);
  pattern.lastIndex = 0;
  return pattern.test(where);
}

/** The different messages of a text that have a known form, in the order of the text. */
export function readMessages(catalog, text) {
  if (text.length > MAX_TEXT) throw new InputError(`larger than ${MAX_TEXT >> 20} million characters; give the part with the error`);
  const messages = new Map();
  for (const [part, origin] of textsIn(catalog, text)) {
    for (const message of scanned(catalog, part, origin)) {
      messages.set(JSON.stringify(message), message);
      if (messages.size === MAX_MESSAGES) return [...messages.values()];
    }
  }
  return [...messages.values()];
}

// --- where the texts are -------------------------------------------------------------------------------------------

/** The texts to scan: those of JSON that is known, else the text as it is. */
function textsIn(catalog, text) {
  const value = json(text);
  const parts = value === null ? [] : ofJson(catalog, value);
  return parts.length ? parts : [[text, {}]];
}

function json(text) {
  if (!"{[".includes(text.trimStart()[0] ?? " ")) return null;
  try {
    const value = JSON.parse(text);
    return isTooDeep(value) ? null : value;
  } catch {
    return null;
  }
}

function ofJson(catalog, value) {
  const texts = [];
  const left = [value];
  while (left.length) {
    const item = left.pop();
    if (Array.isArray(item)) for (let index = item.length - 1; index >= 0; index -= 1) left.push(item[index]);
    if (!isMapping(item)) continue;
    if (typeof item.CloudTrailEvent === "string") left.push(json(item.CloudTrailEvent));
    else if (typeof item.eventName === "string" && typeof item.eventSource === "string") extend(texts, ofEvent(catalog, item));
    else if (typeof item.FailureReason === "string") texts.push([item.FailureReason, ofAnswer(catalog, item)]);
    else for (const inner of Object.values(item).reverse()) left.push(inner);
  }
  return texts;
}

/** The text of a CloudTrail event with an error, and what Amazon S3's own message does not have: its call. */
function ofEvent(catalog, event) {
  const code = String(event.errorCode ?? "");
  const text = String(event.errorMessage ?? "");
  const call = event.eventName;
  if (!code && !text) return [];
  const origin = {
    operations: catalog.has(call) ? [call] : [],
    principal: isMapping(event.userIdentity) ? String(event.userIdentity.arn ?? "") : "",
    service: event.eventSource.split(".")[0],
    resource: resourceOf(event),
    region: String(event.awsRegion ?? ""),
  };
  const texts = [[text, origin]];
  if (!text.includes("is not authorized to perform") && DENIED.test(code) && /^[A-Za-z0-9]+$/.test(call)) {
    texts.unshift([`An error occurred (AccessDenied) when calling the ${call} operation: Access Denied`, origin]);
  }
  return texts;
}

/** The resource of an event of Amazon S3 or AWS KMS, from its parameters or the resources it lists. */
function resourceOf({ requestParameters: parameters, resources }) {
  if (isMapping(parameters) && typeof parameters.bucketName === "string") {
    return `arn:\${Partition}:s3:::${parameters.bucketName}` + (typeof parameters.key === "string" ? `/${parameters.key}` : "");
  }
  const named = (Array.isArray(resources) ? resources : []).find((item) => isMapping(item) && typeof item.ARN === "string");
  return named?.ARN ?? "";
}

/** The operation that a Describe… answer is about (its own ARN comes before those it refers to), and the role. */
function ofAnswer(catalog, answer) {
  const own = Object.keys(answer).find((key) => key.endsWith("Arn") && catalog.has(`Create${key.slice(0, -3)}`));
  const role = [answer.RoleArn, answer.ExecutionRoleArn].find((one) => typeof one === "string") ?? "";
  return { operations: own ? [`Create${own.slice(0, -3)}`] : [], role };
}

// --- taking texts apart --------------------------------------------------------------------------------------------

/** A text in one line, without the escapes of a log that holds JSON. */
function lineOf(text) {
  return text.replaceAll("\\n", " ").replaceAll('\\"', '"').replace(SPACE, " ");
}

function scanned(catalog, text, origin) {
  const line = lineOf(text);
  const matches = [];
  const seen = new Set();
  for (const [name, form] of Object.entries(catalog.data.messages)) {
    for (const match of line.matchAll(patternOf(form.pattern))) {
      const start = match.index;
      const end = start + match[0].length;
      const key = `${name}\0${match[0]}`;
      if (seen.has(key) || matches.some((one) => one.start < end && start < one.end)) continue;
      seen.add(key);
      matches.push({ start, end, name, match });
      if (seen.size > MAX_MESSAGES * 10) break;
    }
  }
  matches.sort((a, b) => a.start - b.start);
  return matches.map(({ start, end, name, match }) => {
    const around = line.slice(Math.max(0, start - BEFORE), end + AFTER);
    const { clues } = catalog.data;
    const shows = Object.keys(clues).filter((clue) => finds(clues[clue].pattern, around));
    return { ...messageOf(catalog, name, match, origin), clues: shows };
  });
}

function messageOf(catalog, name, match, origin) {
  const form = catalog.data.messages[name];
  const groups = new Map(Object.entries(match.groups ?? {}).filter(([, value]) => value));
  const call = groups.get("Call") ?? "";
  const principal = groups.get("Principal") ?? origin.principal ?? "";
  const role = groups.get("Role") ?? origin.role ?? "";
  const account = partsOf(principal).account || partsOf(role).account;
  const region = groups.get("Region") ?? origin.region ?? "";
  const partition = partitionOf(catalog.regions, region) || partsOf(principal || role).partition || "aws";
  const own = new Map([["Partition", partition]]);
  const resource = resourceIn(form, new Map([...groups, ...own]), account) || filled(origin.resource ?? "", own);
  const named = partsOf(resource);
  return {
    form: name,
    text: shown(match[0]),
    actions: actionsOf(form, groups, origin.service ?? ""),
    resource,
    principal,
    role,
    reason: groups.get("Reason") ?? "",
    operations: origin.operations ?? [],
    called: catalog.has(call) ? call : "",
    account: /^[0-9]+$/.test(named.account) ? named.account : account,
    region: named.region || region,
    partition: resource && !namesIn(named.partition).length ? named.partition : partition,
  };
}

/** A text as it may be shown: cut, without what may be a secret, control characters escaped. */
export function shown(text, most = 400) {
  const cut = [...text].slice(0, most * 4).join("");
  const open = cut
    .replace(/\bA[KS]IA[0-9A-Z]{12,32}/gi, "…")
    .replace(/(signature=|security-token=|credential=)[^& "]+/gi, "$1…")
    .replace(/[\p{C}\p{Z}]/gu, (one) => (one === " " ? one : escaped(one)));
  const characters = [...open];
  return characters.length <= most ? open : `${characters.slice(0, most - 1).join("")}…`;
}

function escaped(one) {
  const code = one.codePointAt(0);
  const hex = (digits) => code.toString(16).padStart(digits, "0");
  const usual = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
  return usual ?? (code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
}

/** The actions that a message denies; a call that is no action stands for the one that decides. */
function actionsOf(form, groups, service) {
  const calls = form.calls ?? {};
  const prefix = service || form.service || "";
  const named = groups.get("Action") || (form.service ? groups.get("Call") : "") || "";
  if (named.includes(":")) return [named];
  if (named && Object.hasOwn(calls, named) && calls[named].startsWith(prefix ? `${prefix}:` : "")) return [calls[named]];
  return named && prefix ? [`${prefix}:${named}`] : (form.Action ?? []);
}

/** The ARN of what a message denies; "" if it is not shown, or everything. */
function resourceIn(form, groups, account) {
  const named = (groups.get("Resource") ?? "").replace(/[.,;'"]+$/, "");
  if (named && named !== "*") {
    const base = `arn:${groups.get("Partition")}:iam::${account || "${Account}"}:`;
    const byName = IAM_NAME.exec(named);
    if (byName) return `${base}${byName[1].replace("instance profile", "instance-profile")}/${byName[2]}`;
    return /^[A-Za-z0-9_+=,.@-]{1,64}$/.test(named) ? `${base}role/${named}` : named;
  }
  const template = form.Resource ?? "";
  return namesIn(template).every((name) => groups.has(name)) ? filled(template, groups).replace(/[.,]+$/, "") : "";
}
