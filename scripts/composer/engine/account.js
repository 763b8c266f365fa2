// The account of a composition: what became of every resource that its requests name. Pure.
// The same algorithm, step by step, as scripts/sagemaker_roles/engine/account.py.

import { formsOf } from "../catalog.js";
import { sorted } from "../comparison.js";
import { covers } from "../iam/prefixes.js";
import { handed } from "./containers.js";
import { finderOf, namesOf, pathOf } from "./named.js";
import { isText } from "./partial.js";
import { same, spared } from "./sparing.js";
import { short } from "./values.js";
import { filled, items, match, namesIn, search } from "./values.js";

const SHOWN = 5;

/**
 * What became of every resource that some requests name, and notes on what nothing uses.
 *
 * @param {Catalog} catalog the knowledge base
 * @param {[object, object[]][]} requests the requests, each with the resources that it names
 * @param {object} composed documents, findings, grantees (by operation), hosts (by operation), active (IDs by operation
 *   and grantee), values (text by placeholder)
 * @returns {object} account: path, value, outcome, reason, operation, label; notes: findings
 */
export function account(catalog, requests, composed) {
  const named = requests.flatMap(([request, names], index) => names.map((item) => [request, item, index]));
  if (!named.length) return { account: [], notes: [] };
  const accountant = new Accountant(catalog, composed);
  const keyOf = (index, item) => JSON.stringify([index, item.steps, String(item.text)]);
  const unneeded = new Map();
  requests.forEach(([request, names], index) => {
    for (const one of handed(catalog, request, names)) {
      if (one.read.noPermission) unneeded.set(keyOf(index, one.named), one.read.noPermission);
    }
  });
  const known = new Map();
  for (const [request, item, index] of named) {
    const key = keyOf(index, item);
    const outcome = accountant.outcome(request, item);
    if (outcome) known.set(key, outcome);
    else if (unneeded.has(key)) known.set(key, ["no-permission", unneeded.get(key)]);
  }
  const firsts = new Set(named.flatMap(([, item]) => namesOf(item).slice(0, 1)));
  const lines = new Map();
  const notes = new Map();
  // Each once: requests can name one thing in thousands of places.
  const byText = new Map();
  named.forEach(([, item, index], number) => {
    const result = known.get(keyOf(index, item)) ?? null;
    const key = JSON.stringify([namesOf(item), result]);
    const text = String(item.text);
    if (!byText.has(text)) byText.set(text, new Map());
    if (!byText.get(text).has(key)) byText.get(text).set(key, { names: namesOf(item), result, number });
  });
  const longer = longerThan(byText);
  for (const [request, item, index] of named) {
    let result = known.get(keyOf(index, item)) ?? null;
    // A pipeline's definition carries the requests of its steps, which have an account of their own.
    let same = [];
    if (!result && namesOf(item).slice(1).some((name) => firsts.has(name))) {
      const text = String(item.text);
      same = [...byText.get(text).values()].filter(({ names }) => isEnd(names, namesOf(item))).map((other) => other.result);
      if (!same.length) same = longer(text, namesOf(item));
      result = same.find(Boolean) ?? null;
    }
    const [outcome, reason] = result ?? ["note", accountant.unknown(request, item)];
    const { operation } = request;
    const label = request.label ?? "";
    if (!result && !same.length) {
      const note = { kind: "note", operation, member: pathOf(item), value: short(item.text), message: reason, label };
      notes.set(JSON.stringify(note), note);
    }
    const line = { path: pathOf(item), value: String(item.text), outcome, reason, operation, label };
    lines.set(JSON.stringify(line), line);
  }
  return { account: [...lines.values()], notes: [...notes.values()] };
}

/** Finds the things whose text begins with that of another, in its member of a carried request: what is known of each. */
function longerThan(byText) {
  let texts = null;
  const known = new Map();
  return (text, names) => {
    const key = JSON.stringify([text, names]);
    if (!known.has(key)) {
      texts ??= [...byText.keys()].sort();
      const longer = [];
      for (let at = firstFrom(texts, text); at < texts.length && texts[at].startsWith(text); at += 1) {
        longer.push(...[...byText.get(texts[at]).values()].filter((other) => isIn(other.names, names)));
      }
      known.set(key, longer.sort((one, other) => one.number - other.number).map((other) => other.result));
    }
    return known.get(key);
  };
}

