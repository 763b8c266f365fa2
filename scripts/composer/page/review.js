// The tab "Review": a policy or a role held against what its work needs; verdict first, then why, then the policy annotated.

import { canonical } from "../canonical.js";
import { statementJson } from "../engine/statements.js";
import { InputError } from "../errors.js";
import { parse } from "../iam/parts.js";
import { PolicyError, listed } from "../iam/statements.js";
import { readHeld } from "../inputs/held.js";
import { review } from "../review.js";
import { fill, h, pasteField } from "./dom.js";
import { LayersView } from "./layers.js";
import { tabOf } from "./recognising.js";
import { codes, copied, joinNodes, reasonsOf, row } from "./result.js";

const STATES = {
  needed: "Needed",
  wide: "Too wide",
  unneeded: "Not needed",
  denies: "Denies what is needed",
  limits: "Denies other calls",
};
/** How many findings and how many statements of a policy are shown. */
const MOST = 60;
const MOST_STATEMENTS = 300;
/** How many characters the policies of a role may have that is judged here. */
const LARGEST = 200_000;

export class ReviewView {
  /**
   * @param {HTMLElement} root the element it fills
   * @param {object} took catalog, withoutResources, form, changed (takes the text), lead (words that lead to another tab)
   */
  constructor(root, { catalog, withoutResources, form, changed, lead }) {
    Object.assign(this, { catalog, withoutResources, form, lead });
    this.text = pasteField("review-policy", "review-hint", changed);
    this.choice = h("select", { id: "review-role", onchange: () => changed(this.text.value) });
    this.choiceField = h("p", { class: "composer-field", hidden: true }, h("label", { for: "review-role" }, "Which role"), this.choice);
    // The form is beside it, or below it on a phone.
    const jump = () => this.form.operation.focus();
    this.work = h("p", {}, h("button", { type: "button", class: "composer-button", onclick: jump }, "Change what the role is for"));
    this.layers = new LayersView(() => changed(this.text.value));
    this.status = h("p", { role: "status", class: "composer-status" });
    this.notes = h("ul", { class: "composer-notices", hidden: true });
    this.body = h("div", {});
    const hint =
      "JSON: policies, or the output of get-role, get-role-policy, or get-account-authorization-details. " +
      "It is read in this page and sent nowhere.";
    fill(
      root,
      h("p", { class: "composer-field" }, h("label", { for: "review-policy" }, "Policy or role"), this.text),
      h("p", { class: "composer-hint", id: "review-hint" }, hint),
      this.choiceField,
      this.layers.element,
      this.work,
      this.status,
      this.notes,
      this.body,
    );
  }

  /** Shows nothing but that there is no result, and why. */
  fail(message, isProblem = true) {
    this.status.classList.toggle("is-problem", isProblem);
    fill(this.status, message);
    fill(this.notes);
    this.notes.hidden = true;
    fill(this.body);
  }

  /** What the text tells of partition, Region and account: the role's ARN, else what all ARNs of its policies have. */
  facts(text) {
    const role = this.#role(text);
    if (!role) return {};
    const mine = parse(role.arn);
    const texts = { Partition: new Set(), Region: new Set(), Account: new Set() };
    for (const one of textsOf(role.policies.map((policy) => policy.document))) {
      const arn = parse(one);
      if (!arn) continue;
      for (const [name, value] of [["Partition", arn.partition], ["Region", arn.region], ["Account", arn.account]]) {
        if (value && !/[*?$]/.test(value)) texts[name].add(value);
      }
    }
    if (mine) {
      texts.Partition = new Set([mine.partition]);
      texts.Account = new Set([mine.account]);
    }
    const sure = Object.entries(texts).filter(([, values]) => values.size === 1);
    return Object.fromEntries(sure.map(([name, values]) => [name, [...values][0]]));
  }

