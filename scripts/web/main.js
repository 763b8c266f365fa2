// Every page's script: the box in the header and on the home page, and the answer on the home page and on an operation's.
// What is computed is computed by the engine, the package itself, in a worker. Nothing leaves the browser.

import { Answer } from "./answer.js";
import { Box, listed } from "./box.js";
import { button, fill, h } from "./dom.js";
import { handOver, keepAnswer, keepInput, keptAnswer, keptInput, takeOver } from "./kept.js";
import { Preset } from "./preset.js";
import { FORMATS, decode, emptyState, encode, roleOf } from "./state.js";

/** The way to the engine, and what shows reviews, denials, and other policies; loaded when it is needed. */
const LATER = new URL("later.js", import.meta.url).href;
const BASE = new URL("../../", import.meta.url).href;
const later = () => import(LATER);
/** What the package says of a text that is no request. */
const NO_REQUEST = /^(the members do not show|no SageMaker request found)/;
/** What an input can be for. */
const MODES = ["compose", "review", "denied"];
/** How much of a text is looked at for a message. */
const LONGEST_MESSAGE = 20_000;
/** How long after the last keystroke the address is brought up to date. */
const PAUSE = 250;
/** How long the engine works before the page says so and offers to stop. */
const LONG = 700;

class Page {
  constructor(root, preset) {
    Object.assign(this, { root, preset, box: null, state: emptyState(), mode: "compose", held: "", files: [], first: null, turn: 0 });
    this.changed = (changes, isTyping) => this.change(changes, isTyping);
    this.answer = new Answer(root, this.changed, preset ? null : () => this.link());
    this.progress = h("progress", { max: "1", "aria-label": "Loading the engine" });
    this.doing = h("span", { "aria-live": "polite" });
    this.stop = button("Stop", () => this.engine.stop());
    this.working = h("p", { class: "a-working", hidden: true }, this.doing, " ", this.progress, " ", this.stop);
    root.before(this.working);
    addEventListener("popstate", () => this.restore());
    if (!preset) addEventListener("hashchange", () => this.restore());
  }

  /** What is loaded when it is needed, which then has the engine and the views. */
  load() {
    this.loading ??= later().then(
      ({ Engine, Review, companionsView, denied, noticeList }) => {
        const { engine, size, operations } = this.root.dataset;
        this.engine = new Engine(new URL(engine, location.href).href, Number(size), (state) => this.#told(state));
        this.review = new Review(JSON.parse(operations ?? "[]"), this.changed);
        Object.assign(this.answer, { others: companionsView(this.changed), noticeList });
        return { engine: this.engine, denied };
      },
      () => {
        this.loading = null;
        throw Object.assign(new Error("A part of this page could not be loaded. Change the input to try again."), { isKnown: true });
      },
    );
    return this.loading;
  }

  /** The engine's answer to a call, or the one that this tab remembers. */
  async #ask(call) {
    const of = this.root.dataset.engine;
    const kept = keptAnswer(of, call);
    if (kept !== undefined) return kept;
    const { engine } = await this.load();
    const answer = await engine.ask(call);
    keepAnswer(of, call, answer);
    return answer;
  }

  /** Remembers the input of the page, for a reload or Back. */
  keep(change = {}) {
    if (this.box) keepInput({ text: this.held, files: this.files, mode: this.mode, request: this.mode === "review" ? this.state.request : "", ...change });
  }

  /** A link that has the input too; "" if it is too long for one. */
  async link() {
    const { packInput } = await later();
    const input = await packInput({ text: this.held, files: this.files, mode: this.mode, request: this.mode === "review" ? this.state.request : "" });
    const state = encode(this.state);
    return input && `${BASE}#${state}${state && "&"}input=${input}`;
  }

  /** The index of first answers. */
  messages() {
    this.index ??= fetch(new URL("compiled/messages.json", BASE)).then((answer) => answer.json());
    return this.index;
  }

