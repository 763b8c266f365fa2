// Turns entries of records, bound to the values of a request, into the statements of one document. Pure.
// The same algorithm, step by step, as scripts/sagemaker_roles/engine/statements.py.

import { extend, quoted } from "../canonical.js";
import { GLOBALS } from "../catalog.js";
import { byCodePoint, product, sorted } from "../comparison.js";
import { isWeaker, reduced, uncovered } from "../iam/prefixes.js";
import { Partial, Unknown, isText, joined } from "./partial.js";
import { cause, filled, isTrue, isUnread, items, lowerCased, match, namesIn, partsOf, search, short, shown } from "./values.js";

/** A composed document: statements with the reasons for each. */
export class Document {
  constructor(statements) {
    this.statements = statements;
  }

  /** The document as IAM writes it. */
  toJSON() {
    return { Version: "2012-10-17", Statement: this.statements.map(statementJson) };
  }

  /** Names of the placeholders that stay open, sorted. */
  placeholders() {
    const names = [];
    for (const statement of this.statements) {
      for (const text of textsOf(statement)) extend(names, namesIn(text));
    }
    return sorted(names);
  }
}

/** A composed statement as IAM writes it, keys in IAM's usual order. */
export function statementJson(statement) {
  const document = { Sid: statement.sid, Effect: statement.effect ?? "Allow" };
  if (statement.principal.length) document.Principal = Object.fromEntries(statement.principal);
  document.Action = statement.actions;
  if (statement.resources.length) document.Resource = statement.resources;
  if (statement.condition.length) {
    document.Condition = Object.fromEntries(
      byKey(statement.condition).map(([operator, keys]) => [operator, Object.fromEntries(byKey(keys))]),
    );
  }
  return document;
}

function textsOf(statement) {
  return [
    ...statement.resources,
    ...statement.condition.flatMap(([, keys]) => keys.flatMap(([, values]) => values)),
    ...statement.principal.flatMap(([, values]) => values),
  ];
}

/** Pairs sorted by their first text. */
export function byKey(pairs) {
  return [...pairs].sort((a, b) => byCodePoint(a[0], b[0]));
}

// --- one use of statements -----------------------------------------------------------------------------------------

const OPEN = { id: "open", scopes: new Map() };
const TRUST_ENTRY = { prefix: "", constants: {}, members: [] };

/** Collects the statements of one document. */
export class Composer {
  /**
   * @param {Catalog} catalog the knowledge base
   * @param {string} scope scoped or broad
   * @param {Map} values placeholder name to the text put in its place, escaped
   * @param {Map} given name of a parameter (with its prefix) to values for it, as a request would write them
   */
  constructor(catalog, scope, values, given) {
    this.catalog = catalog;
    this.scope = scope;
    this.values = values;
    this.folds = [...values.values()].some((text) => !text || text.endsWith("/"));
    this.given = given;
    this.statements = new Map();
    this.findings = new Map();
    this.skipped = new Map();
    this.covered = new Set();
  }

  // bindings

  /** What an entry's parameters are bound to by a request; empty if the request has no value for it. */
  bindings(entry, request, events) {
    const use = this.#prepared(entry);
    if (request.members === null || !entry.members.length || isUnread(entry.members, request.members)) {
      const opened = this.#openBinding(use, request, events);
      return opened ? [opened] : [];
    }
    const bindings = [];
    for (const member of entry.members) {
      for (const item of items(search(member, request.members))) {
        const bound = this.#bind(use, shown(member), item, request, events);
        if (bound) bindings.push(bound);
      }
    }
    return bindings;
  }

  /** What an entry's parameters are bound to by one value that was read at a member; see bindings(). */
  read(entry, value, request, member, events) {
    return this.#bind(this.#prepared(entry), member, value, request, events);
  }

