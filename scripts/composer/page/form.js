// The form: operation, role, request, scope, add-ons, placeholders. It tells changes and shows what a result needs.

import { GLOBALS } from "../catalog.js";
import { fill, h, operationOptions, pasteField } from "./dom.js";
import { granteesOf } from "../engine/compose.js";
import { fault } from "../engine/placeholders.js";
import { arnsOf } from "../engine/roles.js";
import { operationsOf } from "../session.js";
import { textOf } from "./state.js";

/**
 * The form's side of the page.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {HTMLElement} root the element it fills
 * @param {[string, string[]][]} groups titles and names of operations
 * @param {(change: object, isTyping: boolean) => void} changed takes what the user changed of the state
 * @param {(operation: string) => void} example puts an example of an operation in
 */
export class Form {
  constructor(catalog, root, { groups, changed, example }) {
    this.catalog = catalog;
    this.changed = changed;
    this.inputs = new Map();
    this.operation = h(
      "select",
      { id: "composer-operation", onchange: () => changed({ operation: this.operation.value, role: "", addons: [], without: [] }) },
      h("option", { value: "" }, "Choose an operation"),
      ...operationOptions(groups),
    );
    this.role = h("select", { id: "composer-role", onchange: () => changed({ role: this.role.value }) });
    this.roleField = field("composer-role", "Role", this.role);
    this.summary = h("p", { class: "composer-hint composer-room" });
    this.request = pasteField("composer-request", "composer-request-hint", (request) => changed({ request }, true));
    this.read = h("p", { class: "composer-hint composer-room", id: "composer-read" });
    this.file = h("input", { id: "composer-file", type: "file", onchange: () => this.#opened() });
    this.scopes = ["scoped", "broad"].map((value) =>
      h("input", { type: "radio", name: "composer-scope", id: `composer-${value}`, value, onchange: () => changed({ scope: value }) }),
    );
    this.addons = h("div", {});
    this.addonField = h("fieldset", {}, h("legend", {}, "Add-ons"), this.addons);
    this.holders = h("div", {});
    this.holderField = h("fieldset", {}, h("legend", {}, "Placeholders"), this.holders);
    this.examples = ["CreateTrainingJob", "CreateProcessingJob", "CreateModel"].map((name) =>
      h("button", { type: "button", class: "composer-button", onclick: () => example(name) }, name),
    );
    // What reads requests is asked for by who is about to paste one.
    const readSoon = () => import("../inputs/reading.js").catch(() => {});
    this.request.addEventListener("focus", readSoon, { once: true });
    this.root = root;
    this.paste = h(
      "div",
      { class: "composer-request" },
      h("label", { for: "composer-request" }, "Request"),
      this.request,
      h(
        "p",
        { class: "composer-hint", id: "composer-request-hint" },
        "Paste JSON or YAML: an API request, CloudTrail, CloudFormation, an ACK manifest, terraform show -json, or a pipeline " +
          "definition. It is read in this page and sent nowhere.",
      ),
      this.read,
      h("p", { class: "composer-examples" }, h("span", {}, "Examples: "), ...this.examples),
      h("p", { class: "composer-field" }, h("label", { for: "composer-file" }, "Open a file"), this.file),
    );
    this.scopeField = h(
      "fieldset",
      { class: "composer-scope" },
      h("legend", {}, "Scope"),
      choice(this.scopes[0], "Scoped: the resources of the request"),
      choice(this.scopes[1], "Broad: the same actions on every resource"),
    );
    // What the role is for; the Review has it beside the policy.
    this.work = [this.paste, field("composer-operation", "Operation", this.operation), this.summary, this.roleField];
    fill(root, ...this.work, this.holderField, this.scopeField, this.addonField);
  }

  /** Shows a state and the result of its run. */
  show(state, result) {
    if (this.request.value !== state.request) this.request.value = state.request;
    for (const input of this.scopes) input.checked = input.value === state.scope;
    const named = state.operation ? [{ operation: state.operation }] : [];
    const operations = operationsOf(this.catalog, result.reading?.requests ?? named);
    // A request names its operation itself.
    const [first] = this.operation.options;
    first.textContent = operations.length > 1 ? `${operations.length} operations of the request` : "Choose an operation";
    this.operation.value = state.operation || (operations.length === 1 ? operations[0] : "");
    this.summary.textContent = operations.length === 1 ? this.catalog.operation(operations[0]).summary : operations.join(", ");
    this.#roles(state, operations, result);
    const titles = this.#addons(state, operations, result);
    this.read.textContent = state.request && result.reading ? readAs(result, titles) : "";
    this.#holders(state, result);
  }

  #roles(state, operations, result) {
    const roles = new Map(operations.flatMap((name) => this.catalog.operation(name).roles.map((role) => [role.id, role.title])));
    const arns = result.reading ? arnsOf(this.catalog, result.reading.requests) : [];
    if (arns.length > 1) {
      roles.clear();
      roles.set("", `All ${arns.length} roles that the requests pass`);
      for (const arn of arns) roles.set(arn, arn);
    }
    const usual = arns.length > 1 ? "" : result.roles?.[0].chosen.ids[0] || [...roles.keys()][0] || "";
    const chosen = roles.has(state.role) ? state.role : usual;
    const key = JSON.stringify([...roles]);
    if (this.role.dataset.key !== key) {
      this.role.dataset.key = key;
      fill(this.role, ...[...roles].map(([id, title]) => h("option", { value: id }, title)));
    }
    this.role.value = chosen;
    this.roleField.hidden = roles.size < 2;
  }

  /** Shows the add-ons, those that are on first, and gives the titles of these. */
  #addons(state, operations, result) {
    const roles = result.roles ?? [{ chosen: { requests: operations.map((operation) => ({ operation, members: null })), ids: [] } }];
    const known = new Map();
    for (const [operation, grantee] of roles.flatMap(({ chosen }) => granteesOf(this.catalog, chosen.requests, chosen.ids))) {
      for (const addon of grantee.addons) if (!known.has(addon.id)) known.set(addon.id, { addon, name: operation.name });
    }
    const active = new Set((result.roles ?? []).flatMap((role) => role.composition.addons.flatMap(([, , ids]) => ids)));
    // A tick by hand leaves them in their places; another request sorts them anew.
    const key = JSON.stringify([...known.keys(), operations, state.request]);
    if (this.addons.dataset.key !== key) {
      this.addons.dataset.key = key;
      const rows = [...known.values()].map(({ addon, name }) => ({ isOn: active.has(addon.id), row: this.#addon(addon, name) }));
      const [on, off] = [true, false].map((wanted) => rows.filter(({ isOn }) => isOn === wanted).map(({ row }) => row));
      const more = h("details", { class: "composer-more" }, h("summary", {}, `${off.length} more add-ons`), ...off);
      fill(this.addons, ...(on.length && off.length > 3 ? [...on, more] : [...on, ...off]));
    }
    for (const input of this.addons.querySelectorAll("input")) input.checked = active.has(input.value);
    this.active = active;
    this.state = state;
    this.addonField.hidden = !known.size;
    return [...known.values()].filter(({ addon }) => active.has(addon.id)).map(({ addon }) => addon.title);
  }

  #addon(addon, operation) {
    const id = `composer-addon-${addon.id}`;
    const input = h("input", {
      type: "checkbox",
      id,
      value: addon.id,
      "aria-describedby": `${id}-when`,
      onchange: () => this.#ticked(addon.id, input.checked),
    });
    const whose = !addon.request || addon.request === operation ? "the request" : `a ${addon.request} request`;
    const condition = addon.when || membersOf(addon);
    const when = addon.usage ? [addon.usage] : inWords(condition, whose);
    const hint = h("span", { class: "composer-hint", id: `${id}-when`, title: condition }, ...when);
    return h("p", { class: "composer-choice" }, input, h("label", { for: id }, h("code", {}, addon.id), ` ${addon.title}`), hint);
  }

  #ticked(id, isOn) {
    const addons = this.state.addons.filter((item) => item !== id);
    const without = this.state.without.filter((item) => item !== id);
    if (isOn) addons.push(id);
    else if (!this.state.addons.includes(id)) without.push(id);
    this.changed({ addons, without });
  }

  #holders(state, result) {
    const names = [...new Set([...(result.open ?? []), ...Object.keys(state.values)])];
    const usable = names.filter((name) => result.meanings?.has(name) || result.reading?.unknown.has(name));
    usable.sort((a, b) => rank(a) - rank(b));
    const key = usable.join();
    if (this.holders.dataset.key !== key) {
      this.holders.dataset.key = key;
      for (const name of [...this.inputs.keys()]) if (!usable.includes(name)) this.inputs.delete(name);
      const rows = usable.map((name) => this.#holder(name, result));
      // An input the user is typing in keeps its place in the page, and with it the focus.
      const focused = document.activeElement;
      fill(this.holders, ...rows);
      if (this.holders.contains(focused)) focused.focus();
    }
    for (const name of usable) {
      const { input, alert } = this.inputs.get(name);
      const value = state.values[name] ?? "";
      if (input.value !== value) input.value = value;
      const meaning = result.meanings?.get(name);
      const wrong = value && meaning ? fault(this.catalog, name, value, meaning) : "";
      if (wrong) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      alert.textContent = wrong && `This ${wrong}.`;
    }
    this.holderField.hidden = !usable.length;
  }

  #holder(name, result) {
    const known = this.inputs.get(name);
    if (known) return known.row;
    const meaning = result.meanings?.get(name);
    const id = `composer-value-${name}`;
    const input = h("input", {
      id,
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: meaning?.example ?? "",
      "aria-describedby": `${id}-hint`,
      oninput: () => this.changed({ values: { ...this.state.values, [name]: input.value } }, true),
    });
    const alert = h("span", { class: "composer-fault", role: "alert" });
    const hint = h("span", { class: "composer-hint", id: `${id}-hint` }, meaning?.text ?? result.reading.unknown.get(name) ?? "");
    const row = h("p", { class: "composer-value" }, h("label", { for: id }, h("code", {}, name)), input, hint, alert);
    this.inputs.set(name, { row, input, alert });
    return row;
  }

