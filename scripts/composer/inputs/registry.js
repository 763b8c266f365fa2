// The formats: how a value tells its format, and the reader of each.

import { isMapping } from "../engine/partial.js";
import * as ack from "./ack.js";
import * as api from "./api.js";
import * as cloudformation from "./cloudformation.js";
import * as cloudtrail from "./cloudtrail.js";
import * as pipeline from "./pipeline.js";
import * as terraform from "./terraform.js";

/** The reader of each format. */
export const FORMATS = { api, cloudtrail, cloudformation, ack, terraform, pipeline };

/** The format of a value that says so itself; null if it may only be an API request. */
export function recognised(value) {
  if (Array.isArray(value)) return has(value[0], "eventName") ? "cloudtrail" : null;
  if (!isMapping(value)) return null;
  if (isEvent(value) || isEvent(value.detail) || Array.isArray(value.Records)) return "cloudtrail";
  if (Array.isArray(value.Events) && value.Events.some((item) => has(item, "CloudTrailEvent"))) return "cloudtrail";
  if (typeof value.apiVersion === "string" && has(value, "kind")) return "ack";
  const isPlan = has(value, "format_version") && (has(value, "planned_values") || has(value, "values"));
  if (has(value, "terraform_version") || isPlan) return "terraform";
  const isResource = typeof value.Type === "string" && value.Type.startsWith("AWS::");
  if (isResource || has(value, "AWSTemplateFormatVersion")) return "cloudformation";
  const resources = isMapping(value.Resources) ? Object.entries(value.Resources) : [];
  if (resources.some(([key, item]) => key.startsWith("Fn::") || has(item, "Type"))) return "cloudformation";
  if (Array.isArray(value.Steps) && has(value, "Version")) return "pipeline";
  return null;
}

function has(value, key) {
  return isMapping(value) && Object.hasOwn(value, key);
}

function isEvent(value) {
  return has(value, "eventName") && has(value, "eventSource");
}
