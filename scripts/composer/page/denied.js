// The tab "Denied?": an error message, and what it means.

import { canonical } from "../canonical.js";
import { InputError } from "../errors.js";
import { explainMessage } from "../explaining.js";
import { fill, h, marked, operationOptions, pasteField, prose } from "./dom.js";
import { tabOf } from "./recognising.js";
import { codes, copied, joinNodes } from "./result.js";

/** What a matter is called, as the command calls it. */
const MATTERS = {
  account: "a setting of the account, not a policy",
  client: "the client, not a policy",
  code: "your own code, not a policy",
  encoded: "the message is encoded",
  limit: "a limit of the service, not a policy",
  missing: "a missing object, or a permission to read it",
  permission: "a missing permission",
  resource: "a policy or setting of the resource",
  role: "the role itself: it is wrong, too new, or not trusted",
  route: "the network, not a policy",
};
const EXAMPLE =
  "An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: User: " +
  "arn:aws:sts::111122223333:assumed-role/ExecutionRole/SageMaker is not authorized to perform: ecr:GetAuthorizationToken " +
  "on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action";

export class DeniedView {
  /**
   * @param {HTMLElement} root the element it fills
   * @param {object} took catalog, groups of operations, loader, changed (takes the text), lead (words that lead to another tab), link (to the composer)
   */
  constructor(root, { catalog, groups, loader, changed, lead, link }) {
    Object.assign(this, { catalog, loader, lead, link });
    this.text = pasteField("denied-message", "denied-hint", changed);
    this.operation = h(
      "select",
      { id: "denied-operation", onchange: () => changed(this.text.value) },
      h("option", { value: "" }, "Not known"),
      ...operationOptions(groups),
    );
    this.status = h("p", { role: "status", class: "composer-status" });
    this.body = h("div", {});
    const example = h("button", { type: "button", class: "composer-button", onclick: () => changed(EXAMPLE) }, "Put in an example");
    fill(
      root,
      h("p", { class: "composer-field" }, h("label", { for: "denied-message" }, "Error message"), this.text),
      h(
        "p",
        { class: "composer-hint", id: "denied-hint" },
        "The message as it comes, a log, a CloudTrail event, or the answer of a Describe operation with its FailureReason. " +
          "It is read in this page and sent nowhere.",
      ),
      h("p", { class: "composer-field" }, h("label", { for: "denied-operation" }, "Operation that failed, if you know it"), this.operation),
      h("p", {}, example),
      this.status,
      this.body,
    );
    // Who opens this is about to paste.
    loader
      .all(catalog)
      .then(() => this.#prepare([...catalog.operations]))
      .catch(() => {});
  }

  /** Reads the records while nothing else is to do, so that the first message is answered at once. */
  #prepare(left) {
    if (!left.length) return;
    this.catalog.operation(left.pop());
    const later = globalThis.requestIdleCallback ?? setTimeout;
    later(() => this.#prepare(left));
  }

  /** Shows nothing but that there is no result, and why. */
  fail(message) {
    this.status.classList.add("is-problem");
    fill(this.status, message);
    fill(this.body);
  }

  /** Shows what a text means. */
  async show(text) {
    if (this.text.value !== text) this.text.value = text;
    this.status.classList.remove("is-problem");
    if (!text.trim()) {
      fill(this.status, "Paste an error message.");
      fill(this.body);
      return;
    }
    const other = tabOf(this.catalog, text);
    if (other === "review") {
      fill(this.status, ...this.lead(other, text));
      fill(this.body);
      return;
    }
    if (!this.loader.files.has("")) await this.loader.all(this.catalog);
    if (this.text.value !== text) return;
    try {
      this.#explained(await this.loader.whenLoaded(() => explainMessage(this.catalog, text, this.operation.value)), other, text);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.fail(error.message);
    }
  }

  #explained({ causes, look }, other, text) {
    if (!causes.length) {
      const lead = other === "compose" ? this.lead(other, text) : ["Not known: no message in this text has a form that is known here."];
      fill(this.status, ...lead);
      fill(this.body, ...listed("What to look at", look.map((one) => one.replace("give them to this command", "paste them here"))));
      return;
    }
    const groups = new Map();
    for (const cause of causes) {
      const key = JSON.stringify([cause.form, cause.message]);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(cause);
    }
    const first = causes[0];
    fill(this.status, `${titleOf(this.catalog, first)}: ${MATTERS[first.matter]}.`);
    fill(this.body, ...[...groups.values()].map((group, index) => this.#message(group, index, groups.size)));
  }

  /** One message: its best cause in full, the others in a line each. */
  #message(group, index, count) {
    const [first] = group;
    const cause = group.find((one) => one.statement) ?? first;
    const { layers } = this.catalog.data;
    const id = `denied-${index}`;
    const needing = group.filter((one) => one.role || one.caller);
    const rows = [];
    const add = (term, ...nodes) => rows.push(h("dt", {}, term), h("dd", {}, ...nodes));
    if (count > 1) add("Meaning", `${titleOf(this.catalog, first)}; ${MATTERS[first.matter]}`);
    if (cause.action) add("Denied", h("code", {}, cause.action), ...(cause.resource ? [" on ", h("code", {}, ...prose(cause.resource))] : [" (the resource is not named)"]));
    if (cause.principal || cause.who !== "principal") {
      add("To", `the ${cause.who}`, ...(cause.principal ? [" ", h("code", {}, ...prose(cause.principal))] : [" (not named)"]));
    }
    if (cause.layer) add("By", `the ${layers[cause.layer].title}${cause.layer_named ? "" : ", most often; the message does not name it"}`);
    if (needing.length) add("Needed by", bulleted(needing.map((one) => this.#needing(one))));
    else if (first.operation) add("Needed by", h("a", { href: `../reference/${first.operation}/` }, first.operation));
    for (const why of new Set([first.why, cause.why].filter(Boolean))) add("Why", why, ...(why === cause.why ? this.#evidence(cause) : []));
    if (cause.statement) add(this.#where(cause), ...statement(cause));
    const also = Object.entries(cause.also).map(([name, text]) => `${layers[name].title}: ${text}`);
    if (also.length) add("Must allow it too", bulleted(also));
    const look = [...new Set([...first.look, ...cause.look])];
    if (look.length) add("Check", bulleted(look));
    add("Read on", ...joinNodes([...new Set([cause.page, cause.guide])].map((page) => h("a", { href: addressOf(page) }, namedPage(page)))));
    return h(
      "section",
      { "aria-labelledby": id },
      h("h2", { id }, count > 1 ? `Message ${index + 1}` : "What it means"),
      count > 1 ? h("p", {}, h("code", {}, first.message)) : "",
      h("dl", { class: "denied-facts" }, ...rows),
    );
  }

  #needing(one) {
    const who = one.caller ? "caller" : `role ${one.role}`;
    const addons = one.addon && !one.caller ? [one.addon] : [];
    const href = this.link({ operation: one.operation, role: one.role, addons });
    return h(
      "span",
      {},
      h("a", { href: `../reference/${one.operation}/` }, one.operation),
      `, ${who}${one.addon ? `, add-on ${one.addon}` : ""} (`,
      h("a", { href }, "compose"),
      ")",
    );
  }

  #evidence(cause) {
    const badge = cause.evidence ? [" ", h("span", { class: `evidence ${cause.evidence}` }, cause.evidence)] : [];
    const known = Object.values(this.catalog.sources);
    const links = cause.sources
      .filter((url) => url.startsWith("https://"))
      .map((url) => h("a", { href: url }, ...prose(known.find((source) => source.url === url)?.title ?? url)));
    return [...badge, ...(links.length ? [" ", ...joinNodes(links)] : [])];
  }

  #where(cause) {
    if (cause.action === "sts:AssumeRole" && cause.role) return "Add to the trust policy of the role";
    if ("Principal" in cause.statement) return "Add to the policy of the resource";
    const isOther = cause.layer && cause.layer !== "identity-policy";
    return isOther ? `Add to the ${this.catalog.data.layers[cause.layer].title}` : `Add to a policy of the ${cause.who}`;
  }
}

function titleOf(catalog, cause) {
  return catalog.data.messages[cause.form].title;
}

/** The statement to add, with a button that copies it. */
function statement(cause) {
  const text = canonical(cause.statement).trimEnd();
  const copy = h("button", { type: "button", class: "composer-button", onclick: () => copied(copy, text) }, "Copy");
  const open = cause.placeholders.length ? [h("p", {}, "Fill in ", ...codes(cause.placeholders), ".")] : [];
  return [h("p", { class: "composer-buttons" }, copy), h("div", { class: "highlight" }, h("pre", {}, h("code", { tabindex: "0" }, ...marked(text)))), ...open];
}

function bulleted(texts) {
  return h("ul", {}, ...texts.map((text) => h("li", {}, text)));
}

function listed(title, texts) {
  return [h("h2", { id: "denied-look" }, title), bulleted(texts)];
}

/** The address of a page as the catalog names it (guides/kms.md#x), from the composer's. */
function addressOf(page) {
  const [path, anchor] = page.split("#");
  return `../${path.replace(/\.md$/, "/")}${anchor ? `#${anchor}` : ""}`;
}

function namedPage(page) {
  const name = page.replace(/#.*/, "").replace(/\.md$/, "").split("/").pop();
  return page.startsWith("reference/") ? name : { troubleshooting: "Troubleshoot AccessDenied" }[name] ?? name.replaceAll("-", " ");
}
