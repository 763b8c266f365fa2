// Toggles above a role's policy: the add-ons that are on are part of it, and the address keeps them. The page holds all
// JSON already; without scripts, each add-on stands below its own name.
"use strict";

(() => {
  const GROUPS = { network: "Network", encryption: "Encryption", data: "Data", features: "Features" };
  const LIMIT = 6144;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  /** The JSON of a policy as nodes: names of members are marked, and each Sid leads to its reason. */
  const nodes = (text, role) =>
    text.split(/("[^"\n]*"(?=:)|(?<="Sid": ")[^"\n]*(?="))/).map((part, index) => {
      if (index % 2 === 0) return part;
      if (part.startsWith('"')) return make("span", { class: "nt" }, part);
      const reason = `${role}-${part}`;
      return document.getElementById(reason) ? make("a", { href: `#${reason}`, title: "Reason of this statement" }, part) : part;
    });

  class Role {
    constructor(heading, addons) {
      this.id = heading.id.replace(/-addons$/, "");
      let tabs = heading.previousElementSibling;
      while (tabs && !tabs.matches(".tabbed-set")) tabs = tabs.previousElementSibling;
      this.block = tabs.querySelector(".language-json.highlight");
      this.code = this.block.querySelector("code");
      this.file = this.block.nextElementSibling;
      this.first = tabs.querySelector("input");
      this.base = this.code.textContent;
      this.addons = addons.map((details) => this.addon(details)).filter(Boolean);
      this.status = make("p", { class: "live", role: "status" });
      this.tools = make("p", { class: "live" }, make("button", { type: "button", class: "download", click: () => this.save() }, "Download"));
      this.block.after(this.status, this.tools);
      const fields = Object.entries(GROUPS).map(([group, title]) => this.group(group, title)).filter(Boolean);
      tabs.before(make("fieldset", { class: "toggles" }, make("legend", {}, "Add-ons to include"), ...fields));
    }

    addon(details) {
      const code = details.querySelector(".language-json code");
      if (!code) return null;
      const id = details.querySelector("summary code").textContent;
      const title = details.querySelector("summary").textContent.slice(id.length).trim();
      const box = make("input", { type: "checkbox", value: id, change: () => this.changed() });
      const composer = details.querySelector('a[href*="composer/#"]');
      return { id, title, box, composer, group: details.dataset.group, statements: () => JSON.parse(code.textContent).Statement };
    }

    group(group, title) {
      const those = this.addons.filter((addon) => addon.group === group);
      if (!those.length) return null;
      const labels = those.map((addon) => make("label", {}, addon.box, ` ${addon.title}`));
      const details = make("details", {}, make("summary", {}, `${title} (${those.length})`), make("div", {}, ...labels));
      details.open = this.addons.length <= 12 || ["network", "encryption"].includes(group);
      return details;
    }

    get chosen() {
      return this.addons.filter((addon) => addon.box.checked);
    }

    /** Takes the choice out of the address. */
    restore(ids) {
      for (const addon of this.addons) {
        addon.box.checked = ids.includes(addon.id);
        if (addon.box.checked) addon.box.closest("details").open = true;
      }
      this.show();
    }

    changed() {
      const { searchParams } = this.address();
      const query = searchParams.toString().replaceAll("%2C", ",");
      history.replaceState(null, "", `${location.pathname}${query && `?${query}`}${location.hash}`);
      this.show();
      if (!this.first.checked) this.first.click();
    }

    address() {
      const url = new URL(location.href);
      url.searchParams.delete(this.id);
      if (this.chosen.length) url.searchParams.set(this.id, this.chosen.map((addon) => addon.id).join());
      return url;
    }

    show() {
      const { chosen } = this;
      const policy = JSON.parse(this.base);
      policy.Statement.push(...chosen.flatMap((addon) => addon.statements()));
      this.text = chosen.length ? `${JSON.stringify(policy, null, 2)}\n` : this.base;
      this.code.replaceChildren(...nodes(this.text, this.id));
      this.file.hidden = chosen.length > 0;
      this.status.hidden = this.tools.hidden = !chosen.length;
      if (chosen.length) this.tell(chosen, JSON.stringify(policy).replace(/\s/g, "").length);
    }

    tell(chosen, characters) {
      const names = chosen.map((addon) => addon.id).join(", ");
      const size = `${characters.toLocaleString("en")} of ${LIMIT.toLocaleString("en")} characters`;
      const parts = [`With ${names}: ${size}.`];
      if (characters > LIMIT) {
        const href = chosen[0].composer.getAttribute("href").replace(/addons=.*/, `addons=${chosen.map((addon) => addon.id).join()}`);
        parts.push(" A managed policy cannot be so long: ", make("a", { href }, "split it in the composer"), ".");
      }
      this.status.replaceChildren(...parts);
    }

    save() {
      const page = document.querySelector("article h1").id;
      const name = [page === this.id ? "" : page, this.id, ...this.chosen.map((addon) => addon.id), "policy"];
      const link = make("a", {
        href: URL.createObjectURL(new Blob([this.text], { type: "application/json" })),
        download: `${name.filter(Boolean).join("-").slice(0, 120)}.json`,
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
  }

  const roles = [];
  for (const heading of document.querySelectorAll('article [id$="-addons"]')) {
    const addons = [...document.querySelectorAll(`details.addon[id^="${heading.id.replace(/s$/, "")}-"]`)];
    if (addons.some((details) => details.querySelector(".language-json"))) roles.push(new Role(heading, addons));
  }
  const restore = () => {
    const chosen = new URLSearchParams(location.search);
    for (const role of roles) role.restore((chosen.get(role.id) ?? "").split(","));
  };
  restore();
  addEventListener("popstate", restore);
})();
