// Shows what was composed: three documents with the reason beside each statement, findings, other forms.

import { canonical } from "../canonical.js";
import { Unwritable } from "../errors.js";
import { fill, h, marked, prose } from "./dom.js";
import { PARTS, operationsOf, write } from "../session.js";
import { finderOf } from "../engine/named.js";
import { statementJson } from "../engine/statements.js";
import { POLICY_LIMIT, TRUST_LIMIT, size } from "../iam/size.js";
import { HIDDEN } from "../outputs/explaining.js";

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
 * @param {Catalog} catalog for titles of sources
 * @param {HTMLElement} root the element it fills
 * @param {(isOpen: boolean) => void} toggled says that what else must allow it was opened or closed
 */
export class Result {
  constructor(catalog, root, toggled) {
    this.catalog = catalog;
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
  fail(message) {
    this.#notify([]);
    this.#status(message, true);
    this.#empty();
  }

  #empty() {
    fill(this.body);
    this.fold.hidden = true;
  }

  /** Shows a run's result in a format, with what else must allow it or without. */
  show(result, format, withOthers = false) {
    if (result.error) {
      this.#notify(result.notices);
      this.#status(result.error, true);
      this.#empty();
      return;
    }
    this.fold.hidden = false;
    this.fold.open = withOthers;
    const whole = written(result, format);
    this.#notify([...result.notices, ...whole.notices]);
    const open = whole.placeholders.length;
    const roles = result.roles.length > 1 ? `, in ${result.roles.length} roles` : "";
    this.#status(open ? `${open} placeholder${open > 1 ? "s" : ""} to fill${roles}` : `Complete: every placeholder has a value${roles}.`, false);
    const name = operationsOf(this.catalog, result.reading.requests)[0] ?? "role";
    if (format === "json") {
      fill(this.body, ...result.roles.flatMap((role, index) => this.#role(result, role, index)));
    } else {
      fill(this.body, textOf(whole.text, `${name}.${ENDINGS[format]}`));
    }
  }

  /** The documents of a role, below its ARN where there are several. */
  #role(result, role, index) {
    const isOne = result.roles.length === 1;
    const name = `${role.operations[0] ?? "role"}${isOne ? "" : `-${index + 1}`}`;
    const alone = { ...result, roles: [role] };
    const documents = PARTS.map((part) => this.#document(alone, part, name, isOne ? part : `${part}-${index + 1}`, isOne ? "h2" : "h3"));
    if (isOne) return documents;
    const title = role.chosen.arn ? [h("code", {}, ...prose(role.chosen.arn))] : ["Requests that pass no role"];
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

  /** A document, its statements side by side with their reasons. The code cells together are the canonical JSON. */
  #document(result, part, name, id, level) {
    const document = result.roles[0].composition[part];
    const { statements } = document;
    const heading = h(level, { id: `result-${id}` }, TITLES[part]);
    if (!statements.length) {
      const why = part === "caller" ? "The caller needs nothing for this." : "The operation accepts no role of its own.";
      return h("section", { "aria-labelledby": heading.id }, heading, h("p", {}, why));
    }
    const { text, notices } = write(result, [part]);
    const characters = size(document.toJSON());
    const limit = part === "trust" ? TRUST_LIMIT : POLICY_LIMIT;
    const file = `${name}-${{ policy: "policy", trust: "trust-policy", caller: "caller-policy" }[part]}.json`;
    const isSplit = notices.some((notice) => notice.message.includes("split into"));
    return h(
      "section",
      { "aria-labelledby": heading.id },
      heading,
      h("p", {}, `${EXPLAINED[part]} ${characters.toLocaleString("en")} of ${limit.toLocaleString("en")} characters.`),
      buttons(text, file),
      isSplit ? h("p", {}, "Too long for one managed policy: Copy and Download give an array of policies.") : "",
      grid(this.catalog, document, part),
    );
  }
}

/** A document, its statements side by side with their reasons. The code cells together are the canonical JSON. */
export function grid(catalog, document, part) {
  const rows = [row("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n", "")];
  document.statements.forEach((statement, index) => {
    const json = canonical(statementJson(statement)).trimEnd().replace(/^/gm, "    ");
    const end = index === document.statements.length - 1 ? "\n" : ",\n";
    rows.push(row(json + end, reasonsOf(catalog, statement.reasons)));
  });
  rows.push(row("  ]\n}\n", ""));
  return h("div", { class: "composer-grid", "data-part": part }, ...rows);
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

/** The text of all documents in a format; what cannot be written so is a problem. */
function written(result, format) {
  try {
    return write(result, PARTS, format, true);
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    const { placeholders } = write(result, PARTS, "json", true);
    return { text: "", placeholders, notices: [{ kind: "problem", where: format, message: error.message }] };
  }
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

/** The reasons of a need or statement, each with its evidence and its sources; of a catalog. */
export function reasonsOf(catalog, reasons) {
  return reasons.slice(0, 12).map((reason) => {
    const whose = [reason.operation, reason.addon ? `+ ${reason.addon}` : ""].filter(Boolean).join(" ");
    const isHidden = reason.values.length && reason.members.some((member) => finderOf(catalog).isPrivate(member));
    const values = isHidden ? [HIDDEN] : reason.values.filter((value) => value.length < 200).slice(0, 6);
    const sources = reason.sources.map((id) => sourceOf(catalog, id));
    return h(
      "div",
      { class: "composer-reason" },
      h("p", {}, reason.why),
      reason.members.length
        ? h("p", { class: "members" }, "From ", ...codes(reason.members), ...(values.length ? [": ", ...codes(values)] : []))
        : "",
      ...reason.notes.map((note) => h("p", { class: "note" }, note)),
      h("p", {}, h("span", { class: `evidence ${reason.evidence}` }, reason.evidence), ...prose(` ${whose}. `), ...joinNodes(sources)),
    );
  });
}

function sourceOf(catalog, id) {
  const source = catalog.sources[id];
  if (!source) return h("span", {}, id);
  if (!source.url.startsWith("https://")) return h("span", {}, ...prose(source.title));
  return h("a", { href: source.url }, ...prose(source.title));
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