/** The place of the first of sorted texts that does not come before a text. */
function firstFrom(texts, text) {
  let [from, to] = [0, texts.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (texts[middle] < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

class Accountant {
  constructor(catalog, composed) {
    this.catalog = catalog;
    this.composed = composed;
    this.finder = finderOf(catalog);
    this.statements = new Map();
    for (const [part, document] of Object.entries(composed.documents)) {
      for (const statement of document.statements) {
        for (const reason of statement.reasons) {
          for (const value of reason.values) {
            for (const member of reason.members.length ? reason.members : [""]) {
              add(this.statements, value, { member, ways: waysOf(member), text: `${part} ${statement.sid}` });
            }
          }
        }
      }
    }
    this.byHand = composed.documents.policy.statements
      .filter(({ resources, reasons }) => {
        const isEverything = resources.length === 1 && resources[0] === "*";
        return !isEverything && reasons.some((reason) => !reason.values.length);
      })
      .map(({ sid, resources }) => [`policy ${sid}`, resources]);
    this.findings = new Map();
    for (const { member, value, message } of composed.findings) {
      add(this.findings, value, { member, ways: waysOf(member), text: message });
    }
  }

  /** What became of a resource; null if nothing known uses it. */
  outcome(request, named) {
    const whole = String(named.whole);
    const readable = String(this.finder.readable(named));
    const placesOf = (map, value) => [...(map.get(value)?.values() ?? [])];
    const places = [...placesOf(this.statements, whole), ...placesOf(this.statements, readable)];
    const here = places.filter((place) => isAt(place, named));
    if (here.length) return ["statement", listed(here.map((place) => place.text))];
    for (const place of placesOf(this.findings, short(whole))) {
      if (isAt(place, named)) return [this.catalog.spared.has(place.text) ? "no-permission" : "note", place.text];
    }
    const why = this.#role(request, named) ?? this.#form(request, named);
    if (why !== null) return ["no-permission", why];
    const unneeded = spared(this.catalog, request, named) || this.#host(request, named);
    if (unneeded) return ["no-permission", unneeded];
    const filledIn = sorted(this.#filled(named));
    if (filledIn.length) return ["statement", listed(filledIn)];
    if (places.length && !named.member) {
      return ["statement", listed(places.map(({ text, member }) => `${text} (named by ${member || "what was given"})`))];
    }
    return null;
  }

  /** Statements for a resource that a person named by values for placeholders. */
  #filled(named) {
    if (!this.byHand.length) return [];
    const text = this.finder.readable(named);
    const kinds = this.finder.kindsOf(named);
    const sids = [];
    for (const id of kinds ?? Object.keys(this.catalog.data.resources)) {
      if (!Object.hasOwn(this.catalog.data.resources, id)) continue;
      const kind = this.catalog.kind(id);
      const one = match(kind, text);
      if (!one || (kinds === null && !isArn(one.form))) continue;
      const ends = new Set(["Value", ...one.form.own.slice(-1)]);
      const values = new Map([...this.composed.values, ...one.fields]);
      const wanted = [...one.form.scopes.values()]
        .flatMap((scope) => scope.resources)
        .filter((template) => namesIn(template).some((name) => ends.has(name)))
        .map((template) => filled(template, values));
      for (const [sid, resources] of this.byHand) {
        if (wanted.some((resource) => covers(resources, [resource]))) sids.push(sid);
      }
    }
    return sids;
  }

  /** What is said of a resource that nothing known uses: what could. */
  unknown(request, named) {
    const note = this.finder.noteOf(named);
    if (note) return note;
    const readers = this.#readers(request, named).filter(
      ([addon, entry]) => addon && this.#accepts(entry, this.finder.readable(named)),
    );
    const excluded = readers.find(([addon]) => !addon.usage);
    if (excluded) return `the add-on ${excluded[0].id} is for it, which was excluded, so no statement is for it`;
    const own = readers.map(([addon]) => addon.id);
    const could = [...new Set(own.length ? own : nearest(this.#could(request, named), named))];
    if (could.length) {
      const shown = could.slice(0, SHOWN).map((id) => `--addon ${id}`).join(" ") + (could.length > SHOWN ? " …" : "");
      return `nothing known uses it, so no statement is for it; what could: ${shown}`;
    }
    return "nothing known uses it, so no statement is for it; if your code does, add one of your own";
  }

  #could(request, named) {
    const text = this.finder.readable(named);
    const kinds = this.finder.kindsOf(named);
    const ids = [];
    for (const [operation, grantee] of this.#composed(request)) {
      if (grantee.id === "caller") continue;
      const active = this.composed.active.get(JSON.stringify([operation, grantee.id])) ?? [];
      for (const addon of grantee.addons) {
        if (!active.includes(addon.id) && this.#isFor(addon, text, kinds)) ids.push(addon.id);
      }
    }
    return ids;
  }

  /** Whether an add-on that a person chooses has a statement for such a value. */
  #isFor(addon, text, kinds) {
    if (!addon.usage) return false;
    return addon.entries.some((entry) => {
      const templates = entry.statements.flatMap((one) => one.resources);
      const isScoped = entry.statements.some((one) => one.scopes.length);
      return Object.entries(entry.parameters).some(([name, id]) => {
        if (Object.hasOwn(entry.constants, name) || id === "constant" || (kinds && !kinds.includes(id))) return false;
        const kind = this.catalog.kind(id);
        const matched = match(kind, text);
        if (!matched || !formsOf(entry, name, kind).includes(matched.form)) return false;
        // A statement that does not name the resource to its end is not for just that resource.
        const ends = new Set([name, ...matched.form.own.slice(-1)]);
        const isNamed = isScoped || templates.some((template) => namesIn(template).some((item) => ends.has(item)));
        return isNamed && (kinds !== null || isArn(matched.form));
      });
    });
  }

  /** Why a role that a request passes, or a value of another role, needs no permission of the composed ones. */
  #role(request, named) {
    if (request.members === null || !this.catalog.has(request.operation)) return null;
    for (const role of this.catalog.operation(request.operation).roles) {
      if (role.parameters.some((path) => isAlong(namesOf(named), waysOf(path)) && finds(path, request, named))) {
        return "a role that the request passes: the service assumes it, and needs the permission of the caller";
      }
    }
    return this.#otherRole(request, named, request.operation);
  }

  /** Why a value of the role of another operation, which a request decides over, needs no permission. */
  #host(request, named) {
    const hosts = request.members === null ? [] : (this.composed.hosts.get(request.operation) ?? []);
    for (const name of hosts) {
      const why = this.#otherRole(request, named, name);
      if (why) return why;
    }
    return null;
  }

  #otherRole(request, named, operation) {
    const composed = (this.composed.grantees.get(operation) ?? []).map((grantee) => grantee.id);
    const wanted = operation === request.operation ? "" : request.operation;
    for (const role of this.catalog.operation(operation).roles) {
      if (composed.includes(role.id)) continue;
      const uses = allEntries(role).some(
        ([addon, entry]) => (addon?.request ?? "") === wanted && entry.members.some((path) => finds(path, request, named)),
      );
      if (uses) return `the role ${role.id} of ${operation} uses it, which is not composed here`;
    }
    return null;
  }

  /** Why a resource of its form needs no permission, where a record says so. */
  #form(request, named) {
    const text = this.finder.readable(named);
    const kinds = this.#readers(request, named).flatMap(([, entry]) => Object.values(entry.parameters));
    for (const id of [...kinds, ...(this.finder.kindsOf(named) ?? [])]) {
      const matched = Object.hasOwn(this.catalog.data.resources, id) ? match(this.catalog.kind(id), text) : null;
      if (matched?.form.noPermission) return matched.form.noPermission;
    }
    return null;
  }

  /** Whether an entry is for a value of its form. */
  #accepts(entry, text) {
    return Object.entries(entry.parameters).some(([name, id]) => {
      const kind = id === "constant" ? null : this.catalog.kind(id);
      const matched = kind && match(kind, text);
      return matched && formsOf(entry, name, kind).includes(matched.form);
    });
  }

  /** The entries of composed roles, with their add-ons, that read a resource out of a request. */
  #readers(request, named) {
    return this.#composed(request).flatMap(([name, grantee]) => {
      const wanted = name === request.operation ? "" : request.operation;
      return allEntries(grantee).filter(
        ([addon, entry]) =>
          (addon?.request ?? "") === wanted && entry.members.some((path) => finds(path, request, named)),
      );
    });
  }

  /** The composed roles that a request is for, and its caller, each with the operation of its record. */
  #composed(request) {
    return [request.operation, ...(this.composed.hosts.get(request.operation) ?? [])].flatMap((name) =>
      (this.composed.grantees.get(name) ?? []).map((grantee) => [name, grantee]),
    );
  }
}

