// The composer's page: state in the address, form on one side, result on the other. Nothing leaves the browser.

import { quoted } from "../canonical.js";
import { fill, h } from "./dom.js";
import { Form, exampleFor } from "./form.js";
import { LoadError, Loader } from "./loading.js";
import { TABS, tabOf } from "./recognising.js";
import { Result, copied } from "./result.js";
import { fault } from "../engine/placeholders.js";
import { short } from "../engine/values.js";
import { AmbiguousOperation, NothingToCompose, UnknownName } from "../errors.js";
import { PARTS, composeReading, meaningsOf, placeholdersOf, write } from "../session.js";
import { decode, emptyState, encode } from "./state.js";
import { Tabs } from "./tabs.js";

const FORMAT_NAMES = { json: "JSON", cloudformation: "CloudFormation", terraform: "Terraform", cli: "AWS CLI" };
/** How long after the last keystroke the address is brought up to date. */
const PAUSE = 250;
/** What a text is called that is for a tab. */
const KINDS = { compose: "a request or a template", review: "a policy or a role", denied: "an error message" };
const LEADS = { compose: "Compose for it", review: "Review it", denied: "Explain it" };

class Page {
  constructor(root, catalog, loader) {
    this.catalog = catalog;
    this.loader = loader;
    this.groups = JSON.parse(root.dataset.operations);
    this.state = emptyState();
    /** What was pasted in the other tabs; never part of the address. */
    this.texts = { review: "", denied: "" };
    this.views = {};
    this.form = new Form(catalog, root.querySelector("#composer-form"), {
      groups: this.groups,
      changed: (change, isTyping) => this.change(change, isTyping),
      example: (name) => this.example(name),
    });
    this.result = new Result(catalog, root.querySelector("#composer-result"), (isOpen) => {
      // The page opens it itself where the address says so.
      const part = isOpen ? "companions" : "all";
      if (part !== this.state.part) this.change({ part });
    });
    this.tabs = new Tabs(root, TABS, (tab) => this.change({ tab }));
    this.lead = h("p", { class: "composer-lead", hidden: true });
    root.querySelector("#composer-tools").before(this.lead);
    this.format = h(
      "select",
      { id: "composer-format", onchange: () => this.change({ format: this.format.value }) },
      ...Object.entries(FORMAT_NAMES).map(([value, label]) => h("option", { value }, label)),
    );
    const link = h("button", { type: "button", class: "composer-button", onclick: () => this.copyLink(link) }, "Copy link");
    const clear = h("button", { type: "button", class: "composer-button", onclick: () => this.change(emptyState()) }, "Start over");
    root
      .querySelector("#composer-tools")
      .replaceChildren(h("label", { for: "composer-format" }, "Format"), this.format, link, clear);
    // On a phone the result is below all of the form: a bar says what it is, and leads there; by keyboard everywhere.
    this.bar = h("button", { type: "button", class: "composer-bar", hidden: true, onclick: () => this.result.enter() });
    root.querySelector("#composer-form .composer-request").after(this.bar);
    const seen = new IntersectionObserver(([entry]) => this.bar.classList.toggle("is-there", entry.isIntersecting));
    seen.observe(root.querySelector("#composer-result"));
    addEventListener("popstate", () => this.restore());
    addEventListener("hashchange", () => this.restore());
  }

  /** Takes the state out of the address. */
  async restore() {
    const fragment = location.hash.slice(1);
    if (fragment === this.fragment) return;
    this.fragment = fragment;
    // The address holds no request: the one on the page stays.
    this.state = { ...decode(fragment), request: this.state.request };
    await this.show();
  }

  /** Takes a change by the user over; typing replaces the address, everything else is a step one can go back over. */
  change(change, isTyping = false) {
    this.state = { ...this.state, ...change, ignored: [], isOpened: false };
    this.show();
    clearTimeout(this.timer);
    if (isTyping) this.timer = setTimeout(() => this.address(true), PAUSE);
    else this.address(false);
  }

  address(isTyping) {
    const fragment = encode(this.state);
    if (fragment === this.fragment) return;
    this.fragment = fragment;
    history[isTyping ? "replaceState" : "pushState"](null, "", `#${fragment}`);
  }