  /** Begins to load the engine, after what answers without it. */
  async begin() {
    try {
      const [{ engine }, { loadNames }] = await Promise.all([this.load(), later()]);
      await Promise.allSettled([this.messages(), loadNames()]);
      engine.begin();
    } catch {
      return; // the first call says so
    }
  }

  /** Shows the first answer to a message, out of its index, if there is one: it stays until there is the engine's. */
  async #first(text) {
    this.first = null;
    if (!/not authorized to perform/i.test(text.slice(0, LONGEST_MESSAGE))) return;
    try {
      const { denied, firstAnswer } = await later();
      const known = firstAnswer(await this.messages(), text);
      if (known) this.first = { ...denied(known, BASE), notices: [] };
    } catch {
      this.index = null;
      return; // the engine answers
    }
    if (!this.first) return;
    this.answer.show({ ...this.first, small: "A first answer. The engine is being loaded and completes it." });
    this.#waits(false);
  }

  /** Answers an input that was kept, or came with a link, in the form of the address. */
  async open(input) {
    this.box.set(input.text, input.files);
    if (input.mode) await this.take(input.text, input.files, input);
    else await this.box.look();
  }

  /** What of the address is the state: the query of an operation's page, the fragment of the home page. */
  get #fragment() {
    return this.preset ? location.search.slice(1) : location.hash.slice(1);
  }

  /** Takes the state out of the address. */
  async restore(kept = null) {
    const fragment = this.#fragment;
    if (fragment === this.fragment) return;
    this.fragment = fragment;
    const { request, files } = this.state;
    // The address holds no request: the one on the page stays.
    this.state = { ...decode(fragment), request, files };
    if (this.preset) {
      this.state.operation = this.preset.operation;
      this.state.role ||= this.preset.own === "caller" ? "" : this.preset.own;
      this.state.ignored = [];
      // Addresses of earlier versions had the add-ons by role.
      for (const [id] of [...this.preset.roles, ["caller"]]) this.state.addons.push(...(new URLSearchParams(location.search).get(id)?.split(",") ?? []));
      const [, sid] = location.hash.match(/^#[a-z-]+?-(?:trust-)?([A-Z][A-Za-z0-9]*)$/) ?? [];
      this.state.at ||= sid ?? "";
    }
    const { input } = this.state;
    const given = kept ?? (input && this.box ? await (await later()).unpackInput(input) : null);
    if (given?.text.trim() || given?.files.length) await this.open(given);
    else if (!input) await this.show();
    else this.answer.fail("The input in this link is damaged. Ask for the link again, or for the text itself.");
  }

  /** Takes a change by the user over; typing replaces the address, everything else is a step one can go back over. */
  change(change, isTyping = false) {
    this.state = { ...this.state, ...change, ignored: [], isOpened: false };
    // The next change may come before there is an answer to this one.
    this.answer.state = this.state;
    if (!("at" in change)) this.state.at = "";
    clearTimeout(this.timer);
    if (isTyping) this.timer = setTimeout(() => this.address(true), PAUSE);
    else this.address(false);
    // Which statement is in sight changes nothing of the answer.
    if (Object.keys(change).join() !== "at") this.show();
  }

  address(isTyping) {
    const { preset } = this;
    const own = preset ? { operation: "", role: this.state.role === preset.own ? "" : this.state.role } : {};
    const fragment = encode({ ...this.state, ...own });
    if (fragment === this.fragment) return;
    this.fragment = fragment;
    const address = preset ? `${location.pathname}${fragment && `?${fragment}`}` : `#${fragment}`;
    history[isTyping ? "replaceState" : "pushState"](history.state, "", address);
  }

  /** Takes what the box was given; what was kept has its state in the address, and the kind that it had. */
  async take(text, files, kept = null) {
    const isEmpty = !text.trim() && !files.length;
    Object.assign(this.state, { input: "", ...(kept ? {} : { request: "", files: [], ignored: [] }), isOpened: false });
    this.answer.work = text;
    // What is below the first answer waits for it, so that nothing moves.
    this.#waits(!isEmpty && !this.answer.verdict.textContent);
    if (!kept) this.keep({ text, files, mode: "" });
    if (!kept) await this.#first(text);
    const isKnown = isEmpty || !text.trim();
    const kind = isKnown ? "compose" : MODES.includes(kept?.mode) ? kept.mode : await this.#try(() => this.#ask({ do: "kind", text }));
    if (kind === undefined) return;
    Object.assign(this, { mode: kind || "denied", held: text, files });
    if (this.mode === "compose") Object.assign(this.state, kept ? {} : { ...emptyState(), format: this.state.format }, { request: text, files, isOpened: false });
    else if (kept) this.state.request = kept.request;
    if (!kept) this.address(false);
    this.keep();
    await this.show();
  }

  /** Shows the state: what was answered before stays until there is the next answer. */
  async show() {
    const turn = (this.turn += 1);
    this.root.setAttribute("aria-busy", "true");
    if (this.mode === "review") this.keep();
    const show = await this.#try(() => ({ compose: () => this.#composed(), review: () => this.#reviewed(), denied: () => this.#explained() })[this.mode]());
    if (turn !== this.turn) return;
    show?.();
    this.#waits(false);
    this.root.removeAttribute("aria-busy");
  }

  #waits(isWaiting) {
    document.body.classList.toggle("is-asked", isWaiting);
  }

  /** What a call gives; undefined where it fails, and then the answer says why. */
  async #try(call) {
    try {
      return await call();
    } catch (error) {
      const { isKnown } = error;
      const message = error.message === "stopped" ? "Stopped. Change the input to try again." : error.message;
      // No policy of an earlier state may stay on the page as if it were of this one.
      this.#waits(false);
      if (this.first && isKnown) this.answer.show({ ...this.first, notices: [{ kind: "note", where: "engine", message }], small: "Nothing left this page." });
      else this.answer.fail(isKnown ? message : "The page failed on this input, so there is no result. Change the input, or use the command line.", error.notices);
      this.root.removeAttribute("aria-busy");
      if (!isKnown) throw error;
      return undefined;
    }
  }

  /** The call for the work of the state; null where there is none. */
  get #work() {
    const { operation, request, files, values, asked, owner, format, generalize, role, addons, without, scope, ignored, isOpened } = this.state;
    const inputs = [{ name: "request", text: request }, ...files].filter(({ text }) => text.trim());
    if (!inputs.length && !operation) return null;
    const isOnly = this.mode === "compose";
    return {
      do: "compose",
      inputs,
      operation,
      values,
      role: /^\d+$/.test(role) ? "" : role,
      addons,
      without,
      asked,
      ignored,
      scope: isOnly ? scope : "scoped",
      generalize: isOnly && generalize >= 2 ? Math.floor(generalize) : 0,
      format: isOnly && format in FORMATS ? format : "json",
      ...(isOnly ? { companions: "companions", owner } : {}),
      lenient: isOpened ? "opened" : "changed",
      shown: true,
    };
  }

  async #composed() {
    const { state, preset } = this;
    const work = this.#work;
    if (state.part === "others") await this.load();
    if (preset && preset.has(state)) {
      await preset.bring(state);
      const answer = preset.answer(state);
      // What is too long for one policy, the engine splits.
      const isShort = Object.values(answer.roles[0].shown).every((one) => !one || one.size <= one.limit);
      if (isShort) return () => this.answer.compose(answer, shownIn(answer, state));
    }
    if (!work) return () => this.answer.show({ verdict: "" });
    try {
      const answer = await this.#ask(work);
      return () => this.answer.compose(answer, shownIn(answer, state));
    } catch (error) {
      if (!NO_REQUEST.test(error.message) || preset) throw error;
      const { refused } = await later();
      const next = { groups: JSON.parse(this.root.dataset.operations ?? "[]"), choose: (operation) => this.change({ operation, role: "" }) };
      return () => this.answer.show(refused(error, state.request, next));
    }
  }

  async #reviewed() {
    await this.load();
    const work = this.#work ?? { inputs: [], operation: "", lenient: "changed" };
    try {
      const audited = await this.#ask({ ...work, do: "audit", ...this.review.call(this.held, this.state) });
      return () => this.answer.show(this.review.answer(this.state, audited));
    } catch (error) {
      if (!error.isRefused) throw error;
      return () => this.answer.show(this.review.shown(this.state, { verdict: error.message, isProblem: true }));
    }
  }

  async #explained() {
    const known = await this.#ask({ do: "explain", message: this.held, shown: true });
    const { denied } = await this.load();
    return () => this.answer.show({ ...denied(known, BASE), small: "Nothing left this page." });
  }

  /** Shows that the engine is being loaded, and how far; or, after a while, that it works, with a button to stop it. */
  #told({ share, isBusy }) {
    clearTimeout(this.waiting);
    if (share !== undefined) this.#says("Loading the engine, once: about 10 MB. ", { share });
    else if (isBusy) this.waiting = setTimeout(() => this.#says("Working …", { canStop: true }), LONG);
    else this.working.hidden = true;
  }

  #says(text, { share, canStop = false }) {
    if (this.doing.textContent !== text) this.doing.textContent = text;
    this.progress.hidden = share === undefined;
    if (share !== undefined) this.progress.value = share;
    this.stop.hidden = !canStop;
    this.working.hidden = false;
  }
}

