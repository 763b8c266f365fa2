// An operation's page as an answer, out of what the page has: policies, add-ons and reasons are in its folded parts, and
// other policies in a file. It has the form in which the engine answers, which is only asked for what is more than that.

const LIMITS = { policy: 6144, caller: 6144, trust: 2048 };

const textOf = (document) => `${JSON.stringify(document, null, 2)}\n`;

/** A document with its lines, statement by statement, each with its reasons. */
function documented(statements, reasons, part) {
  const text = textOf({ Version: "2012-10-17", Statement: statements });
  const lines = text.split(/(?<=\n)/);
  const rows = [[lines.slice(0, 3).join(""), []]];
  let at = 3;
  for (const statement of statements) {
    const from = at;
    while (!/^ {4}\}/.test(lines[at])) at += 1;
    at += 1;
    rows.push([lines.slice(from, at).join(""), reasons(statement.Sid)]);
  }
  rows.push([lines.slice(at).join(""), []]);
  return { text, rows, size: JSON.stringify({ Version: "2012-10-17", Statement: statements }).replaceAll(/\s/g, "").length, limit: LIMITS[part] };
}

/** What a row of the table of reasons says of its statement. */
function reasonOf(row) {
  if (!row) return [];
  const [, why, evidence] = row.cells;
  const members = why.querySelector(".members");
  const record = evidence.querySelector(".record");
  const sources = [...evidence.querySelectorAll("li")].map((item) => {
    const link = item.querySelector("a");
    const dates = item.querySelector("small")?.textContent ?? "";
    return { title: `${(link ?? item).textContent.trim()}${link && dates ? ` (${dates})` : ""}`, url: link?.href ?? "" };
  });
  return [
    {
      why: why.querySelector("p").textContent,
      evidence: evidence.querySelector(".evidence").textContent,
      operation: "",
      addon: row.querySelector("a.where")?.textContent.slice(2) ?? "",
      members: members ? [...members.querySelectorAll("code")].map((code) => code.textContent) : [],
      notes: [...why.querySelectorAll(".note")].map((note) => note.textContent),
      sources,
      record: record?.href ?? record?.textContent,
    },
  ];
}

/** A role or caller of the page: its statements, and those of its add-ons, for policy and trust policy. */
class Grantee {
  constructor(part) {
    const page = part.ownerDocument;
    this.page = page;
    this.id = part.dataset.grantee;
    const json = (block) => JSON.parse(block.querySelector("code").textContent).Statement;
    const [policy] = part.querySelectorAll(".language-json.highlight");
    this.policy = json(policy);
    this.files = part.querySelector(".artifact a") ? [...part.querySelectorAll(".artifact a")].map((link) => [link.classList.contains("schema") ? "schema" : link.textContent, link.href]) : [];
    const [trust, ...changed] = page.querySelectorAll(`#${this.id}-trust-fold .language-json.highlight`);
    this.trust = trust ? json(trust) : null;
    const labels = [...page.querySelectorAll(`#${this.id}-trust-fold .tabbed-labels > label`)].slice(1).map((label) => label.textContent.replace("+", "").trim());
    const more = new Map(changed.map((block, index) => [labels[index], json(block).slice(this.trust.length)]));
    this.addons = [...page.querySelectorAll(`details.addon[id^="${this.id}-addon-"]`)].map((part) => {
      const id = part.querySelector("summary code").textContent;
      const block = part.querySelector(".language-json.highlight");
      const hint = part.querySelector("p")?.textContent ?? "";
      const title = part.querySelector("summary").textContent.slice(id.length).trim();
      return { id, title, hint: hint.replace(/ Attach it in addition.*$/s, ""), policy: block ? json(block) : [], trust: more.get(id) ?? [] };
    });
  }

  /** A document with some add-ons. */
  shown(part, ids) {
    if (!this[part]) return null;
    const added = this.addons.filter(({ id }) => ids.includes(id)).flatMap((addon) => addon[part]);
    const row = (sid) => this.page.getElementById(`${this.id}-${part === "trust" ? "trust-" : ""}${sid}`);
    const shown = documented([...this[part], ...added], (sid) => reasonOf(row(sid)), this.id === "caller" ? "caller" : part);
    return { ...shown, files: part === "policy" && !added.length ? this.files : [] };
  }
}

