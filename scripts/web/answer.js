// The answer, wherever it stands: one verdict, tabs with one Copy, one Download and one Format, one list for the situation,
// the policy with the reasons of its statements, and what comes next.

import { bulleted, button, code, copied, count, field, fill, fold, h, marked, prose, reasonsOf, saved } from "./dom.js";
import { questions } from "./fields.js";
import { FORMATS, roleOf } from "./state.js";

const TABS = { policy: "Role", trust: "Trust", caller: "Caller", others: "Other policies" };
const ABOUT = {
  policy: "The role can do this.",
  trust: "These identities can assume the role.",
  caller: "Attach this to the user or role that calls the API.",
  others: "Policies of resources, keys, endpoints, and boundaries decide too.",
};
/** What file names end with, by format. */
const ENDINGS = { cloudformation: "template.json", terraform: "tf", cli: "sh" };
/** What formats of inputs are called. */
const READ = {
  api: "API request",
  cloudtrail: "CloudTrail",
  cloudformation: "CloudFormation",
  ack: "ACK manifest",
  terraform: "Terraform plan",
  pipeline: "pipeline definition",
  commands: "AWS CLI",
  code: "code",
};
/** Add-ons that most people look for; of the others, those that are found are in sight too. */
const COMMON = ["vpc", "kms-output", "kms-volume", "kms-input", "kms"];
const IN_SIGHT = 5;
/** Where the reasons have a column of their own. */
const WIDE = matchMedia("(min-width: 60em)");

const LINKED = "The link has your input, compressed, in the part that browsers do not send. Everyone who gets it can read the input.";