  /** Shows a text held against a composed result. */
  show(text, result) {
    if (this.text.value !== text) this.text.value = text;
    this.#choices(text);
    if (!text.trim()) {
      this.#prepare(result);
      return this.fail("Paste a policy or the JSON of a role.", false);
    }
    const other = tabOf(this.catalog, text);
    if (other && other !== "review") {
      this.fail("");
      fill(this.status, ...this.lead(other, text));
      return undefined;
    }
    let role;
    try {
      role = this.#role(text, true);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return this.fail(error.where ? `${error.where} ${error.message}` : error.message);
    }
    if (result.isEmpty) return this.fail("Choose the operation that the role is for, or paste its request.", false);
    if (result.error) return this.fail(result.error);
    return this.#judged(role, result);
  }

  /** Judges something once while nothing else is to do, so that the first paste is answered at once. */
  #prepare(result) {
    if (this.isPrepared || !result.roles) return;
    this.isPrepared = true;
    const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::*" }] };
    const later = globalThis.requestIdleCallback ?? setTimeout;
    later(() => review(this.withoutResources, result.roles[0].composition, { policies: [policy] }));
  }

  #judged(role, result) {
    const documents = role.policies.map((policy) => policy.document);
    if (JSON.stringify(documents).length > LARGEST) {
      this.fail(`The policies are larger than ${LARGEST.toLocaleString("en")} characters; use sagemaker-roles audit.`);
      return;
    }
    const own = result.roles.find((one) => role.arn && one.chosen.arn === role.arn) ?? result.roles[0];
    let judged;
    try {
      const { trust, boundary } = role;
      const held = { policies: documents, trust, boundary, role: role.arn || own.chosen.arn || "", ...this.layers.read() };
      judged = review(this.withoutResources, own.composition, held, this.catalog.data.companions);
    } catch (error) {
      if (error instanceof InputError) {
        this.fail(`${error.where}: ${error.message}`);
        return;
      }
      if (!(error instanceof PolicyError)) throw error;
      this.fail("This is not a valid policy.");
      this.#note(error.faults.map((fault) => ["problem", "policy", fault]));
      return;
    }
    const of = (outcome) => judged.needs.filter((one) => one.outcome === outcome);
    const [missing, depends] = [of("missing"), of("depends")];
    this.#verdict(judged, missing, depends, role.unknown);
    const facts = Object.entries(result.assumed ?? {})
      .filter(([, value]) => value !== "aws")
      .map(([name, value]) => ["note", name, `${value}, as in the policy or role`]);
    const problems = result.notices.filter((one) => one.kind === "problem").map((one) => [one.kind, one.where, one.message]);
    const several = result.roles.length > 1 ? [["note", "request", `this is about the role ${own.chosen.arn || own.chosen.ids[0]}`]] : [];
    this.#note([...problems, ...several, ...role.unknown.map((text) => ["note", "role", text]), ...facts]);
    fill(
      this.body,
      ...this.#findings("Missing", missing, own.composition),
      ...this.#findings("Depends", depends, own.composition),
      ...trustOf(judged.trusted, role),
      ...role.policies.map((policy, index) => annotated(policy, judged.statements[index], index)),
      h(
        "p",
        { class: "composer-hint" },
        "Whether each call lies within the policies is judged here. What exactly a statement allows beyond the need, " +
          "and what the holder of a role can turn it into: sagemaker-roles audit.",
      ),
    );
  }

  #verdict(judged, missing, depends, unknown) {
    const count = judged.needs.length;
    const excess = judged.statements.flat().filter((one) => one.state === "wide" || one.state === "unneeded").length;
    const calls = (some) => `${some} of ${count} call${count === 1 ? "" : "s"}`;
    const all = judged.statements.flat().length;
    const more = excess ? ` ${excess} of ${all} statement${all === 1 ? "" : "s"} allow${excess === 1 ? "s" : ""} more than the work needs.` : "";
    const open = unknown.length ? " A part of the role is not known." : "";
    const verdict = {
      missing: `Not enough: ${calls(missing.length)} denied${depends.length ? `, ${depends.length} not certain` : ""}.`,
      depends: `Not certain: ${calls(depends.length)} depend${depends.length === 1 ? "s" : ""} on what is not known here.`,
      sufficient: count === 1 ? "Enough: the one call is allowed." : `Enough: all ${count} calls are allowed.`,
    }[judged.verdict];
    this.status.classList.toggle("is-problem", judged.verdict === "missing");
    const message = `${verdict}${more}${open}`;
    if (this.status.textContent !== message) fill(this.status, message);
  }

  /** Findings, those of one composed statement with one reason together. */
  #findings(title, findings, composition) {
    if (!findings.length) return [];
    const groups = new Map();
    for (const one of findings) {
      const key = JSON.stringify([one.need.sid, one.layer, one.statement, one.explicit, one.part, one.keys]);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(one);
    }
    const id = `review-${title.toLowerCase()}`;
    const rows = [...groups.values()].slice(0, MOST).map((some) => {
      const unique = (name) => [...new Set(some.map((one) => one[name]))];
      return h(
        "li",
        {},
        h("p", {}, ...codes(unique("action")), " ", some[0].layer === "trust" ? "for " : "on ", ...codes(unique("resource"))),
        h("p", {}, h("strong", {}, whyOf(some[0]))),
        ...reasonsOf(this.catalog, some[0].need.reasons),
      );
    });
    const more = groups.size > MOST ? [h("p", {}, `and ${groups.size - MOST} more`)] : [];
    const heading = h("h2", { id }, title);
    const cure = title === "Missing" ? cureOf(findings, composition) : null;
    return [h("section", { "aria-labelledby": id }, heading, h("ul", { class: "review-findings" }, ...rows), ...more, ...(cure ?? []))];
  }

  #note(rows) {
    fill(this.notes, ...rows.slice(0, 20).map(([kind, where, text]) => h("li", { class: `is-${kind}` }, h("code", {}, where), ` ${text}`)));
    this.notes.hidden = !rows.length;
  }

  #read(text) {
    if (this.known?.text !== text) this.known = { text, roles: readHeld(text) };
    return this.known.roles;
  }

  /** The role that a text has, or null; of several the chosen one. */
  #role(text, isStrict = false) {
    try {
      const roles = text.trim() ? this.#read(text) : [];
      return roles[Math.min(Number(this.choice.value) || 0, roles.length - 1)] ?? null;
    } catch (error) {
      if (isStrict || !(error instanceof InputError)) throw error;
      return null;
    }
  }

  #choices(text) {
    let roles = [];
    try {
      roles = text.trim() ? this.#read(text) : [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
    const names = roles.map((role) => role.arn || role.name);
    const key = JSON.stringify(names);
    if (this.choice.dataset.key !== key) {
      this.choice.dataset.key = key;
      fill(this.choice, ...names.map((name, index) => h("option", { value: String(index) }, name)));
    }
    this.choiceField.hidden = roles.length < 2;
  }
}

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

