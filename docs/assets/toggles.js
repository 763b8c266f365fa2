// The live policy of a role or caller: its add-ons as toggles above it, the reason of each statement beside it. The
// address keeps the add-ons that are on. The page holds all JSON and all reasons already; without scripts, they are folded.
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

  /** A text that may break behind the parts of an ARN, where a line is too long. */
  const breakable = (text) => text.split(/(?<=[:/](?! ))/).flatMap((part, index) => (index ? [make("wbr", {}), part] : [part]));

  /** JSON as nodes: names of members and placeholders are marked, and a Sid leads to all about its statement. */
  const marked = (text, target) =>
    text.split(/("[^"\n]*"(?=:)|(?<="Sid": ")[^"\n]*(?=")|\$\{[A-Za-z0-9]+\})/).flatMap((part, index) => {
      if (index % 2 === 0) return breakable(part);
      if (part.startsWith('"')) return make("span", { class: "nt" }, part);
      if (part.startsWith("${")) return make("span", { class: "hole" }, part);
      return target ? make("a", { href: `#${target}`, title: "All about this statement" }, part) : part;
    });

  /** The reason of a statement, from its row in the table of reasons; it is no part of the JSON, so it is not copied. */
  const reason = (row) => {
    if (!row) return [];
    const [, why, evidence] = row.cells;
    const [text, ...more] = why.children;
    const members = more.find((item) => item.matches(".members"));
    const source = evidence.querySelector("a");
    return [
      make("span", { class: "why-text" }, text.textContent),
      make("span", { class: "why-from" }, evidence.querySelector(".evidence").cloneNode(true), " ", ...(source ? [source.cloneNode(true)] : [])),
      ...(members ? [make("span", { class: "members" }, members.textContent)] : []),
    ];
  };

  class Policy {
    constructor(holder) {
      this.id = holder.dataset.grantee;
      this.holder = holder;
      this.block = holder.querySelector(".language-json.highlight");
      this.code = this.block.querySelector("code");
      this.file = this.block.nextElementSibling;
      this.first = holder.querySelector(".tabbed-set > input");
      this.base = this.code.textContent;
      const all = [...document.querySelectorAll(`details.addon[id^="${this.id}-addon-"]`)];
      this.addons = all.map((details) => this.addon(details)).filter(Boolean);
      this.status = make("p", { class: "live", role: "status" });
      this.tools = make("p", { class: "live" }, make("button", { type: "button", class: "download", click: () => this.save() }, "Download"));
      this.block.after(this.status, this.tools);
      this.block.classList.add("reasoned");
      this.more = make("button", { type: "button", class: "whole", click: () => this.open() }, "Show the whole policy");
      this.block.after(this.more);
      const fields = Object.entries(GROUPS).map(([group, title]) => this.group(group, title)).filter(Boolean);
      if (fields.length) holder.before(make("fieldset", { class: "toggles" }, make("legend", {}, "Add-ons to include"), ...fields));
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
      details.open = this.addons.length <= 6 || (this.addons.length <= 30 && ["network", "encryption"].includes(group));
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
      if (this.first && !this.first.checked) this.first.click();
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
      const from = policy.Statement.length;
      policy.Statement.push(...chosen.flatMap((addon) => addon.statements()));
      this.text = chosen.length ? `${JSON.stringify(policy, null, 2)}\n` : this.base;
      this.block.setAttribute("data-copy", this.text);
      this.draw(policy, from);
      this.file.hidden = chosen.length > 0;
      this.status.hidden = this.tools.hidden = !chosen.length;
      if (chosen.length) this.tell(chosen, JSON.stringify(policy).replace(/\s/g, "").length);
      this.light();
      this.fit();
    }

    /** Statement by statement, each with its reason: the lines are those of the text, so nothing is lost or added. */
    draw(policy, from) {
      const lines = this.text.split(/(?<=\n)/);
      const parts = [];
      let at = 0;
      const take = (until) => {
        const start = at;
        while (at < lines.length && !until(lines[at])) at += 1;
        at += 1;
        return lines.slice(start, at).join("");
      };
      const head = take((line) => line.startsWith('  "Statement"'));
      parts.push(make("span", { class: "part" }, ...marked(head)));
      for (const [index, statement] of policy.Statement.entries()) {
        const text = take((line) => /^ {4}\}/.test(line));
        const id = `${this.id}-${statement.Sid}`;
        const row = document.getElementById(id);
        parts.push(
          make("span", { class: index < from ? "part" : "part added" }, ...marked(text, row ? id : "")),
          make("span", { class: index < from ? "reason" : "reason added" }, ...reason(row)),
        );
      }
      parts.push(make("span", { class: "part" }, ...marked(lines.slice(at).join(""))));
      this.code.replaceChildren(...parts);
    }

    /** Lights the services of the chosen add-ons in the picture. */
    light() {
      const ids = this.chosen.map((addon) => addon.id);
      for (const service of document.querySelectorAll(`.picture [data-role="${this.id}"] [data-addons]`)) {
        service.classList.toggle("hot", service.dataset.addons.split(" ").some((id) => ids.includes(id)));
      }
    }

    /** A policy that is much longer than its box says so, and opens. */
    fit() {
      const { clientHeight, scrollHeight } = this.code;
      const isCut = scrollHeight > clientHeight + 40 && !this.block.classList.contains("open");
      this.block.classList.toggle("cut", isCut);
      // What is below the cut is out of the way of the keyboard too.
      const below = [...this.code.children].map((part) => isCut && part.offsetTop - this.code.offsetTop > clientHeight);
      for (const [index, part] of [...this.code.children].entries()) part.classList.toggle("below", below[index]);
      this.more.hidden = !this.block.classList.contains("cut");
    }

    open() {
      this.block.classList.add("open");
      this.fit();
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

  const policies = [...document.querySelectorAll("div.policy[data-grantee]")].map((holder) => new Policy(holder));
  const restore = () => {
    const chosen = new URLSearchParams(location.search);
    for (const policy of policies) policy.restore((chosen.get(policy.id) ?? "").split(","));
  };
  restore();
  addEventListener("popstate", restore);
  // A folded part has no height until it is open, and a narrower window makes a policy longer.
  document.addEventListener("toggle", () => policies.forEach((policy) => policy.fit()), true);
  addEventListener("resize", () => policies.forEach((policy) => policy.fit()));
})();
