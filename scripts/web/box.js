// The box: what somebody types, pastes, drops, or tries; names lead to their pages, all else is for the engine.

import { button, code, copied, fill, h } from "./dom.js";
import { textOf } from "./state.js";

/** How long after the last keystroke the box looks. */
const PAUSE = 150;

/** What can be tried: the texts come when they are needed. */
const EXAMPLES = ["an error", "a request", "a template", "a role"];

export class Box {
  /**
   * @param {HTMLElement} root the element it fills
   * @param {(text: string, files: object[]) => void} taken takes what the engine answers
   * @param {() => void} begin says that somebody is about to paste
   * @param {() => Promise<object>} later gives what is loaded later
   * @param {(text: string, files: object[]) => void} kept takes what is in the box and is not answered
   */
  constructor(root, { taken, later, begin = () => {}, kept = () => {} }) {
    Object.assign(this, { root, taken, kept, later, files: [] });
    this.text = h("textarea", { id: `${root.id}-text`, rows: "5", spellcheck: "false", autocomplete: "off", placeholder: "CreateTrainingJob, KMS grant, AccessDenied …, {…}" });
    this.text.addEventListener("input", () => {
      clearTimeout(this.timer);
      root.setAttribute("aria-busy", "true");
      this.timer = setTimeout(() => this.look(), PAUSE);
    });
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("focus", begin, { once: true });
    this.status = h("p", { role: "status", class: "a-small" });
    this.list = h("ul", {});
    const open = h("input", { type: "file", multiple: true, "aria-label": "Open files", onchange: () => this.#opened(open) });
    const examples = EXAMPLES.map((name) => button(name, async () => this.put((await this.later()).EXAMPLES[name]), "is-chip"));
    const chips = [...examples, h("label", { class: "a-button is-chip" }, "open files …", open)];
    fill(
      root,
      h("label", { for: this.text.id }, "Error, request, template, role, or name"),
      this.text,
      h("div", { class: "box-row" }, ...chips, button("Answer", () => this.enter(), "is-first")),
      this.status,
      this.list,
    );
    root.addEventListener("keydown", (event) => this.#moved(event));
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#opened(event.dataTransfer);
    });
  }

  /** Puts a text into the box, and answers it. */
  put(text) {
    this.text.value = text;
    this.files = [];
    this.text.focus();
    return this.look();
  }

  /** Puts an input into the box that is answered elsewhere. */
  set(text, files) {
    Object.assign(this, { files, isTaken: true });
    this.text.value = text;
    fill(this.status, ...files.map(({ name }) => `${name} `));
    fill(this.list);
  }

  /** Shows what the text is. */
  async look() {
    const { value } = this.text;
    const found = value.trim() || !this.files.length ? await (await this.later()).find(value) : { kind: "paste" };
    if (value !== this.text.value) return null;
    const { kind, items = [], isWhole, says, run } = found;
    const copy = button("Copy", () => copied(copy, run));
    const explain = button("explain this text as an error", () => this.taken(value, this.files), "a-link");
    const nothing = [items.length ? "No match. Here are search results; or " : "No match. Paste the whole message or request; or ", explain, "."];
    fill(this.status, ...(kind === "code" ? [says] : kind === "names" && !isWhole ? nothing : this.files.map(({ name }) => `${name} `)));
    fill(this.list, ...(kind === "code" ? [h("li", {}, code(run), copy)] : items.map(listed)));
    const isTaken = kind === "paste" || (!kind && this.isTaken);
    this.isTaken = kind === "paste";
    if (isTaken) await this.taken(value, this.files);
    else this.kept(value, this.files);
    if (value === this.text.value) this.root.removeAttribute("aria-busy");
    return found;
  }

  /** Does what the box is for: answers, goes to what has exactly this name, or to the list of what is like it. */
  async enter() {
    clearTimeout(this.timer);
    const found = await this.look();
    if (found?.kind === "" && !this.isTaken) fill(this.status, "Paste an error, a request, a template, or a role, or type a name. The buttons above have examples.");
    if (found?.kind !== "names") return;
    const link = this.list.querySelector("a");
    if (found.isExact) link?.click();
    else link?.focus();
  }

  /** Moves with the arrow keys from the text into the list of what is found, through it, and back. */
  #moved(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const places = [this.text, ...this.list.querySelectorAll("a")];
    const at = places.indexOf(event.target);
    const isInText = at === 0 && (step < 0 || this.text.value.includes("\n"));
    if (!step || at < 0 || isInText || !places[at + step]) return;
    event.preventDefault();
    places[at + step].focus();
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || this.text.value.includes("\n")) return;
    event.preventDefault();
    this.enter();
  }

  /** Takes files over: the only one into the field, several beside it. */
  async #opened(from) {
    const read = [];
    for (const file of from.files) {
      try {
        read.push({ name: file.name, text: await textOf(file) });
      } catch {
        this.status.textContent = `${file.name} cannot be read: broken gzip data, or more than 64 MiB.`;
        return;
      }
    }
    const isCode = /\.(py|ipynb)$/.test(read[0]?.name ?? "");
    if (read.length === 1 && !isCode && !this.text.value.trim() && !this.files.length) this.text.value = read[0].text;
    else this.files = [...this.files, ...read];
    if ("value" in from) from.value = "";
    await this.look();
  }
}

/** A place as an item of a list. */
export function listed({ href, title, about, reason = [] }) {
  const why = reason.length ? h("i", {}, ` · has ${reason.join(", ")}`) : "";
  return h("li", {}, h("a", { href }, title), " ", h("small", {}, about, why));
}