/** Of some add-ons those whose IDs share most words with the place and the name, all if none shares any. */
function nearest(could, named) {
  const words = new Set(wordsOf(`${pathOf(named)} ${named.text}`));
  const shared = could.map((name) => new Set(wordsOf(name).filter((word) => words.has(word))).size);
  return could.filter((_, index) => shared[index] === Math.max(...shared));
}

function wordsOf(text) {
  return (
    text
      .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  );
}

/** Adds an item to those of a key, each once. */
function add(map, key, item) {
  if (!map.has(key)) map.set(key, new Map());
  map.get(key).set(JSON.stringify(item), item);
}

function allEntries(grantee) {
  return [
    ...grantee.entries.map((entry) => [null, entry]),
    ...grantee.addons.flatMap((addon) => addon.entries.map((entry) => [addon, entry])),
  ];
}

/** Whether an expression finds the text that a resource is in, alone, in a list or as a part of a mapping. */
function finds(path, request, named) {
  const whole = String(named.whole);
  const flat = items(search(path, request.members ?? {})).flatMap((item) =>
    item !== null && typeof item === "object" && !isText(item) ? items(Object.values(item)) : [item],
  );
  return flat.some((item) => isText(item) && String(item) === whole);
}

function isArn(form) {
  return form.pattern.source.startsWith("^(?:arn:");
}