export class Preset {
  /** @param {HTMLElement} root the answer's place in a page that has policies of an operation */
  constructor(root) {
    this.operation = root.dataset.operation;
    /** The roles by ID and title. */
    this.roles = JSON.parse(root.dataset.roles);
    /** Where roles and the caller are that are not in this page, by ID. */
    this.pages = JSON.parse(root.dataset.pages);
    this.own = root.dataset.role || this.roles[0]?.[0] || "caller";
    this.known = new Map();
    this.companions = new Map();
    this.#read(document);
  }

  #read(page) {
    for (const part of page.querySelectorAll("[data-grantee]")) this.known.set(part.dataset.grantee, new Grantee(part));
  }

  #role({ role }) {
    return this.roles.some(([id]) => id === role) ? role : this.own;
  }

  /** Whether pages have the answer to a state. */
  has({ format, values, without, scope, generalize, asked, owner }) {
    const isPlain = format === "json" && scope === "scoped" && !generalize && !owner;
    return isPlain && !Object.values(values).some(Boolean) && !without.length && !asked.length;
  }

  /** Reads the pages and the file that a state is about, unless they are read. */
  async bring(state) {
    const role = this.#role(state);
    for (const id of [role, "caller"]) {
      if (this.known.has(id) || !this.pages[id]) continue;
      const address = new URL(this.pages[id], location.href);
      const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
      page.head.prepend(Object.assign(page.createElement("base"), { href: address }));
      this.#read(page);
    }
    const link = this.known.get(role).page.querySelector(`#${role}-companions-fold .artifact a`);
    if (state.part !== "others" || this.companions.has(role) || !link) return;
    const { kinds, companions } = await (await fetch(link.href)).json();
    const entry = (one) => {
      const shown = one.policy ? documented(one.policy.Statement, () => [], "") : { text: "", rows: [] };
      return { ...one, ...shown, title: kinds[one.kind].title, notes: one.notes ?? [], account: one.account ?? "" };
    };
    this.companions.set(role, (addons) => companions.filter(({ addon }) => !addon || addons.includes(addon)).map(entry));
  }

  /** The answer to a state, as the engine has it. */
  answer(state) {
    const id = this.#role(state);
    const { addons } = state;
    const [role, caller] = [this.known.get(id), this.known.get("caller")];
    const all = new Map([...(caller?.addons ?? []), ...role.addons].map((addon) => [addon.id, addon]));
    const isCaller = role === caller;
    const shown = {
      policy: isCaller ? null : role.shown("policy", addons),
      trust: isCaller ? null : role.shown("trust", addons),
      caller: caller?.shown("policy", addons) ?? null,
    };
    const text = Object.values(shown).map((one) => one?.text ?? "").join("");
    const names = [...new Set([...text.matchAll(/\$\{([A-Z][A-Za-z0-9]*)\}/g)].map(([, name]) => name))];
    return {
      operations: [{ name: this.operation, roles: this.roles }],
      chosen: id,
      roles: [{ arn: "", operations: [this.operation], shown }],
      addons: [...all.values()].map((one) => ({ id: one.id, title: one.title, active: addons.includes(one.id), when: [one.hint], condition: one.hint })),
      fields: names.map((name) => ({ name, fault: "", ...this.#meaning(name) })),
      placeholders: names,
      notices: [],
      command: ["sagemaker-roles compose", this.operation, ...(id === this.roles[0]?.[0] || isCaller ? [] : [`--role ${id}`]), ...addons.map((one) => `--addon ${one}`)].join(" "),
      companions: this.companions.has(id) && { text: "", notices: [], accounts: [], owner: "", on_request: [], organization: [], entries: this.companions.get(id)(addons) },
    };
  }

  #meaning(name) {
    for (const { page } of this.known.values()) {
      const row = [...page.querySelectorAll("table.holders tr")].find((one) => one.cells[0].textContent === `\${${name}}`);
      if (row) return { text: row.cells[1].querySelector("p").textContent, example: row.cells[2].querySelector("code").textContent };
    }
    return { text: "", example: "" };
  }
}
