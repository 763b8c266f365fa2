// Prints the policy of a role with add-ons, filled: node policy.mjs VERSION_FOLDER VALUES_FILE
import { readFileSync } from "node:fs";
import { join } from "node:path";
import jsonpatch from "fast-json-patch";

const [version, valuesFile] = process.argv.slice(2);
const read = (...parts) => JSON.parse(readFileSync(join(...parts), "utf8"));
const values = read(valuesFile);
const role = join(version, "operations", "CreateTrainingJob", "execution");

/** Puts values in for placeholders; IAM's own variables (`${aws:…}`) stay. */
function fill(text) {
  return text.replace(/\$\{([A-Z][A-Za-z0-9]*)\}/g, (_, name) => {
    if (!Object.hasOwn(values, name)) throw new Error(`no value for ${name}`);
    return values[name];
  });
}

const policy = read(role, "policy.json");
for (const addon of ["vpc", "kms-output"]) {
  jsonpatch.applyPatch(policy, read(role, "addons", `${addon}.patch.json`), true);
}
const filled = JSON.parse(JSON.stringify(policy), (_, part) => (typeof part === "string" ? fill(part) : part));
console.log(JSON.stringify(filled, null, 2));
