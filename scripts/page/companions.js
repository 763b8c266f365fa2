// Shows what else must allow what the roles do: one entry a resource, by kind, with the reason beside each statement; the
// checks of organizations; other forms.

import { fill, h, prose } from "./dom.js";
import { ENDINGS, buttons, codes, grid, noticeList, textOf } from "./result.js";

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
 * The part of the result with what else must allow it.
 *
 * @param {HTMLElement} root the element it fills
 * @param {(change: object) => void} changed takes what the user changed of the state
 */
export class CompanionsView {
  constructor(root, changed) {
    this.changed = changed;
    this.root = root;
    /** The folds that are open, by their kind, so that they stay open when a value changes. */
    this.opened = new Set();
  }

  /** Shows the policies of an answer in a format. */
  show({ companions, operations }, { format, asked }) {
    const name = operations[0]?.name ?? "role";
    const { text, notices, accounts, owner, entries, organization, on_request: requests } = companions;
    const shown = format !== "json" && text ? [textOf(text, `companions.${ENDINGS[format]}`)] : format === "json" ? this.#entries(entries, text, name) : [];
    fill(this.root, ...this.#choices(requests, asked, accounts, owner), noticeList(notices), ...shown, this.#organization(organization));
  }

  /** What policies have only on request, and whose policies are shown. */
  #choices(requests, asked, accounts, owner) {
    const boxes = requests.map(({ id, why }) => {
      const input = h("input", {
        type: "checkbox",
        id: `composer-asked-${id}`,
        onchange: () => this.changed({ asked: [...asked.filter((one) => one !== id), ...(input.checked ? [id] : [])] }),
      });
      input.checked = asked.includes(id);
      const hint = h("span", { class: "composer-hint" }, why);
      return h("p", { class: "composer-choice" }, input, h("label", { for: input.id }, h("code", {}, id)), hint);
    });
    const fieldset = h("fieldset", {}, h("legend", {}, "On request"), ...boxes);
    if (accounts.length < 2) return [fieldset];
    const options = [["", "All accounts"], ...accounts.map((one) => [one, one])];
    const select = h(
      "select",
      { id: "composer-owner", onchange: () => this.changed({ owner: select.value }) },
      ...options.map(([value, label]) => h("option", { value }, label)),
    );
    select.value = owner;
    return [fieldset, h("p", { class: "composer-field" }, h("label", { for: select.id }, "Resources of"), select)];
  }

  #entries(entries, text, name) {
    const kinds = [...new Set(entries.map((one) => one.kind))];
    return [buttons(text, `${name}-companions.json`), ...kinds.map((kind) => this.#kind(kind, entries.filter((one) => one.kind === kind), name))];
  }

  /** The policies of a kind, folded. */
  #kind(kind, some, name) {
    const count = some.filter((one) => one.text).length;
    const needed = some.length === 1 ? NEEDED[some[0].needed] : `${some.length} resources, ${count} with statements`;
    return this.#fold(kind, `${some[0].title}: ${needed}`, () =>
      some.map((one, index) => {
        const heading = h("h3", { id: `result-${kind}-${index + 1}` }, h("code", {}, ...prose(one.resource)));
        const whose = one.account ? `Account ${one.account}; ` : "";
        const about = [h("p", {}, `${whose}${NEEDED[one.needed]}. ${one.why}`), ...one.notes.map((note) => h("p", { class: "composer-hint" }, note))];
        const file = `${name}-${kind}${some.length > 1 ? `-${index + 1}` : ""}.json`;
        const policy = one.text ? [buttons(one.text, file), grid(one.rows, kind)] : [];
        return h("section", { "aria-labelledby": heading.id }, heading, ...about, ...policy);
      }),
    );
  }

  /** A part that is folded, and made when it is opened. */
  #fold(id, title, content) {
    const inner = h("div", {});
    const fold = h(
      "details",
      {
        class: "composer-more",
        "data-kind": id,
        ontoggle: () => {
          if (fold.open) this.opened.add(id);
          else this.opened.delete(id);
          if (fold.open && !inner.hasChildNodes()) fill(inner, ...content());
        },
      },
      h("summary", {}, title),
      inner,
    );
    if (this.opened.has(id)) {
      fill(inner, ...content());
      fold.open = true;
    }
    return fold;
  }

  /** What some policies of organizations would deny. */
  #organization(roles) {
    const breaking = roles.flatMap(({ checks }) => checks.filter(({ breaks }) => breaks !== "no"));
    const count = new Set(breaking.map(({ perimeter }) => perimeter)).size;
    const title = `Policies of an organization: ${count ? `${count} of ${roles[0].checks.length} can deny the work` : "none denies the work"}`;
    return this.#fold("organization", title, () =>
      roles.flatMap(({ arn, checks }) => [
        roles.length > 1 ? h("h3", {}, h("code", {}, arn || "no role passed")) : "",
        ...checks.map(({ title: named, kind, says, breaks, statements }) =>
          h(
            "section",
            { "data-breaks": breaks },
            h("p", {}, h("strong", {}, `${named} (${KINDS[kind]})`), `. ${says} ${BREAKS[breaks]}${statements.length ? ":" : "."}`),
            statements.length
              ? h("ul", {}, ...statements.map((one) => h("li", {}, h("code", {}, one.sid), ` (${one.breaks}): `, ...codes(one.actions))))
              : "",
          ),
        ),
      ]),
    );
  }
}
