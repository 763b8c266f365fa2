// The tab "Denied?": an error message, and what it means.

import { fill, h, marked, operationOptions, pasteField, prose } from "./dom.js";
import { codes, copied, joinNodes } from "./result.js";

const EXAMPLE =
  "An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: User: " +
  "arn:aws:sts::111122223333:assumed-role/ExecutionRole/SageMaker is not authorized to perform: ecr:GetAuthorizationToken " +
  "on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action";

export class DeniedView {
  /**
   * @param {HTMLElement} root the element it fills
   * @param {object} took groups of operations, changed (takes the text), begin (says that somebody is about to paste),
   *   link (an address of the composer)
   */
  constructor(root, { groups, changed, begin, link }) {
    this.link = link;
    this.text = pasteField("denied-message", "denied-hint", changed);
    this.text.addEventListener("focus", begin, { once: true });
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
  }

  /** Shows nothing but that there is no result, and why; or words that lead elsewhere. */
  fail(message, isProblem = true) {
    this.status.classList.toggle("is-problem", isProblem);
    fill(this.status, ...[message].flat());
    fill(this.body);
  }

  /** Shows what a text means; `lead` are words that lead to another tab, where the text is for one. */
  show(known, lead) {
    const { causes, look } = known;
    this.known = known;
    this.status.classList.remove("is-problem");
    if (!causes.length) {
      fill(this.status, ...(lead ?? ["Not known: this text has no clue that is known here."]));
      fill(this.body, ...listed("What to look at", look.map((one) => one.replace("give them to this command", "paste them here"))));
      return;
    }
    causes.forEach((cause, index) => (cause.text = known.statements[index]));
    const groups = new Map();
    for (const cause of causes) {
      const key = JSON.stringify([cause.form, cause.message]);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(cause);
    }
    const first = causes[0];
    fill(this.status, `${known.titles[first.form]}: ${known.matters[first.matter]}.`);
    fill(this.body, ...[...groups.values()].map((group, index) => this.#message(group, index, groups.size)));
  }

  /** One message: its best cause in full, the others in a line each. */
  #message(group, index, count) {
    const [first] = group;
    const cause = group.find((one) => one.statement) ?? first;
    const { layers, titles, matters } = this.known;
    const id = `denied-${index}`;
    const needing = group.filter((one) => one.role || one.caller);
    const rows = [];
    const add = (term, ...nodes) => rows.push(h("dt", {}, term), h("dd", {}, ...nodes));
    if (count > 1) add("Meaning", `${titles[first.form]}; ${matters[first.matter]}`);
    if (cause.action) add("Denied", h("code", {}, cause.action), ...(cause.resource ? [" on ", h("code", {}, ...prose(cause.resource))] : [" (the resource is not named)"]));
    if (cause.principal || cause.who !== "principal") {
      add("To", `the ${cause.who}`, ...(cause.principal ? [" ", h("code", {}, ...prose(cause.principal))] : [" (not named)"]));
    }
    if (cause.layer) add("By", `the ${layers[cause.layer]}${cause.layer_named ? "" : ", most often; the message does not name it"}`);
    if (needing.length) add("Needed by", bulleted(needing.map((one) => this.#needing(one))));
    else if (first.operation) add("Needed by", h("a", { href: `../reference/${first.operation}/` }, first.operation));
    for (const why of new Set([first.why, cause.why].filter(Boolean))) add("Why", why, ...(why === cause.why ? this.#evidence(cause) : []));
    if (first.asked?.length) add("Required by", bulleted(first.asked));
    if (first.short?.length) add("The role", bulleted(first.short.map((one) => `${one.statement || one.layer} ${one.why}`)));
    if (cause.statement) add(this.#where(cause), ...statement(cause));
    if (cause.next?.length) add("Denied next", h("code", {}, cause.next.join(", ")), " without the statement; the message does not name it");
    const also = Object.entries(cause.also ?? {}).map(([name, text]) => `${layers[name]}: ${text}`);
    if (also.length) add("Must allow it too", bulleted(also));
    const look = [...new Set([...(first.look ?? []), ...(cause.look ?? [])])];
    if (look.length) add("Check", bulleted(look));
    if (cause.check) add("Test", h("code", {}, cause.check));
    if (cause.question) add("Decide", cause.question);
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
    const href = this.link({ operation: one.operation, role: one.role ?? "", addons });
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
    const links = (cause.sources ?? [])
      .filter((url) => url.startsWith("https://"))
      .map((url) => h("a", { href: url }, ...prose(this.known.cited[url] ?? url)));
    return [...badge, ...(links.length ? [" ", ...joinNodes(links)] : [])];
  }

  #where(cause) {
    if (cause.action === "sts:AssumeRole" && cause.role) return "Add to the trust policy of the role";
    if ("Principal" in cause.statement) return "Add to the policy of the resource";
    const isOther = cause.layer && cause.layer !== "identity-policy";
    return isOther ? `Add to the ${this.catalog.data.layers[cause.layer]}` : `Add to a policy of the ${cause.who}`;
  }
}

/** The statement to add, with a button that copies it. */
function statement(cause) {
  const { text } = cause;
  const copy = h("button", { type: "button", class: "composer-button", onclick: () => copied(copy, text) }, "Copy");
  const open = cause.placeholders?.length ? [h("p", {}, "Fill in ", ...codes(cause.placeholders), ".")] : [];
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
