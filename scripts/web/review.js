// A policy or a role held against what its work needs, in the order that people act: the role with its statements marked,
// what to add, the policy in its place, then what it opens.

import { bulleted, button, code, codes, copied, count, field, fill, fold, h, marked, operationOptions, prose, reasonsOf } from "./dom.js";
import { LayersView } from "./layers.js";
import { REPORTS as FORMS } from "./state.js";

const STATES = {
  needed: "Keep",
  wide: "Narrow",
  unneeded: "Drop",
  denies: "Denies what is needed",
  limits: "Denies other calls",
};
/** What the findings of a kind mean for who has the role. */
const HEADINGS = {
  missing: "The work is denied these calls",
  depends: "Not certain",
  trust: "Who else can assume it",
  excess: "What it opens beyond the work",
  escalation: "How its holder can gain permissions",
};
/** A sentence that names what is needed itself. */
const ELSEWHERE = /^The job needs it only on /;
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
/** What file names of reports end with. */
const ENDINGS = { text: "txt", markdown: "md", sarif: "sarif", report: "json" };
/** How many findings and how many statements of a policy are shown. */
const MOST = 60;
const MOST_STATEMENTS = 300;

export class Review {
  /**
   * @param {object[]} groups titles and names of operations
   * @param {(change: object, isTyping?: boolean) => void} changed takes what the user changed of the state
   */
  constructor(groups, changed) {
    this.operation = h("select", { id: "review-operation", onchange: () => changed({ operation: this.operation.value, role: "" }) }, h("option", { value: "" }, "Choose an operation"), ...operationOptions(groups));
    this.work = h("textarea", { id: "review-work", rows: "3", spellcheck: "false", autocomplete: "off", oninput: () => changed({ request: this.work.value }, true) });
    this.which = h("select", { id: "review-role", onchange: () => changed({ role: String(Number(this.which.value) + 1) }) });
    this.whichField = field("review-role", "Which role of them", this.which);
    this.whichField.hidden = true;
    this.layers = new LayersView(() => changed({}, true));
    this.fields = h("div", { class: "a-work" }, field("review-work", "What is the role for? Paste its request or template", this.work), field("review-operation", "or choose an operation", this.operation), this.whichField, this.layers.element);
    this.found = h("div", {});
  }

  /** What a call says of the role and of what else decides. */
  call(text, { format, role }) {
    const form = format === "report" || !(format in ENDINGS) ? "json" : format;
    return { held: [{ name: "policy", text }], ...this.layers.read(), which: Math.max(0, Number(role) - 1 || 0), format: form };
  }

  /** What {@link Answer.show} takes, with the fields that say what the role is for. */
  shown(state, { verdict, isProblem = false, notices = [], text = "", file = "", body = [], formats = {}, format = "" }) {
    this.operation.value = state.operation;
    if (this.work.value !== state.request) this.work.value = state.request;
    fill(this.found, ...body);
    return { verdict, isProblem, notices, text, file, formats, format, small: "Nothing left this page.", body: [this.fields, this.found] };
  }

  /** The answer to an audit. */
  answer(state, { names, roles, risks, notices, text }) {
    const key = JSON.stringify(names);
    if (this.which.dataset.key !== key) {
      this.which.dataset.key = key;
      fill(this.which, ...names.map((name, index) => h("option", { value: String(index) }, name)));
    }
    this.which.value = String(Math.max(0, Number(state.role) - 1 || 0));
    this.whichField.hidden = names.length < 2;
    if (risks?.length) {
      const [{ broad = [], escalation }] = risks;
      const risk = riskOf(broad, escalation) || "Nothing here is dangerously broad. ";
      return this.shown(state, { verdict: `${risk}What is the role for?`, isProblem: broad.length > 0, notices, body: escalations(escalation) });
    }
    const [role] = roles ?? [];
    if (!role) return this.shown(state, { verdict: "No role of these requests is in what was pasted.", isProblem: true, notices });
    const unknown = role.unknown.map((message) => ({ kind: "note", where: "role", message }));
    const form = state.format in FORMS ? state.format : "policy";
    const given = form in ENDINGS ? { text, file: `audit.${ENDINGS[form]}`, body: [code(text)] } : { text: role.replacement, file: "policy.json", body: bodyOf(role) };
    return this.shown(state, { ...given, ...verdictOf(role), notices: [...notices, ...unknown], formats: FORMS, format: form });
  }
}

/** What is dangerously broad, whatever the work is. */
function riskOf(broad, escalation) {
  const ways = escalation.filter((one) => !one.needed).length;
  if (broad.length) return `Far too much: ${broad.slice(0, 3).join(", ")}${broad.length > 3 ? ` and ${broad.length - 3} more` : ""}. `;
  return ways ? `Too much: ${count(ways, "way")} to escalate. ` : "";
}

/** The risk first: what is dangerously broad, what to replace by what; then whether the work is allowed. */
function verdictOf({ calls: number, verdict, policies, broad = [], escalation, missing, depends, replacement }) {
  const states = policies.flatMap(({ rows }) => rows.slice(1, -1).map(([, { state }]) => state));
  const excess = states.filter((state) => state === "wide" || state === "unneeded").length;
  const calls = (some) => `${some} of ${count(number, "call")}`;
  const better = [JSON.parse(replacement)].flat().reduce((sum, one) => sum + one.Statement.length, 0);
  const risk = riskOf(broad, escalation) || (excess ? "Too much. " : "");
  const all = excess === states.length ? `Replace ${excess === 1 ? "this statement" : `these ${excess} statements`} by ${better === 1 ? "this one" : `these ${better}`}. ` : "";
  const replace = all || (excess ? `${excess} of ${count(states.length, "statement")} to narrow or remove. ` : "");
  const found = {
    missing: `Not enough: ${calls(missing.length)} denied${depends.length ? `, ${depends.length} not certain` : ""}.`,
    depends: `Not certain: ${calls(depends.length)} depend on what is not known here.`,
    sufficient: risk ? "The work itself is allowed." : `Enough: ${calls(number)} allowed.`,
    minimal: `Right: ${calls(number)} allowed, and nothing more.`,
  }[verdict];
  return { verdict: `${risk}${replace}${found}`, isProblem: verdict === "missing" || Boolean(risk) };
}

