// Reads AWS CloudTrail: log files, single events, lookup-events, EventBridge.

import { isMapping } from "../engine/partial.js";
import { InputError } from "../errors.js";
import { parseJson } from "./json_text.js";
import { style } from "./names.js";
import { textOf } from "./numbers.js";

const STYLE = style();
const FACTS = [
  ["Region", "awsRegion"],
  ["Account", "recipientAccountId"],
];

/** The requests of a document that holds events. */
export function* read(reader, document) {
  const events = eventsOf(document.value);
  const isLog = isMapping(document.value) && Array.isArray(document.value.Records);
  if (!events.length && !isLog) {
    throw new InputError("no CloudTrail event; an event has eventSource and eventName", document.where());
  }
  for (const [index, [event, path]] of events.entries()) {
    const label = isLog || events.length > 1 ? `event ${index + 1} of ${document.name}` : document.name;
    if (matters(reader, event)) yield request(reader, event, label, path);
    else if (isMapping(event) && events.length === 1 && !isLog) {
      reader.notice("note", label, `${textOf(event.eventName)} passes no role to SageMaker, as far as is known here`);
    }
  }
}

function matters(reader, event) {
  return (
    isMapping(event) &&
    typeof event.eventSource === "string" &&
    event.eventSource.startsWith("sagemaker") &&
    typeof event.eventName === "string" &&
    Object.hasOwn(reader.names.inputs, event.eventName)
  );
}

/** The events that a value holds, with their paths in it. */
function eventsOf(value) {
  if (Array.isArray(value)) return value.map((item, index) => [item, [index]]);
  if (!isMapping(value)) return [];
  if (Array.isArray(value.Records)) return value.Records.map((item, index) => [item, ["Records", index]]);
  if (Array.isArray(value.Events)) {
    return value.Events.flatMap((item, index) => {
      if (!isMapping(item) || typeof item.CloudTrailEvent !== "string") return [];
      const name = `CloudTrailEvent ${textOf(Object.hasOwn(item, "EventId") ? item.EventId : "")}`.trim();
      return parseJson(item.CloudTrailEvent, name).map((event) => [event.value, ["Events", index]]);
    });
  }
  if (isMapping(value.detail)) return [[value.detail, ["detail"]]];
  return Object.hasOwn(value, "eventName") ? [[value, []]] : [];
}

function request(reader, event, label, path) {
  let parameters = event.requestParameters;
  if (event.omitted === true || (isMapping(parameters) && parameters.omitted === true)) {
    reader.notice("problem", label, "CloudTrail left the request's members out because they are too large");
    parameters = null;
  }
  const facts = {};
  for (const [name, key] of FACTS) if (typeof event[key] === "string" && event[key]) facts[name] = [event[key], [...path, key]];
  const members = isMapping(parameters) && Object.keys(parameters).length ? parameters : null;
  return { operation: event.eventName, members, style: STYLE, path: [...path, "requestParameters"], label, facts };
}
