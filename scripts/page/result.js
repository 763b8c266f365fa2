// Shows what was composed: three documents with the reason beside each statement, findings, other forms.

import { fill, h, marked, prose } from "./dom.js";

const PARTS = ["policy", "trust", "caller"];
const TITLES = { policy: "Permissions policy", trust: "Trust policy", caller: "Caller policy" };
const EXPLAINED = {
  policy: "The role can do this.",
  trust: "These identities can assume the role.",
  caller: "The identity that makes the call needs this, in addition to the role.",
};
/** What file names end with, by format. */
export const ENDINGS = { cloudformation: "template.json", terraform: "tf", cli: "sh" };

/**
 * The result's side of the page.
 *
 * @param {HTMLElement} root the element it fills
 * @param {(isOpen: boolean) => void} toggled says that what else must allow it was opened or closed
 */
export class Result {
  constructor(root, toggled) {
    this.toggled = toggled;
    this.status = h("p", { role: "status", class: "composer-status" });
    this.notices = noticeList([]);
    this.body = h("div", {});
    this.others = h("div", {});
    this.fold = h(
      "details",
      { class: "composer-more", id: "result-companions", hidden: true, ontoggle: () => this.toggled(this.fold.open) },
      h("summary", {}, "What else must allow it: policies of resources and VPC endpoints, boundary"),
      this.others,
    );
    root.tabIndex = -1;
    this.root = root;
    fill(root, this.status, this.notices, this.body, this.fold);
  }

  /** What the status says. */
  get message() {
    return this.status.textContent;
  }

  /** Takes the reader to the result, by keyboard too. */
  enter() {
    this.root.focus({ preventScroll: true });
    this.root.scrollIntoView();
  }

  /** Says what to do first, while nothing is chosen. */
  invite(message) {
    this.#notify([]);
    this.#status(message, false);
    this.#empty();
  }

  /** Shows nothing but that there is no result, and why. */
  fail(message, notices = []) {
    this.#notify(notices);
    this.#status(message, true);
    this.#empty();
  }

  #empty() {
    fill(this.body);
    this.fold.hidden = true;
  }

  /** Shows an answer in a format, with what else must allow it or without. */
  show(result, format, withOthers = false) {
    this.fold.hidden = false;
    this.fold.open = withOthers;
    this.#notify(result.notices);
    const open = result.placeholders.length;
    const roles = result.roles.length > 1 ? `, in ${result.roles.length} roles` : "";
    this.#status(open ? `${open} placeholder${open > 1 ? "s" : ""} to fill${roles}` : `Complete: every placeholder has a value${roles}.`, false);
    const name = result.operations[0]?.name ?? "role";
    if (format === "json") fill(this.body, ...result.roles.flatMap((role, index) => this.#role(role, index, result.roles.length === 1)));
    else fill(this.body, textOf(result.text, `${name}.${ENDINGS[format]}`));
  }

  /** The documents of a role, below its ARN where there are several. */
  #role(role, index, isOne) {
    const name = `${role.operations[0] ?? "role"}${isOne ? "" : `-${index + 1}`}`;
    const documents = PARTS.map((part) => this.#document(role.shown[part], part, name, isOne ? part : `${part}-${index + 1}`, isOne ? "h2" : "h3"));
    if (isOne) return documents;
    const title = role.arn ? [h("code", {}, ...prose(role.arn))] : ["Requests that pass no role"];
    return [h("h2", { id: `result-role-${index + 1}` }, ...title), h("p", {}, `For ${role.operations.join(", ")}.`), ...documents];
  }

  #status(message, isProblem) {
    this.status.classList.toggle("is-problem", isProblem);
    if (this.status.textContent !== message) this.status.textContent = message;
  }

  #notify(notices) {
    const list = noticeList(notices);
    this.notices.replaceWith(list);
    this.notices = list;
  }

  #document(document, part, name, id, level) {
    const heading = h(level, { id: `result-${id}` }, TITLES[part]);
    if (!document) {
      const why = part === "caller" ? "The caller needs nothing for this." : "The operation accepts no role of its own.";
      return h("section", { "aria-labelledby": heading.id }, heading, h("p", {}, why));
    }
    const file = `${name}-${{ policy: "policy", trust: "trust-policy", caller: "caller-policy" }[part]}.json`;
    const count = `${document.size.toLocaleString("en")} of ${document.limit.toLocaleString("en")} characters.`;
    return h(
      "section",
      { "aria-labelledby": heading.id },
      heading,
      h("p", {}, `${EXPLAINED[part]} ${count}`),
      buttons(document.text, file),
      document.split ? h("p", {}, "Too long for one managed policy: Copy and Download give an array of policies.") : "",
      grid(document.rows, part),
    );
  }
}