function listed(texts) {
  return [...new Set(texts)].join(", ");
}

/**
 * The members that an expression walks through, without those in its conditions, for each of its alternatives.
 *
 * @param {string} member the expression
 * @returns {string[][]}
 */
export function waysOf(member) {
  const plain = member.replace(/\[\?[^\]]*\]/g, "[]").replace(/'[^']*'/g, "");
  const choice = plain.match(/\[([^[\]]*[A-Za-z][^[\]]*)\]/);
  if (!choice) return [plain.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []];
  const [before, after] = [plain.slice(0, choice.index), plain.slice(choice.index + choice[0].length)];
  const each = choice[1].split(/,|\|\|/).filter((one) => /[A-Za-z]/.test(one));
  return each.flatMap((one) => waysOf(`${before} ${one} ${after}`));
}

/** Whether what is known is about the place of a resource. */
function isAt(place, named) {
  return place.member === "" || place.member === pathOf(named) || isAlong(namesOf(named), place.ways);
}

/** Whether members come in the order of one of some ways, which may have more; the first is its own. */
export function isAlong(walked, ways) {
  return ways.some((names) => {
    if (!names.length || walked[0] !== names[0]) return false;
    let after = 0;
    return walked.every((name) => {
      const at = names.indexOf(name, after);
      after = at + 1;
      return at >= 0;
    });
  });
}

/** Whether some names are the end of longer ones. */
function isEnd(names, longer) {
  return names.length < longer.length && same(longer.slice(-names.length), names);
}

/** Whether some names follow one another somewhere before the end of longer ones. */
function isIn(names, longer) {
  for (let at = 1; at < longer.length - names.length; at += 1) {
    if (same(longer.slice(at, at + names.length), names)) return true;
  }
  return false;
}