/** Why a call is denied, or what it depends on, in a sentence. */
function whyOf({ outcome, layer, statement, explicit, keys, part, resource }) {
  const isGiven = outcome === "missing" || statement || part;
  if (layer === "resource" && !isGiven) return "The resource is in another account, so its own policy must allow the call too.";
  const on = OF_LAYER[layer] ?? "";
  const name = `${statement.startsWith("statement ") ? statement : `the statement ${statement}`}${on}`;
  const verb = explicit ? "denies" : "allows";
  if (outcome === "depends") {
    if (keys.length) return `Whether ${name} ${verb} it depends on ${keys.join(" and ")}, which is not known here.`;
    if (part) return `A part of it is what ${name} ${verb}; which part the work uses is not known here.`;
    const holders = resource.match(/\$\{[A-Za-z0-9]+\}/g) ?? ["a variable in the policy"];
    return `Whether ${name} ${verb} it depends on the value of ${holders.join(" and ")}.`;
  }
  if (explicit) return `It is denied by ${name}.`;
  if (part) return `Only a part is allowed, by ${name}.`;
  return statement ? `No statement${on} allows it; the condition of ${statement} fails.` : `No statement${on} allows it.`;
}

/** Layers that are the role's own, in which what is missing can be added. */
const MENDED = ["identity", "trust"];