/** A document, its statements side by side with their reasons. The code cells together are the canonical JSON. */
export function grid(rows, part) {
  return h("div", { class: "composer-grid", "data-part": part }, ...rows.map(([code, reasons]) => row(code, reasonsOf(reasons))));
}

/** Notices as a list, problems first. */
export function noticeList(notices) {
  const order = [...notices].sort((a, b) => (a.kind === b.kind ? 0 : a.kind === "problem" ? -1 : 1));
  const lines = order.slice(0, 50).map(({ kind, where, message }) =>
    h("li", { class: `is-${kind}` }, h("strong", {}, `${kind} `), h("code", {}, where), ` ${message}`),
  );
  return h("ul", { class: "composer-notices", hidden: !notices.length }, ...lines);
}

/** A text in a format, with its buttons. */
export function textOf(text, file) {
  return h(
    "section",
    {},
    buttons(text, file),
    h("div", { class: "highlight" }, h("pre", {}, h("code", { tabindex: "0" }, ...marked(text)))),
  );
}

/** Buttons that copy and save a text. */
export function buttons(text, file) {
  const copy = h("button", { type: "button", class: "composer-button", onclick: () => copied(copy, text) }, "Copy");
  const save = h("button", { type: "button", class: "composer-button", onclick: () => saved(text, file) }, "Download");
  return h("p", { class: "composer-buttons" }, copy, save);
}

/** Copies a text and says so on the button. */
export async function copied(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying is not allowed here";
  }
  setTimeout(() => (button.textContent = label), 1500);
}

/** The reasons of a need or statement, each with its evidence and its sources. */
export function reasonsOf(reasons) {
  return reasons.map((reason) => {
    const whose = [reason.operation, reason.addon ? `+ ${reason.addon}` : ""].filter(Boolean).join(" ");
    const values = reason.values.length ? [": ", ...codes(reason.values)] : [];
    return h(
      "div",
      { class: "composer-reason" },
      h("p", {}, reason.why),
      reason.members.length ? h("p", { class: "members" }, "From ", ...codes(reason.members), ...values) : "",
      ...reason.notes.map((note) => h("p", { class: "note" }, note)),
      h("p", {}, h("span", { class: `evidence ${reason.evidence.replace(" ", "-")}` }, reason.evidence), ...prose(whose ? ` ${whose}. ` : ""), ...joinNodes(reason.sources.map(sourceOf))),
    );
  });
}

function sourceOf({ title, url }) {
  return url.startsWith("https://") ? h("a", { href: url }, ...prose(title)) : h("span", {}, ...prose(title));
}

function saved(text, file) {
  const link = h("a", { href: URL.createObjectURL(new Blob([text])), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function row(code, reasons) {
  return h("div", { class: "composer-row" }, h("pre", {}, h("code", {}, ...marked(code))), h("div", {}, ...[reasons].flat()));
}

export function codes(texts) {
  return joinNodes(texts.map((text) => h("code", {}, ...prose(text))));
}

export function joinNodes(nodes) {
  return nodes.flatMap((node, index) => (index ? [", ", node] : [node]));
}
