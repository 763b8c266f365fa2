// The tabs above the page's tools: Compose, Review, Denied?; one panel, whose parts show and hide.

import { h } from "./dom.js";

export class Tabs {
  /**
   * @param {HTMLElement} root the panel
   * @param {object} titles title of each tab by its name
   * @param {(tab: string) => void} chosen takes the tab that the user opens
   */
  constructor(root, titles, chosen) {
    this.root = root;
    this.side = root.querySelector(".composer-side");
    this.own = ["#composer-tools", "#composer-result"].map((name) => root.querySelector(name));
    this.buttons = Object.entries(titles).map(([name, title]) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `composer-tab-${name}`,
          "data-tab": name,
          "aria-controls": root.id,
          onclick: () => chosen(name),
          onkeydown: (event) => this.#moved(event),
        },
        title,
      ),
    );
    root.before(h("div", { class: "composer-tabs", role: "tablist", "aria-label": "Tools" }, ...this.buttons));
    root.setAttribute("role", "tabpanel");
    this.panels = { review: h("div", { hidden: true }), denied: h("div", { hidden: true }) };
    this.side.append(...Object.values(this.panels));
  }

  /** Shows a tab. The form is first where it is about composing, and last where a policy is. */
  show(tab, form) {
    if (this.tab === tab) return;
    this.tab = tab;
    for (const button of this.buttons) {
      const isOpen = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(isOpen));
      button.tabIndex = isOpen ? 0 : -1;
    }
    this.root.dataset.tab = tab;
    this.root.setAttribute("aria-labelledby", `composer-tab-${tab}`);
    for (const element of this.own) element.hidden = tab !== "compose";
    for (const [name, panel] of Object.entries(this.panels)) panel.hidden = name !== tab;
    this.side.querySelector(".composer-lead")?.toggleAttribute("hidden", true);
    form.root.hidden = tab === "denied";
    form.scopeField.hidden = tab === "review";
    if (tab === "compose") this.root.prepend(form.root);
    else this.root.append(form.root);
  }

  focus(tab) {
    this.buttons.find((button) => button.dataset.tab === tab)?.focus();
  }

  #moved(event) {
    const at = this.buttons.indexOf(event.currentTarget);
    const last = this.buttons.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.buttons[to].focus();
    this.buttons[to].click();
  }
}