/** A state whose tab has something to show. */
function shownIn({ roles }, state) {
  const role = roleOf(roles, state);
  if (state.part === "others" || role.shown[state.part]?.rows.length > 2) return state;
  return { ...state, part: ["policy", "caller", "trust"].find((part) => role.shown[part]?.rows.length > 2) ?? "policy" };
}

/** The box in the header: on the home page it leads to the one there. */
function header(own) {
  const open = document.querySelector(".box-open");
  let box = null;
  let dialog = null;
  const go = (text, files) => {
    handOver(text, files);
    location.assign(BASE);
  };
  const show = (event) => {
    event?.preventDefault();
    if (own) {
      own.text.scrollIntoView({ block: "center" });
      own.text.focus();
      return;
    }
    if (!dialog) {
      const place = h("div", { id: "header-box", class: "box" });
      dialog = h("dialog", { class: "box-dialog md-typeset", "aria-label": "Ask" }, h("form", { method: "dialog" }, h("button", { class: "a-button", "aria-label": "Close" }, "×")), place);
      dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
      document.body.append(dialog);
      box = new Box(place, { taken: go, later });
    }
    dialog.showModal();
    box.text.focus();
  };
  open?.addEventListener("click", show);
  document.addEventListener("keydown", (event) => {
    const isField = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (isField || event.ctrlKey || event.metaKey || event.altKey || !["/", "s", "f"].includes(event.key)) return;
    show(event);
  });
}

const root = document.getElementById("answer");
const home = document.getElementById("box");
let page = null;
if (root) page = new Page(root, root.dataset.operation ? new Preset(root) : null);
const box = home && new Box(home, { taken: (text, files) => page.take(text, files), later, begin: () => page.begin(), kept: (text, files) => page.keep({ text, files, mode: "" }) });
header(box);
if (page) {
  page.box = box;
  const kept = box && (takeOver() ?? keptInput());
  await page.restore(kept);
  root.classList.add("is-ready");
  document.querySelector("article").classList.add("arranged");
}
const near = document.getElementById("near");
if (near) {
  fill(near, ...(await (await later()).nearAddress(location.pathname)).map(listed));
  near.hidden = !near.firstChild;
}
const moved = document.getElementById("box-moved");
if (moved) location.replace(`${BASE}${location.hash}`);