  async show() {
    const { operation, request, tab } = this.state;
    this.tabs.show(tab, this.form);
    try {
      // Without waiting where all is there, so that a keystroke shows at once.
      if (tab !== "compose" && !this.views[tab]) await this.open(tab);
      if (tab === "denied") {
        await this.views.denied.show(this.texts.denied);
        return;
      }
      if (request.trim() && !(this.reader?.isJson(request) || this.parseYaml)) await this.readers(request);
      if (this.withOthers && !this.others) await this.openOthers();
      this.format.value = this.state.format;
      await this.loader.whenLoaded(() => {
        const other = tab === "compose" && request.trim() ? tabOf(this.catalog, request) : "";
        this.leads(other && other !== "compose" ? other : "", request);
        const result = this.compute();
        this.form.show(this.state, result);
        if (tab === "review") this.views.review.show(this.texts.review, result);
        else if (result.isEmpty) this.result.invite(`${this.unknown()}Choose an operation, or paste a request.`);
        else this.result.show(result, this.state.format, this.withOthers);
        if (this.withOthers && result.roles) this.others.show(result, this.state);
        this.bar.hidden = result.isEmpty === true;
        // What has no use before the first result is seen with it; its room is kept.
        this.tabs.root.classList.toggle("is-empty", result.isEmpty === true && !operation);
        this.bar.textContent = `Result: ${this.result.message}`;
      });
    } catch (error) {
      const view = tab === "compose" ? this.result : this.views[tab] ?? this.tabs.unopened(tab);
      this.tabs.root.classList.remove("is-empty");
      if (error instanceof LoadError) {
        view.fail(`A part of the catalog could not be loaded (${error.message}), so there is no result. Try again.`);
        return;
      }
      // No policy of an earlier state may stay on the page as if it were of this one.
      view.fail("The page failed on this input, so there is no result. Change the input, or use the command line.");
      throw error;
    }
  }

  /** Whether what else must allow the work is open. */
  get withOthers() {
    return this.state.tab === "compose" && this.state.part === "companions";
  }

  /** Loads what shows what else must allow the work, when it is first opened. */
  async openOthers() {
    const { CompanionsView } = await import("./companions.js");
    this.others ??= new CompanionsView(this.catalog, this.result.others, (change) => this.change(change));
  }

  /** Loads what a tab takes, when it is first opened. */
  async open(tab) {
    const took = {
      catalog: this.catalog,
      groups: this.groups,
      loader: this.loader,
      changed: (text) => this.pasted(tab, text),
      lead: (other, text) => this.offer(other, text),
      link: (state) => `#${encode({ ...emptyState(), ...state })}`,
    };
    if (tab === "review") {
      const [{ ReviewView }, { without_resources: withoutResources }] = await Promise.all([import("./review.js"), this.loader.extra("review")]);
      this.views.review ??= new ReviewView(this.tabs.panels.review, { ...took, withoutResources, form: this.form });
    } else {
      const [{ DeniedView }] = await Promise.all([import("./denied.js"), this.loader.load("messages")]);
      this.views.denied ??= new DeniedView(this.tabs.panels.denied, took);
    }
  }

  /** Takes over what was pasted in another tab. */
  pasted(tab, text) {
    this.texts[tab] = text;
    this.show();
  }

  /** Says in the composer that a text is for another tab. */
  leads(tab, text) {
    fill(this.lead, ...(tab ? this.offer(tab, text) : []));
    this.lead.hidden = !tab;
  }

  /** Words and a button that lead a text to the tab that is for it. */
  offer(tab, text) {
    const go = () => {
      const from = this.state.tab;
      if (from !== "compose") this.texts[from] = "";
      if (tab !== "compose") this.texts[tab] = text;
      this.change({ tab, request: tab === "compose" ? text : from === "compose" ? "" : this.state.request });
      this.tabs.focus(tab);
    };
    return [`This looks like ${KINDS[tab]}. `, h("button", { type: "button", class: "composer-button", onclick: go }, LEADS[tab])];
  }

  /** Puts an example in the place of the request. */
  async example(name) {
    this.change({ ...emptyState(), format: this.state.format, request: await this.loader.whenLoaded(() => exampleFor(this.catalog, name)) });
  }

  /** Loads what reads requests; of it the YAML reader only for a request that is not JSON. */
  async readers(request) {
    try {
      this.reader ??= await import("../inputs/reading.js");
      if (!this.reader.isJson(request)) this.parseYaml ??= (await import("../inputs/yaml_text.js")).parseYaml;
    } catch (error) {
      this.result.fail("The reader of requests could not be loaded, so there is no result. Reload the page.");
      throw error;
    }
  }

