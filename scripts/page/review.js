// The tab "Review": a policy or a role held against what its work needs; verdict first, then what is missing, what is not
// certain, what is too much, what its holder could turn it into, the policy that would be enough, and it annotated.

import { fill, h, marked, pasteField, prose } from "./dom.js";
import { LayersView } from "./layers.js";
import { buttons, codes, noticeList, reasonsOf, row, textOf } from "./result.js";

const STATES = {
  needed: "Needed",
  wide: "Too wide",
  unneeded: "Not needed",
  denies: "Denies what is needed",
  limits: "Denies other calls",
};
/** Whose statements those of a layer are. */
const OF_LAYER = {
  boundary: " of the permissions boundary",
  session: " of the session policies",
  scp: " of the service control policies",
  rcp: " of the resource control policies",
  endpoint: " of the VPC endpoint policies",
  resource: " of the resource's policy",
  trust: " of the trust policy",
};
/** The forms of a report, with what file names end with. */
const FORMS = { "": ["This page"], text: ["Text", "txt"], markdown: ["Markdown", "md"], sarif: ["SARIF", "sarif"], json: ["JSON", "json"] };
/** How many findings and how many statements of a policy are shown. */
const MOST = 60;
const MOST_STATEMENTS = 300;

export class ReviewView {
  /**
   * @param {HTMLElement} root the element it fills
   * @param {object} took form, changed (takes the text), begin (says that somebody is about to paste)
   */
  constructor(root, { form, changed, begin }) {
    this.text = pasteField("review-policy", "review-hint", changed);
    this.text.addEventListener("focus", begin, { once: true });
    const again = () => changed(this.text.value);
    this.choice = h("select", { id: "review-role", onchange: again });
    this.choiceField = h("p", { class: "composer-field", hidden: true }, h("label", { for: "review-role" }, "Which role"), this.choice);
    this.form = h("select", { id: "review-format", onchange: again }, ...Object.entries(FORMS).map(([value, [label]]) => h("option", { value }, label)));
    // The form is beside it, or below it on a phone.
    const jump = () => form.operation.focus();
    this.layers = new LayersView(again);
    this.status = h("p", { role: "status", class: "composer-status" });
    this.notes = noticeList([]);
    this.body = h("div", {});
    const hint =
      "JSON or YAML: policies, a template or plan with the role, or the output of get-role, get-role-policy, or " +
      "get-account-authorization-details. It is read in this page and sent nowhere.";
    fill(
      root,
      h("p", { class: "composer-field" }, h("label", { for: "review-policy" }, "Policy or role"), this.text),
      h("p", { class: "composer-hint", id: "review-hint" }, hint),
      this.choiceField,
      this.layers.element,
      h("p", { class: "composer-field" }, h("label", { for: "review-format" }, "Report as"), this.form),
      h("p", {}, h("button", { type: "button", class: "composer-button", onclick: jump }, "Change what the role is for")),
      this.status,
      this.notes,
      this.body,
    );
  }

  /** What a call says of the role and of what else decides. */
  call(text) {
    return { held: [{ name: "policy", text }], ...this.layers.read(), which: Number(this.choice.value) || 0, format: this.form.value || "json" };
  }

  /** Shows nothing but that there is no result, and why; or words that lead elsewhere. */
  fail(message, isProblem = true) {
    this.status.classList.toggle("is-problem", isProblem);
    fill(this.status, ...[message].flat());
    this.#note([]);
    fill(this.body);
  }

  /** Shows what was found. */
  show({ names, roles, notices, text }) {
    const key = JSON.stringify(names);
    if (this.choice.dataset.key !== key) {
      this.choice.dataset.key = key;
      fill(this.choice, ...names.map((name, index) => h("option", { value: String(index) }, name)));
    }
    this.choiceField.hidden = names.length < 2;
    const [role] = roles;
    if (!role) {
      this.fail("No role of these requests is in what was pasted.");
      this.#note(notices);
      return;
    }
    this.#verdict(role);
    const unknown = role.unknown.map((message) => ({ kind: "note", where: "role", message }));
    this.#note([...notices, ...unknown]);
    const form = this.form.value;
    if (form) fill(this.body, textOf(text, `audit.${FORMS[form][1]}`));
    else fill(this.body, ...bodyOf(role));
  }

  #verdict(role) {
    const { calls: count, verdict } = role;
    const calls = (some) => `${some} of ${count} call${count === 1 ? "" : "s"}`;
    const states = role.policies.flatMap(({ rows }) => rows.slice(1, -1).map(([, { state }]) => state));
    const excess = states.filter((state) => state === "wide" || state === "unneeded").length;
    const more = excess ? ` ${excess} of ${states.length} statement${states.length === 1 ? "" : "s"} allow${excess === 1 ? "s" : ""} more than the work needs.` : "";
    const ways = role.escalation.length ? ` ${role.escalation.length} way${role.escalation.length === 1 ? "" : "s"} to escalate.` : "";
    const depends = role.depends.length;
    const open = role.unknown.length ? " A part of the role is not known." : "";
    const found = {
      missing: `Not enough: ${calls(role.missing.length)} denied${depends ? `, ${depends} not certain` : ""}.`,
      depends: `Not certain: ${calls(depends)} depend${depends === 1 ? "s" : ""} on what is not known here.`,
      sufficient: count === 1 ? "Enough: the one call is allowed." : `Enough: all ${count} calls are allowed.`,
      minimal: `Enough: all ${count} calls are allowed, and nothing more.`,
    }[verdict];
    this.status.classList.toggle("is-problem", verdict === "missing");
    const { broad = [] } = role;
    const wide = broad.length ? ` Too broad: ${broad.slice(0, 3).join(", ")}${broad.length > 3 ? ` and ${broad.length - 3} more` : ""}.` : "";
    const message = `${found}${more}${ways}${wide}${open}`;
    if (this.status.textContent !== message) fill(this.status, message);
  }

  #note(notices) {
    const list = noticeList(notices);
    this.notes.replaceWith(list);
    this.notes = list;
  }
}

