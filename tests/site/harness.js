// What the tests run inside the browser: the page's own modules, told apart from the page.

import { canonical } from "../../composer/src/canonical.js";
import { compose } from "../../composer/src/compose.js";
import { Catalog } from "../../composer/src/model.js";
import { parseYaml } from "../../composer/src/read/yaml.js";
import { run, written } from "../../composer/src/session.js";
import { decode, encode } from "../../composer/src/state.js";

async function digest(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let catalog;

/** Takes the catalog that cases are composed with. */
globalThis.useCatalog = async (address) => {
  catalog = new Catalog(await (await fetch(address)).json());
};

/** All that is composed for a case, as one text. */
globalThis.composed = ({ requests, choice }) => {
  try {
    const result = compose(catalog, requests, choice);
    return canonical({
      policy: result.policy,
      trust: result.trust,
      caller: result.caller,
      addons: Object.fromEntries(result.addons),
      placeholders: result.placeholders,
      findings: result.findings,
      reasons: ["policy", "trust", "caller"].map((part) => result[part].statements.map((item) => item.reasons)),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return canonical({ error: error.message });
  }
};

/** The SHA-256 of what is composed for each case. */
globalThis.digests = async (cases) => {
  const found = [];
  for (const item of cases) found.push(await digest(globalThis.composed(item)));
  return found;
};

/** What the page writes for a choice with inputs, as the command line prints it: text, placeholders, notices. */
globalThis.ran = (choice, parts, format) => {
  const result = run(catalog, { parseYaml, ...choice });
  if (result.error) return { error: result.error, candidates: result.candidates, notices: result.notices };
  const { text, placeholders, notices } = written(result, parts, format);
  return { text, placeholders, notices: [...result.notices, ...notices], requests: result.requests };
};

globalThis.roundTrip = (state) => decode(encode(state));
globalThis.encodeState = encode;
globalThis.decodeState = decode;