  async #opened() {
    const [file] = this.file.files;
    if (!file) return;
    try {
      this.changed({ request: await textOf(file) });
    } catch {
      this.read.textContent = "The file cannot be read: broken gzip data, or more than 64 MiB.";
    }
  }

}

function rank(name) {
  const at = GLOBALS.indexOf(name);
  return at < 0 ? GLOBALS.length : at;
}

function field(id, label, input) {
  return h("p", { class: "composer-field" }, h("label", { for: id }, label), input);
}

function choice(input, label) {
  return h("p", { class: "composer-choice" }, input, h("label", { for: input.id }, label));
}

/** A condition on a request in words; the condition itself is the title of the hint. */
function inWords(condition, whose) {
  const plain = condition.replace(/\[\?[^\]]*\]/g, "[]");
  const equal = plain.match(/^([A-Za-z0-9.[\]]+)\s*==\s*[\x22\x27\x60]([A-Za-z0-9_.-]+)[\x22\x27\x60]$/);
  if (equal) return ["When ", h("code", {}, equal[1]), ` of ${whose} is `, h("code", {}, equal[2]), "."];
  const members = [...new Set(plain.replace(/([\x22\x27\x60]).*?\1/g, "").match(/[A-Z][A-Za-z0-9]*(\[\])?(\.[A-Z][A-Za-z0-9]*(\[\])?)*/g))];
  const isPlain = members.join(" or ") === condition;
  const listed = members.slice(0, 2).flatMap((member, index) => [index ? " or " : "", h("code", {}, member)]);
  const rest = members.length > 2 ? ` or ${members.length - 2} more members` : "";
  return isPlain ? [`When ${whose} has `, ...listed, `${rest}.`] : [`When ${whose} has a matching value in `, ...listed, `${rest}.`];
}

