// Characters of policy documents as AWS counts them, and how many each kind may have; of scripts/sagemaker_roles/iam/size.py
// the kinds that are written. tests/conformance holds the two together.

import { compact } from "../canonical.js";

/** The limits by kind: most characters or bytes, whether bytes count, whether white space counts, how many statements. */
export const LIMITS = {
  managed: limit(6144, false, false),
  boundary: limit(6144, false, false),
  trust: limit(2048, false, false),
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

/** Characters of a managed policy, without white space. */
export const POLICY_LIMIT = LIMITS.managed.most;
/** Characters of a role's trust policy; the quota can be raised. */
export const TRUST_LIMIT = LIMITS.trust.most;
/** Managed policies a role can have; the quota can be raised. */
export const ATTACHED_LIMIT = 10;

/** Characters of a document as IAM counts them: without white space, also in its texts. */
export function size(value) {
  return sizeAs(LIMITS.managed, value);
}

/** What a document counts, written without white space between its parts, so that all of it is ASCII. */
export function sizeAs({ countsWhiteSpace }, document) {
  const text = compact(document);
  return (countsWhiteSpace ? text : text.replace(/\s/g, "")).length;
}
