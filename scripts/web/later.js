// What is not needed to show a page: the way to the engine, and what only its answers need. A file of its own, loaded when
// it is needed.

export { Engine } from "./client.js";
export { companionsView } from "./companions.js";
export { denied } from "./denied.js";
export { find, loadNames, nearAddress } from "./find.js";
export { firstAnswer } from "./first.js";
export { EXAMPLES } from "./examples.js";
export { packInput, unpackInput } from "./links.js";
export { noticeList } from "./notices.js";
export { refused } from "./refused.js";
export { Review } from "./review.js";
