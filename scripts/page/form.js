// The form: operation, role, request and files, scope, add-ons, placeholders. It tells changes and shows what a result needs.

import { fill, h, operationOptions, pasteField } from "./dom.js";
import { textOf } from "./state.js";

/**
 * The form's side of the page.
 *
 * @param {HTMLElement} root the element it fills
 * @param {[string, string[]][]} groups titles and names of operations
 * @param {(change: object, isTyping: boolean) => void} changed takes what the user changed of the state
 * @param {(operation: string) => void} example puts an example of an operation in
 * @param {() => void} begin says that somebody is about to paste
 */
export class Form {
  constructor(root, { groups, changed, example, begin }) {
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
    this.file = h("input", { id: "composer-file", type: "file", multiple: true, onchange: () => this.#opened(this.file.files) });
    this.files = h("ul", { class: "composer-files", hidden: true });
    this.generalize = h("input", {
      id: "composer-generalize",
      type: "number",
      min: "2",
      "aria-describedby": "composer-generalize-hint",
      oninput: () => changed({ generalize: this.generalize.value }, true),
    });
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
    this.request.addEventListener("focus", begin, { once: true });
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      begin();
      this.#opened(event.dataTransfer.files);
    });
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
      h("p", { class: "composer-field" }, h("label", { for: "composer-file" }, "Open files"), this.file),
      this.files,
    );
    this.scopeField = h(
      "fieldset",
      { class: "composer-scope" },
      h("legend", {}, "Scope"),
      choice(this.scopes[0], "Scoped: the resources of the request"),
      choice(this.scopes[1], "Broad: the same actions on every resource"),
      field("composer-generalize", "One pattern for so many names or more", this.generalize),
      h("p", { class: "composer-hint", id: "composer-generalize-hint" }, "Only for names that differ in what changes with every run."),
    );
    // What the role is for; the Review has it beside the policy.
    this.work = [this.paste, field("composer-operation", "Operation", this.operation), this.summary, this.roleField];
    fill(root, ...this.work, this.holderField, this.scopeField, this.addonField);
  }

  /** Shows a state and what was answered for it: `{}` where there is no answer. */
  show(state, result) {
    if (this.request.value !== state.request) this.request.value = state.request;
    if (this.generalize.value !== state.generalize) this.generalize.value = state.generalize;
    for (const input of this.scopes) input.checked = input.value === state.scope;
    const operations = result.operations ?? [];
    // A request names its operation itself.
    const [first] = this.operation.options;
    first.textContent = operations.length > 1 ? `${operations.length} operations of the request` : "Choose an operation";
    this.operation.value = state.operation || (operations.length === 1 ? operations[0].name : "");
    this.summary.textContent = operations.length === 1 ? operations[0].summary : operations.map(({ name }) => name).join(", ");
    this.#roles(state, operations, result);
    this.#addons(state, operations, result.addons ?? []);
    this.read.textContent = (state.request || state.files.length) && result.read ? readAs(result) : "";
    this.#files(state);
    this.#holders(state, result.fields ?? []);
  }

  #files({ files }) {
    const rows = files.map(({ name }, index) => {
      const remove = () => this.changed({ files: files.filter((_, place) => place !== index) });
      return h("li", {}, h("code", {}, name), " ", h("button", { type: "button", class: "composer-button", onclick: remove }, `Remove ${name}`));
    });
    fill(this.files, ...rows);
    this.files.hidden = !files.length;
  }

  #roles(state, operations, { arns = [], chosen: ids = "" }) {
    const roles = new Map(operations.flatMap((operation) => operation.roles));
    if (arns.length > 1) {
      roles.clear();
      roles.set("", `All ${arns.length} roles that the requests pass`);
      for (const arn of arns) roles.set(arn, arn);
    }
    const usual = arns.length > 1 ? "" : ids || [...roles.keys()][0] || "";
    const chosen = roles.has(state.role) ? state.role : usual;
    const key = JSON.stringify([...roles]);
    if (this.role.dataset.key !== key) {
      this.role.dataset.key = key;
      fill(this.role, ...[...roles].map(([id, title]) => h("option", { value: id }, title)));
    }
    this.role.value = chosen;
    this.roleField.hidden = roles.size < 2;
  }

  /** Shows the add-ons, those that are on first. */
  #addons(state, operations, addons) {
    // A tick by hand leaves them in their places; another request sorts them anew.
    const key = JSON.stringify([addons.map(({ id }) => id), operations, state.request]);
    if (this.addons.dataset.key !== key) {
      this.addons.dataset.key = key;
      const [on, off] = [true, false].map((wanted) => addons.filter(({ active }) => active === wanted).map((addon) => this.#addon(addon)));
      const more = h("details", { class: "composer-more" }, h("summary", {}, `${off.length} more add-ons`), ...off);
      fill(this.addons, ...(on.length && off.length > 3 ? [...on, more] : [...on, ...off]));
    }
    const active = new Set(addons.filter((addon) => addon.active).map(({ id }) => id));
    for (const input of this.addons.querySelectorAll("input")) input.checked = active.has(input.value);
    this.state = state;
    this.addonField.hidden = !addons.length;
  }

  #addon(addon) {
    const id = `composer-addon-${addon.id}`;
    const input = h("input", {
      type: "checkbox",
      id,
      value: addon.id,
      "aria-describedby": `${id}-when`,
      onchange: () => this.#ticked(addon.id, input.checked),
    });
    const when = addon.when.map((text, index) => (index % 2 ? h("code", {}, text) : text));
    const hint = h("span", { class: "composer-hint", id: `${id}-when`, title: addon.condition }, ...when);
    return h("p", { class: "composer-choice" }, input, h("label", { for: id }, h("code", {}, addon.id), ` ${addon.title}`), hint);
  }

  #ticked(id, isOn) {
    const addons = this.state.addons.filter((item) => item !== id);
    const without = this.state.without.filter((item) => item !== id);
    if (isOn) addons.push(id);
    else if (!this.state.addons.includes(id)) without.push(id);
    this.changed({ addons, without });
  }

  #holders(state, fields) {
    const key = fields.map(({ name }) => name).join();
    if (this.holders.dataset.key !== key) {
      this.holders.dataset.key = key;
      for (const name of [...this.inputs.keys()]) if (!fields.some((one) => one.name === name)) this.inputs.delete(name);
      const rows = fields.map((one) => this.#holder(one));
      // An input the user is typing in keeps its place in the page, and with it the focus.
      const focused = document.activeElement;
      fill(this.holders, ...rows);
      if (this.holders.contains(focused)) focused.focus();
    }
    for (const { name, fault } of fields) {
      const { input, alert } = this.inputs.get(name);
      const value = state.values[name] ?? "";
      if (input.value !== value) input.value = value;
      if (fault) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      alert.textContent = fault && `This ${fault}.`;
    }
    this.holderField.hidden = !fields.length;
  }

  #holder({ name, text, example }) {
    const known = this.inputs.get(name);
    if (known) return known.row;
    const id = `composer-value-${name}`;
    const input = h("input", {
      id,
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: example,
      "aria-describedby": `${id}-hint`,
      oninput: () => this.changed({ values: { ...this.state.values, [name]: input.value } }, true),
    });
    const alert = h("span", { class: "composer-fault", role: "alert" });
    const hint = h("span", { class: "composer-hint", id: `${id}-hint` }, text);
    const row = h("p", { class: "composer-value" }, h("label", { for: id }, h("code", {}, name)), input, hint, alert);
    this.inputs.set(name, { row, input, alert });
    return row;
  }

  /** Takes files over: the only one of a page without a request into its field, others beside it. */
  async #opened(opened) {
    const read = [];
    for (const file of opened) {
      try {
        read.push({ name: file.name, text: await textOf(file) });
      } catch {
        this.read.textContent = `${file.name} cannot be read: broken gzip data, or more than 64 MiB.`;
        return;
      }
    }
    const { request, files } = this.state ?? { request: this.request.value, files: [] };
    const isCode = /\.(py|ipynb)$/.test(read[0]?.name ?? "");
    if (read.length === 1 && !isCode && !request.trim() && !files.length) this.changed({ request: read[0].text });
    else if (read.length) this.changed({ files: [...files, ...read] });
    this.file.value = "";
  }
}

function field(id, label, input) {
  return h("p", { class: "composer-field" }, h("label", { for: id }, label), input);
}

function choice(input, label) {
  return h("p", { class: "composer-choice" }, input, h("label", { for: input.id }, label));
}

/** What the formats of inputs are called. */
const READ = {
  api: "API request",
  cloudtrail: "CloudTrail",
  cloudformation: "CloudFormation",
  ack: "ACK manifest",
  terraform: "Terraform plan",
  pipeline: "pipeline definition",
};

/** What was recognized, in one line. */
function readAs({ read, roles }) {
  const counts = read.counts.map(([operation, count]) => (count > 1 ? `${count} × ${operation}` : operation));
  const number = roles?.length > 1 ? [`${roles.length} roles`] : [];
  return `Read as ${read.formats.map((format) => READ[format]).join(", ")}: ${[counts.join(", "), ...read.addons, ...number].join(" · ")}.`;
}
