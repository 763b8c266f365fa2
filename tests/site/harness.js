// What the tests run inside the browser: the page's own modules, told apart from the page.

import { canonical } from "../../scripts/composer/canonical.js";
import { compose } from "../../scripts/composer/engine/compose.js";
import { Catalog } from "../../scripts/composer/catalog.js";
import { parseYaml } from "../../scripts/composer/inputs/yaml.js";
import { AmbiguousOperation } from "../../scripts/composer/inputs/api.js";
import { readTexts } from "../../scripts/composer/inputs/reader.js";
import { NothingToCompose, SeveralRoles, UnknownName } from "../../scripts/composer/errors.js";
import { composeReading, write } from "../../scripts/composer/session.js";
import { decode, encode } from "../../scripts/composer/page/state.js";

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
      addons: result.addons,
      placeholders: result.placeholders,
      findings: result.findings,
      account: result.account,
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
globalThis.ran = (choice, parts, format, each = false) => {
  let reading = { notices: [] };
  try {
    reading = readTexts(catalog, choice.inputs, { parseYaml, ...choice });
    const result = composeReading(catalog, reading, choice);
    const { text, placeholders, notices } = write(result, parts, format, each);
    return { text, placeholders, notices: [...result.notices, ...notices], requests: reading.requests };
  } catch (error) {
    if (![AmbiguousOperation, NothingToCompose, SeveralRoles, UnknownName].some((kind) => error instanceof kind)) throw error;
    return { error: error.message, candidates: error.candidates ?? [], notices: reading.notices };
  }
};

globalThis.roundTrip = (state) => decode(encode(state));
globalThis.encodeState = encode;
globalThis.decodeState = decode;