/** The statements that allow what is missing, with a button that copies them. */
function cureOf(findings, { policy, trust }) {
  const cured = (statement) => {
    const own = findings.filter((one) => one.need.sid === statement.sid && !one.explicit && MENDED.includes(one.layer));
    if (!own.length) return [];
    const whole = statementJson(statement);
    if (own[0].layer === "trust") return [whole];
    const [actions, resources] = ["action", "resource"].map((name) => new Set(own.map((one) => one[name])));
    return [{ ...whole, Action: whole.Action.filter((one) => actions.has(one)), Resource: whole.Resource.filter((one) => resources.has(one)) }];
  };
  const own = policy.statements.flatMap(cured);
  const text = canonical(own).trimEnd();
  const assumed = findings.some((one) => one.layer === "trust") ? trust.statements.map(statementJson) : [];
  const blocks = [];
  if (own.length) blocks.push(["Statements to add to a policy of the role", text]);
  if (assumed.length) blocks.push(["Statements to add to the trust policy", canonical(assumed).trimEnd()]);
  return blocks.flatMap(([title, shown]) => {
    const copy = h("button", { type: "button", class: "composer-button", onclick: () => copied(copy, shown) }, "Copy");
    return [
      h("h3", {}, title),
      h("p", { class: "composer-buttons" }, copy),
      h("div", { class: "highlight" }, h("pre", {}, h("code", { tabindex: "0" }, shown))),
    ];
  });
}

function trustOf(trusted, role) {
  if (!trusted.length) return role.trust ? [] : [h("p", { class: "composer-hint" }, "No trust policy is given, so who can assume the role is not judged.")];
  const rows = trusted.map(([statement, principal, why]) =>
    h("li", {}, h("p", {}, h("code", {}, principal), ` in ${statement}`), h("p", {}, h("strong", {}, why))),
  );
  return [h("section", { "aria-labelledby": "review-trust" }, h("h2", { id: "review-trust" }, "Trust"), h("ul", { class: "review-findings" }, ...rows))];
}

/** A policy, its statements side by side with what becomes of them. */
function annotated({ name, document }, states, index) {
  const id = `review-policy-${index}`;
  const rows = listed(document).slice(0, MOST_STATEMENTS).map((statement, place) => {
    const end = place === states.length - 1 ? "\n" : ",\n";
    return row(canonical(statement).trimEnd().replace(/^/gm, "    ") + end, said(states[place]));
  });
  if (states.length > MOST_STATEMENTS) rows.push(row(`    … ${states.length - MOST_STATEMENTS} more\n`, ""));
  const version = document.Version ? `  "Version": ${JSON.stringify(document.Version)},\n` : "";
  return h(
    "section",
    { "aria-labelledby": id },
    h("h2", { id }, `Statement by statement: ${name}`),
    h("div", { class: "composer-grid" }, row(`{\n${version}  "Statement": [\n`, ""), ...rows, row("  ]\n}\n", "")),
  );
}

function said({ state, unused, resources, needs }) {
  const list = (texts) => joinNodes([...codes(texts.slice(0, 12)).filter((node) => node !== ", "), ...(texts.length > 12 ? [`${texts.length - 12} more`] : [])]);
  const lines = [h("p", {}, h("span", { class: `review-state is-${state}` }, STATES[state]))];
  if (needs.length) lines.push(h("p", {}, "For ", ...list(needs), "."));
  if (state === "wide" && !unused.length && !resources.length) lines.push(h("p", {}, "It allows more actions, resources, or conditions than these need."));
  if (unused.length) lines.push(h("p", {}, "No call of these uses ", ...list(unused), "."));
  if (resources.length) lines.push(h("p", {}, "No call is on ", ...list(resources), "."));
  return h("div", { class: "composer-reason" }, ...lines);
}

/** Every text in some data. */
function textsOf(value) {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(textsOf) : [];
}