/** All that was found about a role. */
function bodyOf(role) {
  return [
    ...findings("Missing", role.missing, role.reasons, [
      ...block("Statements to add to a policy of the role", role.cure, "statements.json"),
      ...block("Statements to add to the trust policy", role.trust_cure, "trust-statements.json"),
    ]),
    ...findings("Depends", role.depends, role.reasons),
    ...trustOf(role),
    ...escalations(role.escalation),
    ...findings("Excess", role.excess, {}),
    ...role.policies.map(annotated),
    ...block("The policy that would be enough", role.replacement, "policy.json", "h2"),
    ...patches("Patch that narrows", role.patches.narrow),
    ...listed("Taken as given", role.assumptions),
  ];
}

/** Findings, those that differ in action or resource only together. */
function findings(title, several, reasons, cure = []) {
  if (!several.length) return [];
  const groups = new Map();
  for (const one of several) {
    const key = JSON.stringify([one.layer, one.document, one.statement, one.step, one.why, one.opens, one.service]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(one);
  }
  const rows = [...groups.values()].slice(0, MOST).map((some) => {
    const unique = (name) => [...new Set(some.map((one) => one[name]).filter(Boolean))];
    const [first] = some;
    const of = OF_LAYER[first.layer] ?? "";
    const about = [first.opens, first.statement ? `${first.statement}${of}` : of.trim()];
    const on = unique("resource");
    return h(
      "li",
      {},
      h("p", {}, ...codes(unique("action")), ...(on.length ? [first.layer === "trust" ? " for " : " on ", ...codes(on)] : [])),
      h("p", {}, h("strong", {}, ...prose(first.why)), ` ${about.filter(Boolean).join("; ")}`),
      ...reasonsOf(reasons[first.action] ?? []),
    );
  });
  const id = `review-${title.toLowerCase()}`;
  const more = groups.size > MOST ? [h("p", {}, `and ${groups.size - MOST} more; the other forms of the report have all`)] : [];
  return [h("section", { "aria-labelledby": id }, h("h2", { id }, title), h("ul", { class: "review-findings" }, ...rows), ...more, ...cure)];
}

/** A text with a title and buttons, if there is one. */
function block(title, text, file, level = "h3") {
  return text ? [h(level, {}, title), buttons(text, file), h("div", { class: "highlight" }, h("pre", {}, h("code", { tabindex: "0" }, ...marked(text))))] : [];
}

function trustOf({ trust, trusted }) {
  if (!trust.length) return trusted ? [] : [h("p", { class: "composer-hint" }, "No trust policy is given, so who can assume the role is not judged.")];
  const rows = trust.map(({ principal = "", statement = "", why }) =>
    h("li", {}, h("p", {}, h("code", {}, principal), statement ? ` in ${statement}` : ""), h("p", {}, h("strong", {}, why))),
  );
  return [h("section", { "aria-labelledby": "review-trust" }, h("h2", { id: "review-trust" }, "Trust"), h("ul", { class: "review-findings" }, ...rows))];
}

/** What the holder of the role can turn it into. */
function escalations(several) {
  if (!several.length) return [];
  const rows = several.slice(0, MOST).map(({ path, why, steps = [], needed }) =>
    h(
      "li",
      {},
      h("p", {}, h("strong", {}, path ?? ""), needed ? " (the work needs it)" : "", ": ", why),
      h("ol", {}, ...steps.map((step) => h("li", {}, ...prose(step)))),
    ),
  );
  const heading = h("h2", { id: "review-escalation" }, "Escalation");
  return [h("section", { "aria-labelledby": heading.id }, heading, h("ul", { class: "review-findings" }, ...rows))];
}

function patches(title, several) {
  return several.flatMap(({ document, patch }) => {
    const text = JSON.stringify(patch, null, 2);
    return [h("details", { class: "composer-more" }, h("summary", {}, `${title}: ${document || "a new policy"}`), ...block(title, text, "patch.json"))];
  });
}

function listed(title, lines) {
  return lines.length ? [h("h3", {}, title), h("ul", {}, ...lines.map((line) => h("li", {}, ...prose(line))))] : [];
}

/** A policy, its statements side by side with what becomes of them. */
function annotated({ name, rows }, index) {
  const id = `review-policy-${index}`;
  const count = rows.length - 2;
  const shown = rows.slice(0, MOST_STATEMENTS + 1).map(([code, words]) => row(code, words.state ? said(words) : ""));
  if (count > MOST_STATEMENTS) shown.push(row(`    … ${count - MOST_STATEMENTS} more\n`, ""));
  if (shown.length < rows.length || count > MOST_STATEMENTS) shown.push(row("  ]\n}\n", ""));
  return h("section", { "aria-labelledby": id }, h("h2", { id }, `Statement by statement: ${name}`), h("div", { class: "composer-grid" }, ...shown));
}

function said({ state, excess, more }) {
  const lines = excess.map(({ action, resource, opens }) =>
    h("p", {}, ...codes([action]), " on ", ...codes([resource]), opens ? ` (${opens})` : ""),
  );
  return h(
    "div",
    { class: "composer-reason" },
    h("p", {}, h("span", { class: `review-state is-${state}` }, STATES[state])),
    ...(lines.length ? [h("p", {}, "Beyond the need: ")] : []),
    ...lines,
    ...(more ? [h("p", {}, `and ${more} more`)] : []),
  );
}