export class Answer {
  /**
   * @param {HTMLElement} root the element it fills
   * @param {(change: object, isTyping?: boolean) => void} changed takes what the user changed of the state
   * @param {(() => Promise<string>) | null} linkOf gives a link with the input, null where the address has all of it
   */
  constructor(root, changed, linkOf = null) {
    Object.assign(this, { root, changed, linkOf, seen: new Map(), inputs: new Map() });
    /** What fills the tab of other policies. */
    this.others = () => [];
    /** What lists notices; it comes with what gives them. */
    this.noticeList = () => h("div", { hidden: true });
    this.verdict = h("p", { class: "a-verdict", role: "status" });
    this.small = h("p", { class: "a-small" });
    this.link = h("button", { type: "button", class: "a-link", title: LINKED, onclick: () => this.#linkCopied() }, "Copy a link with the input");
    this.linked = h("span", { role: "status" });
    this.notices = h("div", { hidden: true });
    this.role = h("select", { id: "answer-role", onchange: () => this.#chosen(this.role.value) });
    this.roleField = field("answer-role", "Which role", this.role);
    this.tabs = Object.keys(TABS).map((name) =>
      h("button", { type: "button", role: "tab", id: `tab-${name}`, "data-tab": name, "aria-controls": "answer-panel", onclick: () => changed({ part: name }), onkeydown: (event) => this.#moved(event) }),
    );
    this.list = h("div", { class: "a-tabs", role: "tablist", "aria-label": "Policies" }, ...this.tabs);
    this.format = h("select", { "aria-label": "Format", onchange: () => changed({ format: this.format.value }) });
    this.copy = button("Copy", () => copied(this.copy, this.text, this.open), "is-first");
    this.save = button("Download", () => saved(this.text, this.file));
    this.tools = h("div", { class: "a-tools" }, this.format, this.save, this.copy);
    this.situation = h("section", { class: "a-situation", "aria-labelledby": "situation" }, h("h2", { id: "situation" }, "Your situation"));
    this.ticks = h("div", {});
    this.situation.append(this.ticks);
    this.values = h("div", { class: "a-values" });
    this.panel = h("div", { class: "a-panel", id: "answer-panel", role: "tabpanel" });
    this.why = h("div", { class: "a-why" });
    this.grid = h("div", { class: "a-grid" }, this.situation, this.panel, this.values, this.why);
    this.next = h("section", { class: "a-next", "aria-labelledby": "next" });
    this.plain = h("div", {});
    WIDE.addEventListener("change", () => this.#select(this.at));
    this.broad = h("input", { type: "checkbox", id: "scope", onchange: () => changed({ scope: this.broad.checked ? "broad" : "scoped" }) });
    this.generalize = h("input", { id: "generalize", type: "number", min: "2", oninput: () => changed({ generalize: this.generalize.value }, true) });
    this.more = [
      h("label", { class: "a-tick" }, this.broad, h("span", {}, "Every resource", h("small", {}, "For a first try in an account of your own."))),
      field("generalize", "One pattern for so many names or more", this.generalize),
    ];
  }

  /** Puts the parts into the page, in place of what was there. */
  #begin(isPolicy) {
    if (this.isPolicy === isPolicy) return;
    this.isPolicy = isPolicy;
    this.bar = h("div", { class: "a-bar" }, ...(isPolicy ? [this.roleField, this.list] : []), this.tools);
    fill(this.root, this.verdict, this.small, this.notices, this.bar, ...(isPolicy ? [this.grid, this.next] : [this.plain]));
  }

  /** Shows nothing but that there is no result, and why. */
  fail(message, notices = []) {
    this.show({ verdict: message, isProblem: true, notices, body: [] });
  }

  /** Shows what is no policy to compose: a review, an explanation, words. */
  show({ verdict, small = "", isProblem = false, notices = [], text = "", file = "", body = [], formats = {}, format = "" }) {
    this.#begin(false);
    this.open = namesIn(text);
    this.#head(verdict, small, isProblem, notices);
    this.#tools(text, file, formats, format);
    // What is there already stays, and with it the focus.
    if (body.length !== this.plain.childNodes.length || body.some((one, index) => one !== this.plain.childNodes[index])) fill(this.plain, ...body);
  }

  #head(verdict, small, isProblem, notices) {
    this.verdict.classList.toggle("is-problem", isProblem);
    if (this.verdict.textContent !== verdict) fill(this.verdict, ...prose(verdict));
    if (this.linkOf && small) fill(this.small, small, " ", this.link, " ", this.linked);
    else fill(this.small, small);
    fill(this.linked);
    this.small.hidden = !small;
    const list = this.noticeList(notices);
    this.notices.replaceWith(list);
    this.notices = list;
  }

  /** Copies a link with the input, on request only: whoever has it has the input too. */
  async #linkCopied() {
    const link = await this.linkOf();
    if (link) await copied(this.link, link);
    fill(this.linked, link ? LINKED : "The input is too long for a link. Send the text itself.");
  }

  #tools(text, file, formats, format) {
    Object.assign(this, { text, file });
    this.copy.hidden = this.save.hidden = !text;
    this.bar.hidden = !text && !this.isPolicy;
    const key = Object.keys(formats).join();
    if (this.format.dataset.key !== key) {
      this.format.dataset.key = key;
      fill(this.format, ...Object.entries(formats).map(([value, label]) => h("option", { value }, label)));
    }
    this.format.value = format;
    this.format.hidden = !key;
  }

  /** Shows a composed answer for a state. */
  compose(answer, state) {
    this.#begin(true);
    this.answer = answer;
    const { roles, format = state.format } = { ...answer, format: state.format };
    const role = roleOf(roles, state);
    const { part, file } = this.#parts(answer, state, role);
    const statements = roles.reduce((sum, one) => sum + (one.shown.policy ? one.shown.policy.rows.length - 2 : 0), 0);
    this.policies = roles.flatMap(({ shown }) => Object.values(shown).map((one) => one?.text ?? "")).join("");
    const asked = questions(answer.fields, this.policies);
    const open = openIn(asked, state.values);
    const what = answer.operations.length > 2 ? `${answer.operations.length} operations` : answer.operations.map(({ name }) => name).join(" and ");
    const whose = roles.length > 1 ? ` for ${count(roles.length, "role")}` : role.arn ? `, role ${role.arn.split("/").pop()}` : "";
    this.#head(`${what}${whose}: ${count(statements, "statement")}${open ? `, ${count(open, "value")} to fill in` : ""}`, readAs(answer), false, answer.notices);
    this.#roles(answer, state, role);
    this.#ticks(answer, state);
    this.#fields(answer, state);
    const isOther = format !== "json";
    const shown = part === "others" ? null : role.shown[part];
    const text = part === "others" ? answer.companions?.text ?? "" : isOther ? answer.text : shown?.text ?? "";
    // Templates ask for their parameters themselves.
    const named = { json: namesIn(text), cli: [...text.matchAll(/^(\w+)=  #/gm)].map(([, name]) => name) }[format] ?? [];
    this.open = asked.filter(({ names }) => names.some((name) => named.includes(name)));
    this.#tools(text, `${file}.${isOther ? ENDINGS[format] : "json"}`, FORMATS, format);
    this.at = state.at;
    if (part === "others") fill(this.panel, h("p", { class: "a-small" }, ABOUT.others), ...this.others(answer, state, (one) => this.#document(one, one.kind)));
    else if (isOther) fill(this.panel, text ? code(text) : "");
    else fill(this.panel, ...this.#document(shown, part, `${role.arn}`));
    this.#select(state.at);
    fill(this.next, ...this.#next(answer, state));
  }

  #parts(answer, { part, format }, role) {
    const others = answer.companions?.entries?.filter(({ needed }) => !["no", "optional"].includes(needed)).length;
    for (const tab of this.tabs) {
      const name = tab.dataset.tab;
      const isOpen = name === part;
      fill(tab, `${TABS[name]}${name === "others" && others ? ` (${others})` : ""}`);
      tab.setAttribute("aria-selected", String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      // Other formats have the role, its trust policy and the caller's policy in one text.
      tab.hidden = !isOpen && format !== "json" && ["trust", "caller"].includes(name);
      tab.disabled = name !== "others" && !(role.shown[name]?.rows.length > 2);
    }
    this.panel.setAttribute("aria-labelledby", `tab-${part}`);
    const file = `${answer.operations[0]?.name ?? "role"}-${part}`;
    return { part, file };
  }

  #roles({ roles, operations, chosen }, state, role) {
    const named = new Map(operations.flatMap((operation) => operation.roles));
    const options = roles.length > 1 ? roles.map(({ arn, operations: of }) => [arn, `${arn.split("/").pop() || "no role passed"} (${of.join(", ")})`]) : [...named];
    const key = JSON.stringify(options);
    if (this.role.dataset.key !== key) {
      this.role.dataset.key = key;
      fill(this.role, ...options.map(([value, label]) => h("option", { value }, label)));
    }
    this.role.value = roles.length > 1 ? role.arn : chosen || options[0]?.[0];
    this.roleField.hidden = options.length < 2;
  }

  #chosen(value) {
    const { roles } = this.answer;
    this.changed({ role: roles.length > 1 ? String(roles.findIndex(({ arn }) => arn === value) + 1) : value });
  }

  /** One list for what the work needs: what was found, then what most look for; the rest is folded. */
  #ticks({ addons, operations }, state) {
    const key = JSON.stringify([addons.map(({ id }) => id), operations, state.request]);
    if (this.ticks.dataset.key !== key) {
      this.ticks.dataset.key = key;
      const rank = ({ id, active }) => (COMMON.indexOf(id) + 1 || COMMON.length + 1) - (active ? 100 : 0);
      const sorted = [...addons].sort((a, b) => rank(a) - rank(b));
      const inSight = Math.max(IN_SIGHT, addons.filter(({ active }) => active).length);
      const rows = sorted.map((addon, index) => this.#tick(addon, index >= inSight));
      const rest = rows.slice(inSight);
      fill(this.ticks, ...rows.slice(0, inSight), fold(rest.length ? `${rest.length} more` : "More", ...rest, ...this.more));
    }
    const active = new Map(addons.map((addon) => [addon.id, addon.active]));
    for (const input of this.ticks.querySelectorAll("input[value]")) {
      if (!active.has(input.value)) continue;
      input.checked = active.get(input.value);
      const isFound = input.checked && !state.addons.includes(input.value);
      input.nextElementSibling.querySelector("i").textContent = isFound ? "found" : "";
    }
    this.broad.checked = state.scope === "broad";
    if (this.generalize.value !== state.generalize) this.generalize.value = state.generalize;
    this.state = state;
    // What an address has on is in sight.
    for (const input of this.ticks.querySelectorAll("details input:checked")) input.closest("details").open = true;
  }

  #tick({ id, title, when, condition }, isFolded) {
    const input = h("input", { type: "checkbox", value: id, onchange: () => this.#ticked(id, input.checked) });
    const hint = isFolded ? h("small", {}, ...when.map((text, index) => (index % 2 ? h("code", {}, text) : text))) : "";
    return h("label", { class: "a-tick", title: condition }, input, h("span", {}, title, " ", h("i", {}), hint));
  }

  #ticked(id, isOn) {
    const addons = this.state.addons.filter((one) => one !== id);
    const without = this.state.without.filter((one) => one !== id);
    if (isOn) addons.push(id);
    else if (!this.state.addons.includes(id)) without.push(id);
    this.changed({ addons, without });
  }

  #fields({ fields }, state) {
    const asked = questions(fields, this.policies);
    const key = asked.map(({ id }) => id).join();
    if (this.values.dataset.key !== key) {
      this.values.dataset.key = key;
      for (const id of [...this.inputs.keys()]) if (!asked.some((one) => one.id === id)) this.inputs.delete(id);
      const focused = document.activeElement;
      const rows = asked.map((one) => this.#field(one));
      const open = this.fields?.open;
      this.fields = fold("", ...rows);
      this.fields.open = open || this.values.contains(focused);
      fill(this.values, ...(asked.length ? [this.fields] : []));
      if (this.values.contains(focused)) focused.focus();
    }
    const left = openIn(asked, state.values);
    if (asked.length) fill(this.fields.querySelector("summary"), left ? `Fill in ${count(left, "value")}` : "All values are filled in");
    for (const question of asked) {
      const row = this.inputs.get(question.id);
      const { input, alert } = row;
      row.question = question;
      const value = question.write(state.values);
      // What is not yet a whole value of its kind stays as it is typed.
      if (value !== question.write(question.read(input.value))) input.value = value;
      if (value) this.fields.open = true;
      const unread = input.value && !value && question.names.length > 1 ? "is not such a URI" : "";
      const fault = question.faults.find(Boolean) || unread;
      if (fault) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      alert.textContent = fault && `This ${fault}.`;
    }
  }

  #field({ id: name, label, text, example }) {
    const known = this.inputs.get(name);
    if (known) return known.row;
    const id = `value-${name}`;
    const places = (isOn) => {
      const names = this.inputs.get(name).question.names.map((one) => `mark[data-name="${one}"]`);
      this.panel.querySelectorAll(names.join()).forEach((one) => one.classList.toggle("is-at", isOn));
    };
    const input = h("input", {
      id,
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: example,
      "aria-describedby": `${id}-hint`,
      // The partition is aws but for a few: who fills in anything has it filled in.
      oninput: () => this.changed({ values: { Partition: "aws", ...this.state.values, ...this.inputs.get(name).question.read(input.value) } }, true),
      onfocus: () => {
        places(true);
        this.#reveal(this.panel.querySelector("mark.is-at"));
      },
      onblur: () => places(false),
    });
    const alert = h("span", { class: "a-fault", role: "alert" });
    const row = h("p", { class: "a-field" }, h("label", { for: id }, label === name ? h("code", {}, ...prose(name)) : label), input, h("small", { id: `${id}-hint` }, text), alert);
    this.inputs.set(name, { row, input, alert });
    return row;
  }

  /** A document whose statements have a place, a link and a reason each; what is new since the last one is marked. */
  #document(shown, part, whose = "") {
    if (!shown) return [h("p", { class: "a-small" }, "Nothing is needed here.")];
    const key = `${part} ${whose} ${shown.resource ?? ""}`;
    const before = this.seen.get(key);
    const isSame = before && before.work === this.work;
    const seen = isSame ? before.codes : null;
    this.seen.set(key, { work: this.work, codes: new Set(shown.rows.map(([text]) => text)) });
    const parts = shown.rows.map(([text, reasons]) => {
      const [, sid] = /^ {6}"Sid": "([^"]*)"/m.exec(text) ?? [];
      if (!sid) return h("span", { class: "a-part" }, ...marked(text));
      const isNew = seen && !seen.has(text);
      const pick = (event) => this.#picked(event, element, sid);
      const element = h("span", { class: `a-part is-statement${isNew ? " is-new" : ""}`, "data-sid": sid, onclick: pick }, ...marked(text));
      element.reasons = reasons;
      this.#linked(element, sid);
      return element;
    });
    const box = h("pre", { class: "a-code", "data-part": part }, h("code", { tabindex: "0", "aria-label": part === "policy" ? "Policy" : TABS[part] ?? part }, ...parts));
    const first = parts.find((one) => one.classList.contains("is-new"));
    if (first) requestAnimationFrame(() => this.#reveal(first));
    const limit = shown.limit && shown.size > shown.limit / 2 ? ` ${shown.size.toLocaleString("en")} of ${shown.limit.toLocaleString("en")} characters.` : "";
    const split = shown.split ? " Too long for one managed policy: Copy and Download give an array of policies." : "";
    const files = (shown.files ?? []).flatMap(([label, href], index) => [index ? " · " : " ", h("a", { href }, label)]);
    const about = ABOUT[part] ? [h("p", { class: "a-small" }, `${ABOUT[part]}${limit}${split}`, ...files)] : [];
    return [box, ...about];
  }

  /** Makes the Sid of a statement the link to it. */
  #linked(element, sid) {
    const line = [...element.querySelectorAll(".line")].find((one) => one.textContent.trimStart().startsWith('"Sid"'));
    const text = [...line.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.includes(`"${sid}"`));
    if (!text) return;
    const [head, ...tail] = text.data.split(sid);
    text.replaceWith(head, h("a", { class: "sid", href: this.addressOf?.(sid) ?? `#at=${sid}` }, sid), tail.join(sid));
  }

  #picked(event, element, sid) {
    const hole = event.target.closest("mark");
    const asked = hole && [...this.inputs.values()].find(({ question }) => question.names.includes(hole.dataset.name));
    if (asked) {
      this.fields.open = true;
      asked.input.focus();
      return;
    }
    const link = event.target.closest("a");
    if (!link && String(getSelection())) return; // somebody marks text
    if (link && !link.classList.contains("sid")) return;
    event.preventDefault();
    this.#show(element);
    this.at = sid;
    this.changed({ at: sid }, true);
  }

  /** Shows the reasons of the statement of a Sid, of the first where there is none and room. */
  #select(sid) {
    const all = [...this.panel.querySelectorAll(".is-statement")];
    const named = all.find((one) => one.dataset.sid === sid);
    const chosen = named ?? all.find((one) => one.classList.contains("is-new")) ?? all[0];
    if (named) requestAnimationFrame(() => this.#reveal(named));
    this.#show(named || WIDE.matches ? chosen : null);
  }

  #show(element) {
    for (const one of this.panel.querySelectorAll(".is-at")) one.classList.remove("is-at");
    element?.classList.add("is-at");
    fill(this.why, ...(element ? [h("h2", {}, element.dataset.sid), ...reasonsOf(element.reasons)] : []));
    // On a phone they are below their statement.
    if (WIDE.matches || !element) this.grid.append(this.why);
    else element.after(this.why);
  }

  /** Scrolls the box of the policy, not the page. */
  #reveal(element) {
    const box = element?.closest("code");
    if (!box) return;
    const top = element.getBoundingClientRect().top - box.getBoundingClientRect().top;
    if (top < 0 || top > box.clientHeight - 60) box.scrollTop += top - 20;
  }

  #next(answer, state) {
    const others = answer.companions?.entries?.filter(({ needed }) => !["no", "optional"].includes(needed)).length;
    const link = (text, change) => h("button", { type: "button", class: "a-link", onclick: () => this.changed(change) }, text);
    const made = [["cli", "AWS CLI"], ["terraform", "Terraform"], ["cloudformation", "CloudFormation"]].flatMap(([format, name], index) => [index ? " · " : "", link(name, { format, part: "policy" })]);
    const items = [
      h("span", {}, "Create or update the role: ", ...made),
      h("span", {}, others ? `${count(others, "other policy")}`.replace("policys", "policies") : "Other policies", " must allow it too: ", link("Other policies", { part: "others" })),
      ...(answer.command ? [h("span", {}, "On the command line: ", commandButton(answer.command))] : []),
      h("span", {}, "Check it against the account: ", h("code", {}, "sagemaker-roles verify")),
    ];
    return [h("h2", { id: "next" }, "Next"), bulleted(items)];
  }

