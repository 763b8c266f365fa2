// The tab "Other policies": what else must allow what the roles do, one entry a resource, by kind; the checks of organizations.

import { bulleted, code, codes, copied, button, field, fold, h, prose } from "./dom.js";
import { noticeList } from "./notices.js";

const NEEDED = {
  yes: "needed",
  undelegated: "needed if the policy does not delegate to IAM",
  "other-account": "needed in another account",
  "not-composed": "needed, not composed",
  unnamed: "needed, not composed",
  optional: "optional",
  no: "not needed",
};
const BREAKS = { yes: "Denies the work", depends: "Depends on whose the resources are", no: "Denies nothing of the work" };
const KINDS = { scp: "SCP", rcp: "RCP" };

/**
 * What shows the policies of an answer in a format.
 *
 * @param {(change: object) => void} changed takes what the user changed of the state
 */
export function companionsView(changed) {
  /** The folds that are open, by their title's kind, so that they stay open when a value changes. */
  const opened = new Set();

  const folded = (id, title, content) => {
    const part = fold(title, ...(opened.has(id) ? content() : []));
    part.dataset.kind = id;
    part.open = opened.has(id);
    part.addEventListener("toggle", () => {
      if (part.open && !opened.has(id)) part.append(...content().flat());
      if (part.open) opened.add(id);
    });
    return part;
  };

  /** What policies have only on request, and whose policies are shown. */
  const choices = ({ on_request: requests, accounts, owner }, { asked }) => {
    const boxes = requests.map(({ id, why }) => {
      const input = h("input", { type: "checkbox", onchange: () => changed({ asked: [...asked.filter((one) => one !== id), ...(input.checked ? [id] : [])] }) });
      input.checked = asked.includes(id);
      return h("label", { class: "a-tick" }, input, h("span", {}, h("code", {}, id), h("small", {}, why)));
    });
    const options = [["", "All accounts"], ...accounts.map((one) => [one, one])];
    const select = h("select", { id: "owner", onchange: () => changed({ owner: select.value }) }, ...options.map(([value, label]) => h("option", { value }, label)));
    select.value = owner;
    return [
      ...(accounts.length > 1 ? [field("owner", "Resources of", select)] : []),
      ...(boxes.length ? [folded("request", `On request: ${boxes.length} more statements`, () => boxes)] : []),
    ];
  };

  /** The policies of a kind. */
  const kind = (some, draw) => {
    const [first] = some;
    const number = some.filter((one) => one.text).length;
    const needed = some.length === 1 ? NEEDED[first.needed] : `${some.length} resources, ${number} with statements`;
    return folded(first.kind, `${first.title}: ${needed}`, () =>
      some.map((one) => {
        const copy = button("Copy", () => copied(copy, one.text));
        return h(
          "section",
          {},
          h("h3", {}, h("code", {}, ...prose(one.resource))),
          h("p", {}, `${one.account ? `Account ${one.account}; ` : ""}${NEEDED[one.needed]}. ${one.why}`),
          ...one.notes.map((note) => h("p", { class: "a-small" }, note)),
          ...(one.text ? [h("p", {}, copy), ...draw(one)] : []),
        );
      }),
    );
  };

  /** What some policies of organizations would deny. */
  const organization = (roles) => {
    if (!roles.length) return [];
    const breaking = roles.flatMap(({ checks }) => checks.filter(({ breaks }) => breaks !== "no"));
    const number = new Set(breaking.map(({ perimeter }) => perimeter)).size;
    const title = `Policies of an organization: ${number ? `${number} of ${roles[0].checks.length} can deny the work` : "none denies the work"}`;
    const check = ({ title: named, kind: of, says, breaks, statements }) =>
      h(
        "section",
        { "data-breaks": breaks },
        h("p", {}, h("strong", {}, `${named} (${KINDS[of]})`), `. ${says} ${BREAKS[breaks]}${statements.length ? ":" : "."}`),
        ...(statements.length ? [bulleted(statements.map((one) => h("span", {}, h("code", {}, one.sid), ` (${one.breaks}): `, ...codes(one.actions))))] : []),
      );
    return [folded("organization", title, () => roles.flatMap(({ arn, checks }) => [...(roles.length > 1 ? [h("h3", {}, h("code", {}, arn || "no role passed"))] : []), ...checks.map(check)]))];
  };

  return ({ companions }, state, draw) => {
    if (!companions) return [h("p", {}, "Loading …")];
    const { text, notices, entries, organization: checked } = companions;
    const kinds = [...new Set(entries.map((one) => one.kind))].map((id) => entries.filter((one) => one.kind === id));
    const shown = state.format === "json" ? kinds.map((some) => kind(some, draw)) : text ? [code(text)] : [];
    return [noticeList(notices), ...choices(companions, state), ...shown, ...organization(checked)];
  };
}