  #prepared(entry) {
    const constants = new Map();
    for (const [name, value] of Object.entries(entry.constants)) {
      if (Object.hasOwn(entry.parameters, name)) {
        constants.set(name, [{ form: OPEN, fields: new Map([["Value", filled(value, this.values)]]) }]);
      }
    }
    const free = entry.free.map(({ name, kind: id, form, fields }) => {
      const kind = this.catalog.kind(id);
      const open = form ? { form: kind.forms.find((one) => one.id === form), fields: new Map(Object.entries(fields)) } : null;
      return { name, kind, accepted: entry.accepted[name], open };
    });
    return { entry, constants, free };
  }

  /** Records what reading values brought up, once it is sure that the entry is needed. */
  note(events) {
    for (const { what, key, value } of events) {
      if (what === "covered") this.covered.add(key);
      else if (what === "finding") this.findings.set(key, value);
      else if (!this.skipped.has(key)) this.skipped.set(key, value);
    }
  }

  #openBinding(use, request, events) {
    const matches = new Map(use.constants);
    const values = [];
    for (const parameter of use.free) {
      const opened = this.#opened(use, parameter, request, events);
      const given = this.given.get(use.entry.prefix + parameter.name) ?? [];
      if (opened.length) {
        matches.set(parameter.name, opened);
        extend(values, given.map(String));
      } else if (given.length) {
        return null;
      }
    }
    return { matches, member: "", values };
  }

  /** The matches of a parameter no request value fills: the values given for it, else its placeholders. */
  #opened(use, parameter, request, events) {
    const name = use.entry.prefix + parameter.name;
    const given = this.given.get(name) ?? [];
    if (!given.length) return this.#placeholders(parameter);
    return given.flatMap((value) => {
      const one = this.#match(parameter, value, name, name, request, events);
      if (one === null) return this.#placeholders(parameter);
      return one ? [one, ...lowerCased(parameter.kind, one)] : [];
    });
  }

  #placeholders(parameter) {
    return parameter.open ? [this.#fill(parameter.open)] : [];
  }

  /** Puts values the user gave for placeholders. */
  #fill({ form, fields }) {
    return { form, fields: new Map([...fields].map(([name, text]) => [name, filled(text, this.values)])) };
  }

  #bind(use, member, item, request, events) {
    let values;
    if (typeof item === "object" && !(item instanceof Partial) && !(item instanceof Number)) {
      if (!Object.values(item).some(isTrue)) return null;
      values = item;
    } else {
      values = use.free.length ? { [use.free[0].name]: item } : {};
    }
    const matches = new Map(use.constants);
    const texts = [];
    for (const parameter of use.free) {
      const given = items(Object.hasOwn(values, parameter.name) ? values[parameter.name] : null);
      let read = [];
      for (const value of given) {
        const one = this.#match(parameter, value, member, walked(member), request, events);
        if (one === false) continue;
        if (one) {
          read.push(one, ...lowerCased(parameter.kind, one));
          texts.push(String(value));
        } else if (parameter.accepted.includes(parameter.kind.default)) {
          // A value that cannot be read leaves placeholders once, in the statements for the kind's usual form.
          extend(read, this.#placeholders(parameter));
        }
      }
      if (!read.length) {
        if (given.length) return null;
        read = this.#opened(use, parameter, request, events);
        if (!read.length) return null;
      }
      matches.set(parameter.name, read);
    }
    return { matches, member, values: texts };
  }

  /** Reads one value: a match, null if it stays a placeholder, false if it is not for this entry. */
  #match(parameter, asked, member, path, request, events) {
    const { kind } = parameter;
    const value = asked instanceof Partial ? this.#completed(asked) : asked;
    const label = request.label ?? "";
    const text = isText(value) ? String(value) : quoted(value);
    const key = JSON.stringify([request.operation, path, text]);
    const find = (what, message) => {
      const finding = { kind: what, operation: request.operation, member, value: short(value), message, label };
      events.push({ what: "finding", key: JSON.stringify(finding), value: finding });
    };
    if (!isText(value)) {
      find("problem", `must be text: ${kind.title}`);
      return null;
    }
    const matched = match(kind, value);
    if (!matched) {
      events.push({ what: "covered", key });
      if (value instanceof Partial) {
        find("note", `is not known enough to be read as ${kind.title}`);
        return null;
      }
      const usual = kind.forms.find((form) => form.id === kind.default);
      const why = cause(kind, value);
      find("problem", why ? `is not a valid ${kind.title}: ${why}` : `is not a valid ${kind.title} (such as ${usual.examples[0]})`);
      return null;
    }
    const { form } = matched;
    if (form.noPermission) {
      const isElsewhere = form.elsewhere !== "" && !this.#isOwn(matched.fields.get("Account"));
      const isWrong = form.isWrong || isElsewhere;
      events.push({ what: "covered", key });
      find(isWrong ? "problem" : "note", isElsewhere ? form.elsewhere : form.noPermission);
      return isWrong ? null : false;
    }
    if (!parameter.accepted.includes(form.id)) {
      events.push({ what: "skipped", key, value: { title: form.title, label } });
      return false;
    }
    events.push({ what: "covered", key });
    if (form.warning) find("note", form.warning);
    return value instanceof Partial ? this.#fill(matched) : matched;
  }

  /** Whether an account, if a value names one, can be that of the composed document's identity. */
  #isOwn(account) {
    return !account || [account, "", undefined].includes(this.values.get("Account"));
  }

  /** A partly known value with the values given for its parts, so that it is read as a whole: by its kind. */
  #completed(value) {
    return joined(
      value.parts.map((part) => {
        const given = part instanceof Unknown && !GLOBALS.includes(part.name) ? this.given.get(part.name) : null;
        return given?.length === 1 ? given[0] : part;
      }),
    );
  }

  // statements

  /** Adds an entry's statements, expanded with one binding. */
  add(operation, grantee, addon, entry, binding) {
    for (const [place, statement] of entry.statements.entries()) {
      const { sid, why, evidence, sources } = entry.needed[place];
      const reason = {
        operation: operation.name,
        grantee: grantee.id,
        addon: addon?.id ?? "",
        use: entry.use,
        why,
        evidence,
        sources,
        members: binding.member ? [binding.member] : entry.members,
        values: binding.values,
        notes: statement.notes,
        container: entry.container ?? "",
      };
      for (const [resources, condition] of this.#expand(entry, statement, binding)) {
        this.#put(sid, statement.actions, resources, condition, reason, []);
      }
    }
  }

  /** Adds one trust statement. */
  addTrust(operation, grantee, addon, trust) {
    const binding = { matches: new Map(), member: "", values: [] };
    const principal = trust.principal.map(([kind, values]) => [
      kind,
      values.flatMap((value) => this.#render(value, TRUST_ENTRY, binding)),
    ]);
    const reason = {
      operation: operation.name,
      grantee: grantee.id,
      addon: addon?.id ?? "",
      use: trust.id,
      why: trust.why,
      evidence: trust.evidence,
      sources: trust.sources,
      members: [],
      values: [],
      notes: [],
      container: "",
    };
    const condition = this.#renderCondition(trust.condition, TRUST_ENTRY, binding);
    this.#put(trust.sid, trust.actions, [], condition, reason, principal);
  }

  #expand(entry, statement, binding) {
    if (this.scope === "broad") {
      return [[["*"], this.#renderCondition(unbound(statement.condition, entry), entry, binding)]];
    }
    const condition = this.#renderCondition(statement.condition, entry, binding);
    if (statement.resources.length) {
      return [[statement.resources.flatMap((template) => this.#render(template, entry, binding)), condition]];
    }
    const expanded = [];
    for (const [parameter, matches] of binding.matches) {
      for (const match of matches) {
        const one = { ...binding, matches: new Map(binding.matches).set(parameter, [match]) };
        for (const name of statement.scopes) {
          const scope = match.form.scopes.get(name);
          if (!scope) continue;
          const own = scope.resources.flatMap((template) => this.#render(template, entry, one, parameter));
          expanded.push([own, merge(condition, this.#renderCondition(scope.condition, entry, one, parameter))]);
        }
      }
    }
    return expanded;
  }

  #renderCondition(condition, entry, binding, parameter = "") {
    return condition.map(([operator, keys]) => [
      operator,
      keys.map(([key, values]) => [
        key,
        [...new Set(values.flatMap((value) => this.#render(value, entry, binding, parameter)))],
      ]),
    ]);
  }

  /** Fills a template once for each combination of the matches whose fields it names. */
  #render(template, entry, binding, parameter = "") {
    const parts = partsOf(template);
    if (parts.length === 1) return [template];
    const owners = new Map();
    for (let i = 1; i < parts.length; i += 2) {
      const owner = ownerOf(parts[i], binding, parameter);
      if (owner !== null) owners.set(parts[i], owner);
    }
    const used = [...new Set(owners.values())];
    return product(used.map((name) => binding.matches.get(name))).map((combination) => {
      const chosen = new Map(used.map((name, index) => [name, combination[index]]));
      const texts = parts.map((part, index) => (index % 2 ? this.#valueOf(part, owners, chosen, entry) : part));
      return this.folds ? folded(texts) : texts.join("");
    });
  }

  #valueOf(name, owners, chosen, entry) {
    if (owners.has(name)) {
      const { fields } = chosen.get(owners.get(name));
      return fields.has(name) ? fields.get(name) : fields.get("Value");
    }
    const full = GLOBALS.includes(name) ? name : entry.prefix + name;
    return this.values.has(full) ? this.values.get(full) : `\${${full}}`;
  }

  #put(sid, actions, resources, condition, reason, principal) {
    const key = JSON.stringify([sid, actions, frozen(condition), principal]);
    if (!this.statements.has(key)) {
      this.statements.set(key, { sid, actions, principal, condition, resources: new Set(), reasons: new Map() });
    }
    const slot = this.statements.get(key);
    for (const resource of resources) slot.resources.add(resource);
    const reasonKey = JSON.stringify(reason);
    if (!slot.reasons.has(reasonKey)) slot.reasons.set(reasonKey, reason);
  }

  /** The statements so far: resources reduced and sorted, Sids made unique. */
  document() {
    const used = new Map();
    const taken = new Set([...this.statements.values()].map((slot) => slot.sid));
    const statements = [...this.statements.values()].map((slot) => {
      let count = (used.get(slot.sid) ?? 0) + 1;
      let sid = slot.sid;
      if (count > 1) {
        while (taken.has(`${slot.sid}${count}`)) count += 1;
        sid = `${slot.sid}${count}`;
      }
      used.set(slot.sid, count);
      taken.add(sid);
      return {
        sid,
        actions: slot.actions,
        resources: reduced(slot.resources),
        condition: slot.condition,
        principal: slot.principal,
        reasons: [...slot.reasons.values()],
      };
    });
    return new Document(statements);
  }

  /** Findings, with those for values whose form no statement of the record is for. */
  allFindings() {
    const uncovered = [...this.skipped]
      .filter(([key]) => !this.covered.has(key))
      .map(([key, { title, label }]) => {
        const [operation, member, value] = JSON.parse(key);
        const message = `no statement covers this form: ${title}`;
        return { kind: "problem", operation, member, value: short(value), message, label };
      });
    return [...this.findings.values(), ...uncovered];
  }
}

/**
 * The parts of a template, filled, as one text: a folder that ends with a slash, or is empty, and the slash after it
 * give one slash.
 */
function folded(texts) {
  return texts.reduce((out, text, index) => {
    const folds = index && index % 2 === 0 && text.startsWith("/") && out.endsWith("/");
    return out + (folds ? text.slice(1) : text);
  }, "");
}

function ownerOf(name, binding, parameter) {
  const order = parameter ? [parameter, ...binding.matches.keys()] : [...binding.matches.keys()];
  for (const candidate of order) {
    const matches = binding.matches.get(candidate) ?? [];
    if (matches.some(({ fields }) => fields.has(name) || (name === candidate && fields.has("Value")))) return candidate;
  }
  return null;
}

/** A document without resources that another statement grants as well; that one then has the reasons of both. */
export function withoutDuplicates(document) {
  const groups = new Map();
  const kept = new Map();
  document.statements.forEach((original, index) => {
    let statement = original;
    if (!statement.resources.length) {
      kept.set(index, statement);
      return;
    }
    const key = JSON.stringify([statement.actions, frozen(statement.condition)]);
    if (!groups.has(key)) groups.set(key, new Set());
    const group = groups.get(key);
    for (const other of [...group]) {
      const both = JSON.stringify(reduced(new Set([...kept.get(other).resources, ...statement.resources])));
      if (both === JSON.stringify(kept.get(other).resources)) {
        kept.set(other, joint(kept.get(other), statement));
        return;
      }
      if (both === JSON.stringify(statement.resources)) {
        statement = joint(statement, kept.get(other));
        kept.delete(other);
        group.delete(other);
      }
    }
    group.add(index);
    kept.set(index, statement);
  });
  for (const group of groups.values()) {
    for (const index of group) for (const other of group) strip(kept, index, other);
  }
  return new Document([...kept.keys()].sort((a, b) => a - b).map((index) => kept.get(index)));
}

/** Removes from one statement the resources that another one grants. */
function strip(kept, index, other) {
  const known = kept.get(other);
  const statement = kept.get(index);
  const left = uncovered(known.resources, statement.resources);
  if (index === other || left.length === statement.resources.length) return;
  kept.set(other, joint(known, statement));
  kept.set(index, { ...statement, resources: left });
}

/**
 * A document in which no statement cancels the condition of another, and a note on each that covers what another
 * operation needs less widely; as engine/documents.py's without_cancelled().
 */
export function withoutCancelled(document, isBroad = false) {
  const kept = new Map(document.statements.entries());
  const notes = [];
  document.statements.forEach((wide, place) => {
    if (!kept.has(place)) return;
    const covered = [];
    for (const [other, narrow] of [...kept]) {
      if (other === place || !cancels(wide, narrow, isBroad)) continue;
      const left = narrow.actions.filter((action) => !wide.actions.includes(action));
      if (left.length) kept.set(other, { ...narrow, actions: left });
      else kept.delete(other);
      covered.push(narrow);
      kept.set(place, joint(kept.get(place), narrow));
    }
    extend(notes, noteOn(wide, covered));
  });
  return { document: new Document([...kept.values()]), notes };
}

/** Whether a statement grants some actions of another on all of its resources, with fewer conditions. */
function cancels(wide, narrow, isBroad) {
  if (!wide.actions.some((action) => narrow.actions.includes(action))) return false;
  if (JSON.stringify(wide.principal) !== JSON.stringify(narrow.principal)) return false;
  if (!isWeaker(wide.condition, narrow.condition)) return false;
  const own = JSON.stringify(wide.resources);
  if (JSON.stringify(reduced(new Set([...wide.resources, ...narrow.resources]))) !== own) return false;
  if (frozen(wide.condition) !== frozen(narrow.condition)) return true;
  const isWider = own !== JSON.stringify(narrow.resources) || wide.actions.length > narrow.actions.length;
  const isAll = narrow.actions.every((action) => wide.actions.includes(action));
  return !isBroad && own === '["*"]' && isWider && isAll;
}

/** A note that says which operation needs a statement so wide, what it covers, and how that is avoided. */
function noteOn(wide, covered) {
  const own = JSON.stringify([wide.condition, wide.resources]);
  const narrower = covered.filter((one) => JSON.stringify([one.condition, one.resources]) !== own);
  if (!narrower.length) return [];
  const needing = [...new Set(wide.reasons.map((reason) => reason.operation))];
  const others = new Set(narrower.flatMap((one) => one.reasons.map((reason) => reason.operation)));
  const apart = [...others].filter((name) => !needing.includes(name));
  const sids = narrower.map((one) => one.sid).join(" and ");
  const leftOut = `which ${narrower.length === 1 ? "is" : "are"} dropped`;
  let message = `${needing.join(" and ")} needs this without the limits of ${sids}, ${leftOut}`;
  const addons = excludable(wide, narrower);
  if (apart.length) message += `; give ${apart.join(" and ")} a role of its own to keep them`;
  else if (addons.length) {
    message += `; exclude ${addons.map((name) => `the add-on ${name}`).join(" and ")} to keep them`;
  }
  return [{ kind: "note", operation: needing[0], member: wide.sid, value: "", message, label: "" }];
}

/** The add-ons without which a statement would not be there, unless others need them too. */
function excludable(wide, narrower) {
  const addons = [...new Set(wide.reasons.map((reason) => reason.addon))];
  const kept = narrower.flatMap((one) => one.reasons.map((reason) => reason.addon));
  return addons.includes("") || addons.some((name) => kept.includes(name)) ? [] : addons;
}

function joint(statement, other) {
  const reasons = new Map([...statement.reasons, ...other.reasons].map((reason) => [JSON.stringify(reason), reason]));
  return { ...statement, reasons: [...reasons.values()] };
}

/** The members an expression walks through, without filters. */
function walked(expression) {
  return (expression.replace(/\[\?[^\]]*\]/g, "").match(/[A-Za-z][A-Za-z0-9]*/g) ?? []).join(".");
}

/** A condition as a key: equal for conditions that say the same. */
export function frozen(condition) {
  return JSON.stringify(
    byKey(condition).map(([operator, keys]) => [
      operator,
      byKey(keys).map(([key, values]) => [key, [...values].sort(byCodePoint)]),
    ]),
  );
}

function merge(first, second) {
  if (!second.length) return first;
  const merged = new Map(first.map(([operator, keys]) => [operator, new Map(keys)]));
  for (const [operator, keys] of second) {
    if (!merged.has(operator)) merged.set(operator, new Map());
    const target = merged.get(operator);
    for (const [key, values] of keys) target.set(key, [...new Set([...(target.get(key) ?? []), ...values])]);
  }
  return [...merged].map(([operator, keys]) => [operator, [...keys]]);
}

function unbound(condition, entry) {
  const fixed = new Set([...GLOBALS, ...Object.keys(entry.constants)]);
  return condition
    .map(([operator, keys]) => [
      operator,
      keys.filter(([, values]) => values.every((value) => namesIn(value).every((name) => fixed.has(name)))),
    ])
    .filter(([, keys]) => keys.length);
}

