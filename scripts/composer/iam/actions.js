// Actions: patterns without regard to case, as scripts/sagemaker_roles/iam/actions.py.

import { pattern, remembered } from "./patterns.js";

/** Compiles an action; its case does not count. */
export const action = remembered((text) => pattern(text.toLowerCase(), false));