  #moved(event) {
    const tabs = this.tabs.filter((tab) => !tab.hidden && !tab.disabled);
    const at = tabs.indexOf(event.currentTarget);
    const last = tabs.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    tabs[to].focus();
    tabs[to].click();
  }
}

/** A command as a button: nobody has to read its options. */
function commandButton(command) {
  const made = h("button", { type: "button", class: "a-link", title: command, onclick: () => copied(made, command) }, "Copy the command");
  return made;
}

/** The placeholders of a text. */
const namesIn = (text) => [...new Set([...text.matchAll(/\$\{([A-Z][A-Za-z0-9]*)\}/g)].map(([, name]) => name))];

/** How many questions a reader still has to answer; the partition is known but for a few. */
const openIn = (asked, values) => asked.filter(({ id, faults, write }) => id !== "Partition" && (!write(values) || faults.some(Boolean))).length;

/** What was recognized, in one line. */
function readAs({ read, roles }) {
  if (!read?.formats?.length) return "";
  const counts = read.counts.map(([operation, number]) => (number > 1 ? `${number} × ${operation}` : operation));
  const number = roles?.length > 1 ? [`${roles.length} roles`] : [];
  return `Read as ${read.formats.map((format) => READ[format]).join(", ")}: ${[counts.join(", "), ...read.addons, ...number].join(" · ")}. Nothing left this page.`;
}
