// Reads AWS CloudTrail: log files, single events, lookup-events, EventBridge.

import { parseJson } from "./json.js";
import { style } from "./names.js";
import { InputError, isMapping } from "./places.js";

const STYLE = style();
const FACTS = [
  ["Region", "awsRegion"],
  ["Account", "recipientAccountId"],
];

/** The requests of a document that holds events. */
export function* found(reader, document) {
  const events = eventsOf(document.value);
  const isLog = isMapping(document.value) && Array.isArray(document.value.Records);
  if (!events.length && !isLog) {
    throw new InputError("no CloudTrail event; an event has eventSource and eventName", document.where());
  }
  for (const [index, event] of events.entries()) {
    const label = isLog || events.length > 1 ? `event ${index + 1} of ${document.name}` : document.name;
    if (matters(reader, event)) yield request(reader, event, label);
    else if (isMapping(event) && events.length === 1 && !isLog) {
      reader.notice("note", label, `${event.eventName} passes no role to SageMaker, as far as is known here`);
    }
  }
}

function matters(reader, event) {
  return (
    isMapping(event) &&
    String(event.eventSource ?? "").startsWith("sagemaker") &&
    typeof event.eventName === "string" &&
    Object.hasOwn(reader.names.inputs, event.eventName)
  );
}

function eventsOf(value) {
  if (Array.isArray(value)) return value;
  if (!isMapping(value)) return [];
  if (Array.isArray(value.Records)) return value.Records;
  if (Array.isArray(value.Events)) {
    return value.Events.filter((item) => isMapping(item) && typeof item.CloudTrailEvent === "string").flatMap((item) =>
      parseJson(item.CloudTrailEvent, `CloudTrailEvent ${item.EventId ?? ""}`.trim()).map((event) => event.value),
    );
  }
  if (isMapping(value.detail)) return [value.detail];
  return "eventName" in value ? [value] : [];
}

function request(reader, event, label) {
  let parameters = event.requestParameters;
  if (event.omitted === true || (isMapping(parameters) && parameters.omitted === true)) {
    reader.notice("problem", label, "CloudTrail left the request's members out because they are too large");
    parameters = null;
  }
  const facts = {};
  for (const [name, key] of FACTS) if (typeof event[key] === "string" && event[key]) facts[name] = event[key];
  const members = isMapping(parameters) && Object.keys(parameters).length ? parameters : null;
  return { operation: event.eventName, members, style: STYLE, path: ["requestParameters"], label, facts };
}