function membersOf(addon) {
  return [...new Set(addon.entries.flatMap((entry) => entry.members))].join(" or ");
}

/** What was recognized, in one line. */
function readAs({ reading, roles }, titles) {
  const names = {
    api: "API request",
    cloudtrail: "CloudTrail",
    cloudformation: "CloudFormation",
    ack: "ACK manifest",
    terraform: "Terraform plan",
    pipeline: "pipeline definition",
  };
  const counted = new Map();
  for (const { operation } of reading.requests) counted.set(operation, (counted.get(operation) ?? 0) + 1);
  const counts = [...counted].map(([operation, count]) => (count > 1 ? `${count} × ${operation}` : operation));
  const formats = reading.formats.map((format) => names[format]).join(", ");
  const number = roles?.length > 1 ? [`${roles.length} roles`] : [];
  return `Read as ${formats}: ${[counts.join(", "), ...titles, ...number].join(" · ")}.`;
}

/** A request with the examples of the values that the record reads, as the API takes it. */
export function exampleFor(catalog, name) {
  const request = {};
  const operation = catalog.operation(name);
  for (const role of operation.roles.slice(0, 1)) {
    for (const path of role.parameters.slice(0, 1)) place(request, path, "arn:aws:iam::111122223333:role/MyRole");
    for (const entry of role.entries) {
      const [parameter] = Object.keys(entry.parameters).filter((item) => !(item in entry.constants));
      const [member] = entry.members;
      if (!parameter || !member) continue;
      const kind = catalog.kind(entry.parameters[parameter]);
      const form = kind.forms.find((item) => item.id === kind.default);
      place(request, member, form.examples[0]);
    }
  }
  return JSON.stringify({ [name]: request }, null, 2);
}

/** Puts a value where a simple path leads; a path with more than names and lists is ignored. */
function place(request, path, value) {
  const simple = path.replace(/\[\?[^\]]*\]/g, "[]");
  if (!/^[A-Za-z0-9]+(\[\])?(\.[A-Za-z0-9]+(\[\])?)*$/.test(simple)) return;
  const parts = simple.split(".");
  let at = request;
  parts.forEach((part, index) => {
    const key = part.replace("[]", "");
    const isList = part.endsWith("[]");
    if (index === parts.length - 1) {
      if (!(key in at)) at[key] = isList ? [value] : value;
      return;
    }
    if (!(key in at)) at[key] = isList ? [{}] : {};
    at = isList ? at[key][0] : at[key];
  });
}
