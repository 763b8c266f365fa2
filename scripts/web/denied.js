// What an error message means, as the answer shows it: the cause, and the statement to add.

import { bulleted, code, codes, h, joined, prose } from "./dom.js";

/** The address of a page as the catalog names it (guides/kms.md#x), from the site's base. */
const addressOf = (page, base) => {
  const [path, anchor] = page.split("#");
  return `${base}${path.replace(/\.md$/, "/")}${anchor ? `#${anchor}` : ""}`;
};

const namedPage = (page) => {
  const name = page.replace(/#.*/, "").replace(/\.md$/, "").split("/").pop();
  return page.startsWith("reference/") ? name : { troubleshooting: "Troubleshoot AccessDenied" }[name] ?? name.replaceAll("-", " ");
};

/** What people call the policy of a resource, by the service of the action. */
const RESOURCES = { ecr: "repository policy", kms: "key policy", s3: "bucket policy" };

/** Whose policy gets the statement. */
const whereOf = (cause, layers) => {
  const { Principal: principal, Resource: resource } = cause.statement;
  if (principal && !resource && cause.action.startsWith("sts:")) return "Add to the role's trust policy";
  if (principal && cause.layer !== "endpoint-policy") return `Add to the ${RESOURCES[cause.action.split(":")[0]] ?? "resource-based policy"}`;
  const isOther = cause.layer && cause.layer !== "identity-policy";
  return isOther ? `Add to the ${layers[cause.layer]}` : `Add to a policy of the ${cause.who}`;
};

/** The answer to a message: what {@link Answer.show} takes. */
export function denied(known, base) {
  const { causes, look } = known;
  if (!causes.length) {
    const what = look.map((one) => one.replace("give them to this command", "paste them here"));
    return { verdict: "This error is not known here yet. Check this, or report it.", body: [bulleted(what)] };
  }
  causes.forEach((cause, index) => (cause.text = known.statements[index]));
  const keys = causes.map(({ form, message: text }) => JSON.stringify([form, text]));
  const groups = [...new Set(keys)].map((key) => causes.filter((_, index) => keys[index] === key));
  const best = (group) => group.find((one) => one.statement) ?? group[0];
  const [first] = groups;
  const cause = best(first);
  const by = cause.layer && cause.layer_named ? ` by the ${known.layers[cause.layer]}` : "";
  const what = cause.action ? `Denied${by}: ${cause.action}` : `${known.titles[first[0].form]}: ${known.matters[first[0].matter]}`;
  return {
    verdict: `${what}. ${cause.statement ? `${whereOf(cause, known.layers)}.` : ""}`.trim(),
    text: cause.text,
    file: "statement.json",
    body: groups.map((group, index) => message(known, group, best(group), base, groups.length > 1 ? index + 1 : 0)),
  };
}

/** One message: its best cause in full, the others in a line each. */
function message(known, group, cause, base, number) {
  const [first] = group;
  const { layers } = known;
  const rows = [];
  const add = (term, ...content) => rows.push(h("dt", {}, term), h("dd", {}, ...content));
  const operation = (name) => h("a", { href: `${base}reference/${name}/` }, name);
  const needing = ({ operation: name, role, caller, addon }) =>
    h("span", {}, operation(name), `, ${caller ? "caller" : `role ${role}`}`, ...(addon ? [", add-on ", h("a", { href: `${base}reference/${name}/?${caller ? "" : `role=${role}&`}addons=${addon}` }, addon)] : []));
  if (cause.statement) {
    const open = cause.placeholders?.length ? [h("p", {}, "Fill in ", ...codes(cause.placeholders), ".")] : [];
    add(whereOf(cause, layers), code(cause.text), ...open);
  }
  if (cause.action) add("Denied", h("code", {}, cause.action), ...(cause.resource ? [" on ", h("code", {}, ...prose(cause.resource))] : [" (the resource is not named)"]));
  if (cause.principal || cause.who !== "principal") add("To", `the ${cause.who}`, ...(cause.principal ? [" ", h("code", {}, ...prose(cause.principal))] : [" (not named)"]));
  if (cause.layer) add("By", `the ${layers[cause.layer]}${cause.layer_named ? "" : ", probably; the message does not name it"}`);
  const needs = group.filter((one) => one.role || one.caller);
  if (needs.length) add("Needed by", bulleted(needs.map(needing)));
  else if (first.operation) add("Needed by", operation(first.operation));
  for (const why of new Set([first.why, cause.why].filter(Boolean))) add("Why", why, ...(why === cause.why ? evidence(known, cause) : []));
  if (first.asked?.length) add("Required by", bulleted(first.asked));
  if (first.short?.length) add("The role", bulleted(first.short.map((one) => `${one.statement || one.layer} ${one.why}`)));
  if (cause.next?.length) add("Next", h("code", {}, cause.next.join(", ")), " would be denied next; this statement also allows it");
  const also = Object.entries(cause.also ?? {}).map(([name, text]) => `${layers[name]}: ${text}`);
  if (also.length) add("Must allow it too", bulleted(also));
  const look = [...new Set([...(first.look ?? []), ...(cause.look ?? [])])];
  if (look.length) add("Check", bulleted(look));
  if (cause.check) add("Test", h("code", {}, cause.check));
  if (cause.question) add("Decide", cause.question);
  add("Read on", ...joined([...new Set([cause.page, cause.guide])].map((page) => h("a", { href: addressOf(page, base) }, namedPage(page)))));
  const heading = number ? [h("h2", {}, `Message ${number}`), h("p", {}, h("code", {}, first.message))] : [];
  return h("section", {}, ...heading, h("dl", { class: "a-facts" }, ...rows));
}

function evidence({ cited }, { evidence: kind, sources = [] }) {
  const badge = kind ? [" ", h("span", { class: `evidence ${kind}` }, kind)] : [];
  const links = sources.filter((url) => url.startsWith("https://")).map((url) => h("a", { href: url }, ...prose(cited[url] ?? url)));
  return [...badge, ...(links.length ? [" ", ...joined(links)] : [])];
}
