// The npm package: the page's engine as one module, with all of the compiled catalog in a file beside it.

import data from "./data.json" with { type: "json" };

import { Catalog } from "../catalog.js";
import { organizationOf, writeCompanions } from "../companions.js";
import { explainMessage, toJson } from "../explaining.js";
import { readTexts } from "../inputs/reading.js";
import { parseYaml } from "../inputs/yaml_text.js";
import { review } from "../review.js";
import { PARTS, composeReading, placeholdersOf, write } from "../session.js";

export { AmbiguousOperation, InputError, InvalidValue, NothingToCompose, SeveralRoles, UnknownName, Unwritable } from "../errors.js";

/** Version of the knowledge base. */
export const dataVersion = data.index.data_version;

let loaded = null;

/** The catalog, made when it is needed first. */
function catalog() {
  loaded ??= new Catalog(structuredClone(data.index), structuredClone(data.late), (name) => data.operations[name]);
  return loaded;
}

/** Names of all operations with a record, sorted. */
export function operations() {
  return [...data.index.operations];
}

function composed(input, { operation = "", ...choice }) {
  const text = typeof input === "string" ? input : input === null || input === undefined ? "" : JSON.stringify(input);
  const reading = text
    ? readTexts(catalog(), [{ name: "request", text }], { operation, values: choice.values ?? {}, parseYaml })
    : placeholdersOf(operation);
  return composeReading(catalog(), reading, choice);
}

/** Composes the roles of requests, as index.d.ts says. */
export function compose(input, options = {}) {
  const result = composed(input, options);
  const { roles } = JSON.parse(write(result, PARTS, "json", true).text);
  const notices = result.notices.map(({ kind, where, message }) => ({ kind, where, message }));
  return {
    roles: roles.map((role, place) => ({ ...role, placeholders: [...result.roles[place].composition.placeholders] })),
    notices,
  };
}

/** What else must allow what the roles of requests do, as index.d.ts says. */
export function companions(input, { owner = "", format = "json", ...options } = {}) {
  const result = composed(input, options);
  const { text, placeholders, notices } = writeCompanions(catalog(), result, "companions", format, { owner });
  return {
    companions: format === "json" ? JSON.parse(text) : [],
    text,
    organization: organizationOf(catalog(), result),
    placeholders,
    notices,
  };
}

/** Holds a role against its work, as index.d.ts says. */
export function audit(role, input, options = {}) {
  const result = composed(input, options);
  const arns = result.roles.map((one) => one.chosen.arn);
  const place = role.role && arns.includes(role.role) ? arns.indexOf(role.role) : 0;
  const { composition, chosen } = result.roles[place];
  const held = { ...role, role: role.role ?? chosen.arn };
  const judged = review(data.operations.review?.without_resources ?? [], composition, held, catalog().data.companions);
  return {
    verdict: judged.verdict,
    needs: judged.needs.map(({ outcome, action, resource, layer, statement, explicit, keys, part }) => ({
      outcome, action, resource, layer, statement, explicit, keys, part,
    })),
    statements: judged.statements,
    trusted: judged.trusted.map(([statement, principal, why]) => ({ statement, principal, why })),
  };
}

/** Explains an error message, as index.d.ts says. */
export function explain(text, { operation = "" } = {}) {
  return toJson(explainMessage(catalog(), text, operation));
}
