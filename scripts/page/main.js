// The composer's page: state in the address, form on one side, answers on the other. What is computed is computed by the
// engine, the package itself, in a worker. Nothing leaves the browser.

import { Engine, NoEngine, Refused } from "./client.js";
import { CompanionsView } from "./companions.js";
import { DeniedView } from "./denied.js";
import { fill, h } from "./dom.js";
import { Form } from "./form.js";
import { Result, copied } from "./result.js";
import { ReviewView } from "./review.js";
import { FORMATS, decode, emptyState, encode } from "./state.js";
import { Tabs } from "./tabs.js";

const TABS = { compose: "Compose", review: "Review", denied: "Denied?" };
/** How long after the last keystroke the address is brought up to date. */
const PAUSE = 250;
/** How long the engine works before the page says so and offers to stop. */
const LONG = 700;
/** What a text is called that is for a tab. */
const KINDS = { compose: "a request or a template", review: "a policy or a role", denied: "an error message" };
const LEADS = { compose: "Compose for it", review: "Review it", denied: "Explain it" };
const NONE = { operations: [], placeholders: [], roles: null };

class Page {
  constructor(root) {
    this.root = root;
    this.groups = JSON.parse(root.dataset.operations);
    this.engine = new Engine(new URL(root.dataset.engine, location.href).href, Number(root.dataset.size), (state) => this.#told(state));
    this.state = emptyState();
    /** What was pasted in the other tabs; never part of the address. */
    this.texts = { review: "", denied: "" };
    const begin = () => this.engine.begin();
    this.form = new Form(root.querySelector("#composer-form"), {
      groups: this.groups,
      changed: (change, isTyping) => this.change(change, isTyping),
      example: (name) => this.example(name),
      begin,
    });
    this.result = new Result(root.querySelector("#composer-result"), (isOpen) => {
      // The page opens it itself where the address says so.
      const part = isOpen ? "companions" : "all";
      if (part !== this.state.part) this.change({ part });
    });
    this.others = new CompanionsView(this.result.others, (change) => this.change(change));
    this.tabs = new Tabs(root, TABS, (tab) => this.change({ tab }));
    const took = { groups: this.groups, form: this.form, begin, link: (state) => `#${encode({ ...emptyState(), ...state })}` };
    this.views = {
      review: new ReviewView(this.tabs.panels.review, { ...took, changed: (text) => this.pasted("review", text) }),
      denied: new DeniedView(this.tabs.panels.denied, { ...took, changed: (text) => this.pasted("denied", text) }),
    };
    this.lead = h("p", { class: "composer-lead", hidden: true });
    root.querySelector("#composer-tools").before(this.lead);
    this.format = h(
      "select",
      { id: "composer-format", onchange: () => this.change({ format: this.format.value }) },
      ...Object.entries(FORMATS).map(([value, label]) => h("option", { value }, label)),
    );
    const link = button("Copy link", () => this.copyLink(link));
    const clear = button("Start over", () => this.change(emptyState()));
    root
      .querySelector("#composer-tools")
      .replaceChildren(h("label", { for: "composer-format" }, "Format"), this.format, link, clear);
    this.progress = h("progress", { max: "1", "aria-label": "Loading the composer" });
    this.doing = h("span", { "aria-live": "polite" });
    this.stop = button("Stop", () => this.engine.stop());
    this.working = h("p", { class: "composer-working", hidden: true }, this.doing, " ", this.progress, " ", this.stop);
    root.before(this.working);
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
    this.state = { ...decode(fragment), request: this.state.request, files: this.state.files };
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

  /** Shows the state: what was answered before stays until there is the next answer. */
  async show() {
    const { tab } = this.state;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.tabs.show(tab, this.form);
    this.format.value = this.state.format;
    this.root.setAttribute("aria-busy", "true");
    const isLate = () => turn !== this.turn;
    try {
      const show = await (tab === "denied" ? this.explained() : this.composed(tab));
      if (!isLate()) show();
    } catch (error) {
      if (isLate()) return;
      const view = tab === "compose" ? this.result : this.views[tab];
      this.tabs.root.classList.remove("is-empty");
      if (error instanceof NoEngine || error instanceof Refused) view.fail(error.message === "stopped" ? "Stopped. Change the input to try again." : error.message);
      else {
        // No policy of an earlier state may stay on the page as if it were of this one.
        view.fail("The page failed on this input, so there is no result. Change the input, or use the command line.");
        throw error;
      }
    } finally {
      if (!isLate()) this.root.removeAttribute("aria-busy");
    }
  }

  /** The call for the work of the state; null where there is none. */
  get work() {
    const { operation, request, files, values, asked, owner, part, format, tab, generalize } = this.state;
    const inputs = [{ name: "request", text: request }, ...files].filter(({ text }) => text.trim());
    if (!inputs.length && !this.isKnown(operation)) return null;
    const { role, addons, without, scope, ignored, isOpened } = this.state;
    const isOnly = tab === "compose";
    return {
      inputs,
      operation,
      values,
      role,
      addons,
      without,
      asked,
      ignored,
      scope: isOnly ? scope : "scoped",
      generalize: isOnly && generalize >= 2 ? Math.floor(generalize) : 0,
      format: isOnly ? format : "json",
      ...(isOnly && part === "companions" ? { companions: part, owner } : {}),
      lenient: isOpened ? "opened" : "changed",
      shown: true,
    };
  }

  isKnown(operation) {
    return this.groups.some(([, names]) => names.includes(operation));
  }

  /** Asks for the work, and in the review for the role held against it; gives what shows the answers. */
  async composed(tab) {
    const { work } = this;
    const { request } = this.state;
    const view = this.views.review;
    const text = tab === "review" ? this.texts.review : "";
    const other = await this.kind(tab === "review" ? text : request);
    let refused = null;
    const answer = work
      ? await this.engine.ask({ do: "compose", ...work }).catch((error) => {
          if (!(error instanceof Refused)) throw error;
          refused = error;
          return NONE;
        })
      : NONE;
    const audited = text.trim() && answer.roles && (!other || other === "review") ? await this.engine.ask({ do: "audit", ...work, ...view.call(text) }) : null;
    return () => {
      this.form.show(this.state, answer);
      this.leads(tab === "compose" && other && other !== "compose" ? other : "", request);
      this.tabs.root.classList.toggle("is-empty", !work && !this.state.operation);
      if (tab === "review") {
        if (view.text.value !== text) view.text.value = text;
        if (!text.trim()) view.fail("Paste a policy or the JSON of a role.", false);
        else if (other && other !== "review") view.fail(this.offer(other, text), false);
        else if (refused) view.fail(refused.message);
        else if (!audited) view.fail("Choose the operation that the role is for, or paste its request.", false);
        else view.show(audited);
      } else if (refused) this.result.fail(refused.message, refused.notices);
      else if (!work) this.result.invite(`${this.unknown()}Choose an operation, or paste a request.`);
      else this.result.show(answer, this.state.format, "companions" in answer);
      if (answer.companions) this.others.show(answer, this.state);
      this.bar.hidden = !work;
      this.bar.textContent = `Result: ${this.result.message}`;
    };
  }

  /** Asks what the message means; gives what shows the answer. */
  async explained() {
    const view = this.views.denied;
    const text = this.texts.denied;
    const other = await this.kind(text);
    const isElsewhere = other === "review";
    const known = text.trim() && !isElsewhere ? await this.engine.ask({ do: "explain", message: text, operation: view.operation.value, shown: true }) : null;
    return () => {
      if (view.text.value !== text) view.text.value = text;
      if (!text.trim()) view.fail("Paste an error message.", false);
      else if (isElsewhere) view.fail(this.offer(other, text), false);
      else view.show(known, other === "compose" ? this.offer(other, text) : null);
    };
  }

  /** The tab that a text is for, which is asked once for each text. */
  async kind(text) {
    if (!text.trim()) return "";
    if (this.asked?.text !== text) this.asked = { text, kind: await this.engine.ask({ do: "kind", text }) };
    return this.asked.kind;
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
    return [`This looks like ${KINDS[tab]}. `, button(LEADS[tab], go)];
  }

  /** Puts an example in the place of the request. */
  async example(operation) {
    try {
      this.change({ ...emptyState(), format: this.state.format, request: await this.engine.ask({ do: "example", operation }) });
    } catch (error) {
      if (!(error instanceof NoEngine)) throw error;
      this.result.fail(error.message);
    }
  }

  /** What is said of an operation of the address that there is not. */
  unknown() {
    return this.state.operation ? `The address names an unknown operation: ${JSON.stringify(this.state.operation.slice(0, 80))}. ` : "";
  }

  /** Shows that the engine is being loaded, and how far; or, after a while, that it works, with a button to stop it. */
  #told({ share, isBusy }) {
    clearTimeout(this.waiting);
    if (share !== undefined) {
      this.#says("Loading the composer, once: about 14 MB. ", { share });
    } else if (isBusy) {
      this.waiting = setTimeout(() => this.#says("Working …", { canStop: true }), LONG);
    } else this.working.hidden = true;
  }

  #says(text, { share, canStop = false }) {
    if (this.doing.textContent !== text) this.doing.textContent = text;
    this.progress.hidden = share === undefined;
    if (share !== undefined) this.progress.value = share;
    this.stop.hidden = !canStop;
    this.working.hidden = false;
  }

  async copyLink(copy) {
    this.address(false);
    await copied(copy, location.href);
  }
}

function button(text, onclick) {
  return h("button", { type: "button", class: "composer-button", onclick }, text);
}

/** What was pasted on the home page, in this tab of the browser. */
function handed(name) {
  const text = sessionStorage.getItem(`composer-${name}`) ?? "";
  sessionStorage.removeItem(`composer-${name}`);
  return text;
}

const root = document.getElementById("composer-app");
if (root) {
  const page = new Page(root);
  page.fragment = null;
  page.state.request = handed("request");
  page.texts = { review: handed("policy"), denied: handed("message") };
  await page.restore();
  root.classList.add("is-ready");
}
