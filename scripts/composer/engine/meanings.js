// Says what placeholders stand for, and checks values that a user gives for them.

import { formsOf } from "../catalog.js";
import { namesIn } from "./values.js";

const GLOBAL_MEANINGS = [
  ["Partition", { text: "AWS partition", pattern: "aws(-[a-z]{1,10}){0,2}", example: "aws" }],
  ["Region", { text: "AWS Region of the request", pattern: "[a-z]{2,4}-[a-z-]{3,24}-[0-9]{1,2}", example: "us-west-2" }],
  [
    "Account",
    { text: "id of the account that owns the role and the resources", pattern: "[0-9]{12}", example: "111122223333" },
  ],
];

/** Everything a value can be given for in the policies of some operations: name to text, pattern and example. */
export function meanings(catalog, operations) {
  const found = new Map(GLOBAL_MEANINGS);
  for (const name of operations) {
    const operation = catalog.operation(name);
    for (const grantee of operation.caller ? [...operation.roles, operation.caller] : operation.roles) {
      const trusts = [...grantee.trust, ...grantee.addons.flatMap((addon) => addon.trust)];
      const entries = [
        ...grantee.entries,
        ...grantee.addons.flatMap((addon) => addon.entries),
        ...trusts.map((id) => catalog.trust(id).entry),
        ...catalog.containers
          .filter((container) => container.roles.includes(grantee.id))
          .flatMap((container) => container.reads.flatMap((read) => read.entries)),
      ];
      for (const entry of entries) ofEntry(catalog, entry, found);
    }
  }
  return found;
}

/** Whether a value has the form of one. */
export function fits(meaning, value) {
  return !meaning.pattern || new RegExp(`^(?:${meaning.pattern})$`, "u").test(value);
}

function ofEntry(catalog, entry, found) {
  const add = (name, meaning) => {
    if (!found.has(name)) found.set(name, meaning);
  };
  for (const [parameter, kindId] of Object.entries(entry.parameters)) {
    if (Object.hasOwn(entry.constants, parameter)) continue;
    const kind = catalog.kind(kindId);
    for (const form of formsOf(entry, parameter, kind)) {
      const named = new Set([...form.scopes.values()].flatMap((scope) => scope.resources.flatMap(namesIn)));
      for (const [name, field] of Object.entries(kind.fields)) {
        if (!form.fields.includes(name) && !named.has(name)) continue;
        const own = entry.prefix + (name === "Value" ? parameter : name);
        add(own, { text: field.meaning, pattern: field.pattern, example: field.example, valuesIn: entry.valuesIn ?? "" });
      }
    }
    const example = kind.forms.find((form) => form.id === kind.default)?.examples[0] ?? "";
    add(entry.prefix + parameter, { text: kind.title, pattern: "", example, valuesIn: entry.valuesIn ?? "" });
  }
}