  compute() {
    const { operation, request, tab } = this.state;
    if (!request.trim() && !this.catalog.has(operation)) return { isEmpty: true };
    const values = Object.fromEntries(Object.entries(this.state.values).filter(([, value]) => value !== ""));
    let reading = placeholdersOf(operation);
    try {
      const options = { operation, values, parseYaml: this.parseYaml };
      if (request.trim()) reading = this.reader.readTexts(this.catalog, [{ name: "request", text: request }], options);
      if (tab === "compose") return this.run(reading, values);
      // What no request and no field tells, the role itself may.
      const facts = this.views.review.facts(this.texts.review);
      const result = this.run(reading, values);
      const open = Object.entries(facts).filter(([name]) => result.open.includes(name));
      return open.length ? { ...this.run(reading, { ...Object.fromEntries(open), ...values }), assumed: Object.fromEntries(open) } : result;
    } catch (error) {
      if (!(error instanceof AmbiguousOperation || error instanceof NothingToCompose)) throw error;
      return { error: error.message, notices: reading.notices };
    }
  }

  /** What is said of an operation of the address that there is not. */
  unknown() {
    return this.state.operation ? `The address names an unknown operation: ${short(this.state.operation)}. ` : "";
  }

  /** The result of a reading with values for placeholders, and what is wrong with these. */
  run(reading, values) {
    const { kept, faults } = this.usable(reading, values);
    const scope = this.state.tab === "review" ? "scoped" : this.state.scope;
    const result = this.composed(reading, { ...this.state, scope, values: kept });
    return { ...result, notices: [...faults, ...result.notices] };
  }

  /** The result of a reading; without a role or an add-on out of the address that is not there. */
  composed(reading, choice) {
    try {
      const result = composeReading(this.catalog, reading, choice);
      return { ...result, open: this.namesIn(result) };
    } catch (error) {
      if (!(error instanceof UnknownName)) throw error;
      const result = composeReading(this.catalog, reading, { ...choice, role: "", addons: [], without: [] });
      result.notices.push({ kind: "problem", where: "address", message: error.message });
      return { ...result, open: this.namesIn(result) };
    }
  }

  /** Names of the placeholders in what is shown. */
  namesIn(result) {
    const others = this.withOthers ? this.others.placeholders(result) : [];
    return [...write(result, PARTS, "json", true).placeholders, ...others];
  }

  /** The values that something of the requests can take, and what is wrong with others. */
  usable(reading, values) {
    const known = meaningsOf(this.catalog, reading.requests);
    const kept = {};
    const faults = [];
    for (const [name, value] of Object.entries(values)) {
      const wrong = reading.unknown.has(name) ? "" : fault(this.catalog, name, value, known.get(name));
      if (wrong) faults.push({ kind: "problem", where: name, message: `${quoted(value)} ${wrong}` });
      else if (reading.unknown.has(name) || known.has(name)) kept[name] = value;
      else if (this.state.isOpened) faults.push(ignored(name, "no placeholder of this role has this name"));
    }
    const requests = Object.values(this.catalog.data.companions).flatMap((kind) => Object.keys(kind.on_request ?? {}));
    const unknown = this.state.asked.filter((name) => !requests.includes(name));
    faults.push(...unknown.map((name) => ignored(name, "no policy has statements of this name on request")));
    faults.push(...this.state.ignored.map((name) => ignored(name, "this page has no such choice")));
    return { kept, faults };
  }

  async copyLink(button) {
    this.address(false);
    await copied(button, location.href);
  }
}

/** A part of the address that has no effect. */
function ignored(name, why) {
  return { kind: "note", where: "address", message: `${short(name)} is ignored: ${why}` };
}

/** What was pasted on the home page, in this tab of the browser. */
function handed(name) {
  const text = sessionStorage.getItem(`composer-${name}`) ?? "";
  sessionStorage.removeItem(`composer-${name}`);
  return text;
}

async function start() {
  const root = document.getElementById("composer-app");
  if (!root) return;
  const result = root.querySelector("#composer-result");
  try {
    const loader = new Loader(root.dataset.catalog);
    const page = new Page(root, await loader.catalog(decode(location.hash.slice(1)).operation), loader);
    page.fragment = null;
    page.state.request = handed("request");
    page.texts = { review: handed("policy"), denied: handed("message") };
    await page.restore();
    root.classList.add("is-ready");
  } catch (error) {
    result.replaceChildren(
      h("p", { role: "alert" }, `The catalog could not be loaded (${error.message}). Reload the page, or use the command line.`),
    );
    throw error;
  }
}

start();