/** All that was found about a role. */
function bodyOf(role) {
  return [
    ...role.policies.map(annotated),
    ...findings("missing", role.missing, role.reasons, [
      ...block("Statements to add to the role's policy", role.cure),
      ...block("Statements to add to the trust policy", role.trust_cure),
    ]),
    ...block("The better policy", role.replacement, "h2"),
    ...findings("excess", role.excess, {}),
    ...escalations(role.escalation),
    ...trustOf(role),
    ...findings("depends", role.depends, role.reasons),
    ...patches("Patch that narrows", role.patches.narrow),
    ...listed("Taken as given", role.assumptions),
  ];
}

/** Findings, those that differ in action or resource only together. */
function findings(kind, several, reasons, cure = []) {
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
      ...reasonsOf((reasons[first.action] ?? []).map((one) => (first.why.endsWith(one.why) ? { ...one, why: "" } : one))),
    );
  });
  const id = `review-${kind}`;
  const more = groups.size > MOST ? [h("p", {}, `and ${groups.size - MOST} more; the other forms of the report have all`)] : [];
  return [h("section", { "aria-labelledby": id }, h("h2", { id }, HEADINGS[kind]), h("ul", { class: "a-findings" }, ...rows), ...more, ...cure)];
}

/** A text with a title and a button, if there is one. */
function block(title, text, level = "h3") {
  const copy = button("Copy", () => copied(copy, text));
  return text ? [h(level, { class: "a-titled" }, title, copy), code(text)] : [];
}

function trustOf({ trust, trusted }) {
  if (!trust.length) return trusted ? [] : [h("p", { class: "a-small" }, "No trust policy is given, so who can assume the role is not judged.")];
  const rows = trust.map(({ principal = "", statement = "", why }) =>
    h("li", {}, h("p", {}, h("code", {}, principal), statement ? ` in ${statement}` : ""), h("p", {}, h("strong", {}, why))),
  );
  return [h("section", { "aria-labelledby": "review-trust" }, h("h2", { id: "review-trust" }, HEADINGS.trust), h("ul", { class: "a-findings" }, ...rows))];
}

/** What the holder of the role can turn it into. */
function escalations(several) {
  if (!several.length) return [];
  // What the work does not need is the harm.
  const sorted = [...several].sort((a, b) => Boolean(a.needed) - Boolean(b.needed));
  const rows = sorted.slice(0, MOST).map(({ path, why, steps = [], needed }) =>
    h(
      "li",
      {},
      h("p", {}, h("strong", {}, ...prose(why)), needed ? " The job needs it." : "", path ? h("small", {}, ` ${path}`) : ""),
      h("ol", {}, ...steps.map((step) => h("li", {}, ...prose(step)))),
    ),
  );
  const heading = h("h2", { id: "review-escalation" }, HEADINGS.escalation);
  return [h("section", { "aria-labelledby": heading.id }, heading, h("ul", { class: "a-findings" }, ...rows))];
}

function patches(title, several) {
  return several.flatMap(({ document, patch }) => {
    const text = JSON.stringify(patch, null, 2);
    return [fold(`${title}: ${document || "a new policy"}`, ...block(title, text))];
  });
}

function listed(title, lines) {
  return lines.length ? [h("h3", {}, title), bulleted(lines.map((line) => h("span", {}, ...prose(line))))] : [];
}

/** A policy, its statements side by side with what becomes of them. */
function annotated({ name, rows }, index) {
  const id = `review-policy-${index}`;
  const count = rows.length - 2;
  const shown = rows.slice(0, MOST_STATEMENTS + 1).map(([code, words]) => row(code, words.state ? said(words) : "", words.excess?.map(({ at }) => at)));
  if (count > MOST_STATEMENTS) shown.push(row(`    … ${count - MOST_STATEMENTS} more\n`, ""));
  if (shown.length < rows.length || count > MOST_STATEMENTS) shown.push(row("  ]\n}\n", ""));
  return h("section", { "aria-labelledby": id }, h("h2", { id }, `${name}: ${marks(rows)}`), h("div", { class: "a-rows" }, ...shown));
}

/** How many statements of a policy are kept, narrowed, and so on. */
function marks(rows) {
  const states = rows.slice(1, -1).map(([, { state }]) => state);
  const counted = Object.entries(STATES).map(([state, label]) => [label.toLowerCase(), states.filter((one) => one === state).length]);
  return counted.filter(([, number]) => number).map(([label, number]) => `${label} ${number}`).join(", ");
}

function said({ state, excess, more }) {
  const lines = excess.map(({ action, resource, opens, why }) =>
    h("p", {}, ...codes([action]), ...(ELSEWHERE.test(why) ? [] : [" on ", ...codes([resource])]), ": ", ...prose(why), opens ? h("small", {}, ` ${opens}`) : ""),
  );
  return h(
    "div",
    { class: "a-reason" },
    h("p", {}, h("span", { class: `review-state is-${state}` }, STATES[state])),
    ...lines,
    ...(more ? [h("p", {}, `and ${more} more`)] : []),
  );
}

function row(text, reasons, at = []) {
  return h("div", { class: "a-row" }, h("pre", {}, h("code", { tabindex: "0" }, ...marked(text, at))), h("div", {}, ...[reasons].flat()));
}
