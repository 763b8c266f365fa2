// The live policies of a role or caller: its add-ons as toggles above them, the reason of each statement beside it. The
// address keeps the add-ons that are on, and the tab that is shown. The page holds all JSON and all reasons already;
// without scripts, they are folded.
"use strict";

(() => {
  const GROUPS = { network: "Network", encryption: "Encryption", data: "Data", features: "Features" };
  const LIMIT = 6144;
  /** Most add-ons in sight; more are folded, those of networks and keys last. */
  const IN_SIGHT = 8;

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
  const breakable = (text) => text.split(/(?<=[:/](?! ))/).flatMap((part) => (/[:/]$/.test(part) ? [part, make("wbr", {})] : [part]));

  /** JSON as nodes: names of members and placeholders are marked, and a Sid leads to all about its statement. */
  const marked = (text, target) =>
    text.split(/("[^"\n]*"(?=:)|(?<="Sid": ")[^"\n]*(?=")|\$\{[A-Za-z0-9]+\})/).flatMap((part, index) => {
      if (index % 2 === 0) return breakable(part);
      if (part.startsWith('"')) return make("span", { class: "nt" }, ...breakable(part));
      if (part.startsWith("${")) return make("span", { class: "hole" }, part);
      return target ? make("a", { href: `#${target}`, title: "All about this statement" }, part) : part;
    });

  /** The lines of a JSON, each of which continues indented where it is too long. */
  const lines = (text, target) =>
    text.split(/(?<=\n)/).map((line) => {
      const element = make("span", { class: "line" }, ...marked(line, target));
      element.style.setProperty("--indent", `${line.search(/\S|$/) + 2}ch`);
      return element;
    });

  const saidBy = (block) => block.getAttribute("data-copy") ?? block.querySelector("code").textContent;
  const textOf = (document) => `${JSON.stringify(document, null, 2)}\n`;

  /** The reason of a statement, from its row in the table of reasons; it is no part of the JSON, so it is not copied. */
  const reason = (row) => {
    if (!row) return [];
    const [, why, evidence] = row.cells;
    const [text, ...more] = why.children;
    const members = more.find((item) => item.matches(".members"));
    const source = evidence.querySelector("a:not(.record)");
    const record = evidence.querySelector("a.record");
    return [
      make("span", { class: "why-text" }, text.textContent),
      make("span", { class: "why-from" }, evidence.querySelector(".evidence").cloneNode(true), " ", ...(source ? [source.cloneNode(true)] : []), ...(record ? [", ", record.cloneNode(true)] : [])),
      ...(members ? [make("span", { class: "members" }, members.textContent)] : []),
    ];
  };

  /** The trust policy of a role, with what its add-ons add to it. */
  class Trust {
    constructor(id) {
      const [first, ...others] = document.querySelectorAll(`#${id}-trust-fold .language-json.highlight`);
      this.block = first;
      this.base = first ? saidBy(first) : "";
      this.added = new Map();
      if (!others.length) return;
      const known = JSON.parse(this.base).Statement.length;
      const labels = document.querySelectorAll(`#${id}-trust-fold .tabbed-labels > label`);
      others.forEach((block, index) => {
        this.added.set(labels[index + 1].textContent.replace("+", "").trim(), JSON.parse(saidBy(block)).Statement.slice(known));
      });
    }

    /** Shows the trust policy with these add-ons; returns whether any of them adds to it. */
    show(ids) {
      const added = ids.flatMap((id) => this.added.get(id) ?? []);
      if (!this.added.size) return false;
      const whole = JSON.parse(this.base);
      whole.Statement.push(...added);
      const text = added.length ? textOf(whole) : this.base;
      this.block.setAttribute("data-copy", text);
      this.block.querySelector("code").replaceChildren(...lines(text));
      this.block.nextElementSibling.hidden = added.length > 0;
      return added.length > 0;
    }
  }

  class Policy {
    constructor(holder) {
      this.id = holder.dataset.grantee;
      this.holder = holder;
      this.block = holder.querySelector(".language-json.highlight");
      this.code = this.block.querySelector("code");
      this.file = this.block.nextElementSibling;
      this.tabs = [...holder.querySelectorAll(".tabbed-set > input")].map((input, index) => {
        const label = holder.querySelectorAll(".tabbed-labels > label")[index].textContent.trim();
        return { input, name: `${this.id}-${label.toLowerCase().replaceAll(/[^a-z]+/g, "-")}` };
      });
      for (const { input } of this.tabs) input.addEventListener("change", keep);
      this.trust = new Trust(this.id);
      this.base = this.code.textContent;
      const all = [...document.querySelectorAll(`details.addon[id^="${this.id}-addon-"]`)];
      this.addons = all.map((details) => this.addon(details)).filter(Boolean);
      this.status = make("p", { class: "live", role: "status" });
      this.tools = make("p", { class: "live" }, make("button", { type: "button", class: "download", click: () => this.save() }, "Download"));
      this.block.after(this.status, this.tools);
      this.status.hidden = this.tools.hidden = true;
      this.more = make("button", { hidden: "", type: "button", class: "whole", click: () => this.open() }, "Show the whole policy");
      this.block.after(this.more);
      if (this.addons.length) holder.before(this.toggles());
    }

    addon(details) {
      const code = details.querySelector(".language-json code");
      const id = details.querySelector("summary code").textContent;
      if (!code && !this.trust.added.has(id)) return null;
      const title = details.querySelector("summary").textContent.slice(id.length).trim();
      const box = make("input", { type: "checkbox", value: id, change: () => this.changed() });
      const composer = details.querySelector('a[href*="composer/#"]');
      const statements = () => (code ? JSON.parse(code.textContent).Statement : []);
      return { id, box, composer, group: details.dataset.group, statements, chip: make("label", {}, box, ` ${title}`) };
    }

    /** The add-ons that many need are in sight, the others folded by what they are about. */
    toggles() {
      const { addons } = this;
      const first = addons.length <= IN_SIGHT ? addons : addons.filter(({ group }) => ["network", "encryption"].includes(group)).slice(0, IN_SIGHT);
      const rest = addons.filter((addon) => !first.includes(addon));
      const groups = Object.entries(GROUPS).map(([group, title]) => [title, rest.filter((addon) => addon.group === group)]);
      const folded = groups
        .filter(([, those]) => those.length)
        .map(([title, those]) =>
          make("div", { class: "chips", role: "group", "aria-label": title }, make("strong", {}, title), ...those.map(({ chip }) => chip)),
        );
      const more = rest.length ? [make("details", {}, make("summary", {}, `${rest.length} more add-ons`), ...folded)] : [];
      const inSight = make("div", { class: "chips first" }, ...first.map(({ chip }) => chip));
      return make("fieldset", { class: "toggles" }, make("legend", {}, "Add-ons to include"), ...(first.length ? [inSight] : []), ...more);
    }

    get chosen() {
      return this.addons.filter((addon) => addon.box.checked);
    }

    /** What of the address is about this policy: the add-ons that are on, and the tab unless it is the first. */
    get kept() {
      const shown = this.tabs.slice(1).find(({ input }) => input.checked);
      return { addons: this.chosen.map((addon) => addon.id), tab: shown ? [shown.name] : [] };
    }

    /** Takes the choice out of the address. */
    restore(ids, tabs) {
      for (const addon of this.addons) {
        addon.box.checked = ids.includes(addon.id);
        const folded = addon.box.closest("details");
        if (addon.box.checked && folded) folded.open = true;
      }
      for (const { input, name } of this.tabs) if (tabs.includes(name)) input.checked = true;
    }

    changed() {
      if (this.tabs.length) this.tabs[0].input.checked = true;
      keep();
      this.show();
    }

    show() {
      this.isDrawn = true;
      const { chosen } = this;
      const policy = JSON.parse(this.base);
      const from = policy.Statement.length;
      policy.Statement.push(...chosen.flatMap((addon) => addon.statements()));
      this.text = chosen.length ? textOf(policy) : this.base;
      this.block.setAttribute("data-copy", this.text);
      this.draw(policy, from);
      this.file.hidden = chosen.length > 0;
      this.status.hidden = this.tools.hidden = !chosen.length;
      const isTrusted = this.trust.show(chosen.map((addon) => addon.id));
      if (chosen.length) this.announce(chosen, JSON.stringify(policy).replace(/\s/g, "").length, isTrusted);
      this.light();
      this.fit();
    }

    /** Statement by statement, each with its reason: the lines are those of the text, so nothing is lost or added. */
    draw(policy, from) {
      this.block.classList.add("reasoned");
      const left = this.text.split(/(?<=\n)/);
      const parts = [];
      let at = 0;
      const take = (until) => {
        const start = at;
        while (at < left.length && !until(left[at])) at += 1;
        at += 1;
        return left.slice(start, at).join("");
      };
      const head = take((line) => line.startsWith('  "Statement"'));
      parts.push(make("span", { class: "part" }, ...lines(head)));
      for (const [index, statement] of policy.Statement.entries()) {
        const text = take((line) => /^ {4}\}/.test(line));
        const id = `${this.id}-${statement.Sid}`;
        const row = document.getElementById(id);
        parts.push(
          make("span", { class: index < from ? "part" : "part added" }, ...lines(text, row ? id : "")),
          make("span", { class: index < from ? "reason" : "reason added" }, ...reason(row)),
        );
      }
      parts.push(make("span", { class: "part" }, ...lines(left.slice(at).join(""))));
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
      if (!this.isDrawn) return;
      // All is read before anything is written, so that the browser lays the page out once.
      const { clientHeight, scrollHeight, offsetTop } = this.code;
      const parts = [...this.code.children].map((part) => [part, part.offsetTop - offsetTop]);
      const isCut = scrollHeight > clientHeight + 40 && !this.block.classList.contains("open");
      this.block.classList.toggle("cut", isCut);
      // What is below the cut is out of the way of the keyboard too.
      for (const [part, top] of parts) part.classList.toggle("below", isCut && top > clientHeight);
      this.more.hidden = !this.block.classList.contains("cut");
    }

    open() {
      this.block.classList.add("open");
      this.fit();
    }

    announce(chosen, characters, isTrusted) {
      const names = chosen.map((addon) => addon.id).join(", ");
      const size = `${characters.toLocaleString("en")} of ${LIMIT.toLocaleString("en")} characters`;
      const parts = [`With ${names}: ${size}.`];
      if (isTrusted) parts.push(" The ", make("a", { href: `#${this.id}-trust` }, "trust policy"), " changes too.");
      const [{ composer } = {}] = chosen.filter((addon) => addon.composer);
      if (characters > LIMIT && composer) {
        const href = composer.getAttribute("href").replace(/addons=.*/, `addons=${chosen.map((addon) => addon.id).join()}`);
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

  const policies = [];
  /** Brings the address up to date: add-ons by role or caller, and the tabs that are shown. */
  const keep = () => {
    const url = new URL(location.href);
    const set = (name, values) => (values.length ? url.searchParams.set(name, values.join()) : url.searchParams.delete(name));
    for (const policy of policies) set(policy.id, policy.kept.addons);
    set(
      "show",
      policies.flatMap((policy) => policy.kept.tab),
    );
    const query = url.searchParams.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", `${location.pathname}${query && `?${query}`}${location.hash}`);
  };
  // What was not drawn until now, so that nothing of it moves, is drawn as it is arranged below.
  document.querySelector("article")?.classList.add("arranged");
  policies.push(...[...document.querySelectorAll(".policy[data-grantee]")].map((holder) => new Policy(holder)));
  // The first policy is drawn at once; another waits until it is near or has add-ons, so that no page is busy for long.
  const near = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) {
        if (isIntersecting) policies.find(({ block, isDrawn }) => block === target && !isDrawn)?.show();
      }
    },
    { rootMargin: "800px" },
  );
  const restore = () => {
    const chosen = new URLSearchParams(location.search);
    const asked = (name) => (chosen.get(name) ?? "").split(",");
    for (const [index, policy] of policies.entries()) {
      policy.restore(asked(policy.id), asked("show"));
      if (index === 0 || policy.isDrawn || policy.chosen.length) policy.show();
      else near.observe(policy.block);
    }
  };
  restore();
  addEventListener("popstate", restore);

  /** The JSON of the statement that the address names, in its row. */
  const detail = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("table.why tr[id]");
    if (!row || row.querySelector(".statement")) return;
    const id = row.closest("details.fold").id.replace(/-why-fold$/, "");
    const sid = row.querySelector("code").textContent;
    const isTrust = row.id.startsWith(`${id}-trust-`);
    const parts = isTrust ? `#${id}-trust-fold` : `.policy[data-grantee="${id}"], details.addon[id^="${id}-addon-"]`;
    const blocks = [...document.querySelectorAll(parts)].flatMap((part) => [...part.querySelectorAll(".language-json.highlight")]);
    const statement = blocks.flatMap((block) => JSON.parse(saidBy(block)).Statement).find((one) => one.Sid === sid);
    if (!statement) return;
    const code = make("code", { tabindex: "0" }, ...lines(JSON.stringify(statement, null, 2)));
    row.cells[1].append(make("div", { class: "language-json highlight statement" }, make("pre", {}, code)));
  };
  const named = () => {
    try {
      detail();
    } catch (error) {
      if (!(error instanceof URIError)) throw error; // the address is malformed
    }
  };
  named();
  addEventListener("hashchange", named);

  // A folded part has no height until it is open, and a narrower window makes a policy longer.
  document.addEventListener("toggle", () => policies.forEach((policy) => policy.fit()), true);
  addEventListener("resize", () => policies.forEach((policy) => policy.fit()));
})();
