// What the package notes of an input, in the words of a page.

import { button, fold, h } from "./dom.js";

/** What the command has an option for, and a page something else: texts of notices, and what stands in their place. */
const OPTIONS = [
  [/; use --scope scoped$/, "; untick Every resource"],
  [/; use --format cli or terraform$/, "; choose AWS CLI or Terraform"],
  [/Give a copy of it with --code$/, "Open a copy of it as a file, too"],
  [/^--([a-z-]+): the file is not read; give it as --request, with the operation$/, "$1: the file is not read; open it here"],
  [/; give it to `sagemaker-roles audit` with --account-details$/, "; paste it alone, and it is reviewed"],
  [/run its code with `sagemaker-roles compose --run`, or give the requests that it makes$/, "paste the requests that it makes"],
  [/add the trust policy \(--trust FILE\)/, "paste the role with its trust policy"],
  [/^only the command reads this: sagemaker-roles compose --code$/, "only the command line reads this"],
];

/** A notice with buttons in the place of options of the command: an add-on is included by ticking it. */
function inWords(message) {
  const plain = OPTIONS.reduce((text, [option, words]) => text.replace(option, words), message);
  return plain.split(/--addon ([a-z0-9-]+)/).map((part, index) => (index % 2 ? button(`Include ${part}`, () => document.querySelector(`.a-situation input[value="${part}"]`)?.click(), "a-link") : part));
}

/** Notices as a list, problems first; many are folded. */
export function noticeList(notices) {
  const order = [...notices].sort((a, b) => (a.kind === b.kind ? 0 : a.kind === "problem" ? -1 : 1));
  const lines = order.slice(0, 50).map(({ kind, where, message }) =>
    h("li", { class: `is-${kind}` }, h("strong", {}, `${kind} `), h("code", {}, where), " ", ...inWords(message)),
  );
  const list = (some) => h("ul", { class: "a-notices" }, ...some);
  const isLong = lines.length > 2 && order[2].kind === "note";
  return h("div", { hidden: !lines.length }, list(isLong ? lines.slice(0, 2) : lines), ...(isLong ? [fold(`${lines.length - 2} more notes`, list(lines.slice(2)))] : []));
}
