// How large the policies of resources may be, as AWS counts them; the part of scripts/sagemaker_roles/iam/size.py that their
// writers need. tests/conformance holds the two together.

import { compact } from "../canonical.js";

/** The limits by kind: most characters or bytes, whether bytes count, whether white space counts, how many statements. */
export const LIMITS = {
  managed: limit(6144, false, false),
  boundary: limit(6144, false, false),
  key: limit(32768, true),
  bucket: limit(20480, true),
  "access-point": limit(20480, true),
  repository: limit(10240),
  secret: limit(20480),
  topic: limit(30720, true),
  queue: limit(8192, true, true, 20),
  function: limit(20480, true),
  endpoint: limit(20480),
};

function limit(most, countsBytes = false, countsWhiteSpace = true, statements = 0) {
  return { most, countsBytes, countsWhiteSpace, statements };
}

/** What a document counts, written without white space between its parts, so that all of it is ASCII. */
export function sizeAs({ countsWhiteSpace }, document) {
  const text = compact(document);
  return (countsWhiteSpace ? text : text.replace(/\s/g, "")).length;
}
