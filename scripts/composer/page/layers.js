// What else decides about the calls of a role: fields for the policies of further layers, folded below the role.

import { InputError } from "../errors.js";
import { readPolicies } from "../inputs/held.js";
import { fill, h } from "./dom.js";

/** Layer to its field: the label, and whether it has one policy only. */
const LAYERS = {
  boundary: ["Permissions boundary", true],
  scps: ["Service control policies (SCPs)", false],
  rcps: ["Resource control policies (RCPs)", false],
  session: ["Session policies", false],
  endpoint: ["VPC endpoint policies", false],
};

export class LayersView {
  /** @param {Function} changed called when a field changes */
  constructor(changed) {
    this.changed = changed;
    this.fields = Object.entries(LAYERS).map(([name, [label]]) => [name, this.#field(`review-${name}`, label)]);
    this.resources = [];
    this.places = h("div", {});
    const add = h("button", { type: "button", class: "composer-button", onclick: () => this.#add().arn.focus() }, "Add a resource policy");
    this.element = h(
      "details",
      { class: "composer-more" },
      h("summary", {}, "Other policies that decide"),
      h("p", { class: "composer-hint" }, "All optional, as JSON. SCPs and RCPs count as one level; several policies go into a list."),
      ...this.fields.map(([, field]) => field.element),
      this.places,
      h("p", {}, add),
    );
  }

  /**
   * The policies of the fields, as review() takes them.
   *
   * @throws {InputError} a field has no policy; `where` names it
   */
  read() {
    const layers = {};
    for (const [name, { text, label }] of this.fields) {
      if (!text.value.trim()) continue;
      const policies = policiesOf(text.value, label);
      const [, isOne] = LAYERS[name];
      if (isOne && policies.length > 1) throw new InputError("a role has one permissions boundary", label);
      layers[name] = isOne ? policies[0] : policies;
    }
    for (const { arn, text } of this.resources) {
      if (!text.value.trim()) continue;
      const label = arn.value.trim() || "Resource policy";
      if (!arn.value.trim().startsWith("arn:")) throw new InputError("needs the ARN of its resource, such as arn:aws:s3:::amzn-s3-demo-bucket", label);
      const policies = policiesOf(text.value, label);
      if (policies.length > 1) throw new InputError("a resource has one policy", label);
      layers.resources = { ...layers.resources, [label]: policies[0] };
    }
    return layers;
  }

  #field(id, label) {
    const text = h("textarea", { id, rows: "3", spellcheck: "false", autocomplete: "off", oninput: this.changed });
    return { text, label, element: h("p", { class: "composer-field" }, h("label", { for: id }, label), text) };
  }

  #add() {
    const number = this.resources.length + 1;
    const id = `review-resource-${number}`;
    const arn = h("input", { id, type: "text", spellcheck: "false", autocomplete: "off", oninput: this.changed });
    const { text, element } = this.#field(`${id}-policy`, `Policy of resource ${number}`);
    this.resources.push({ arn, text });
    const name = h("p", { class: "composer-field" }, h("label", { for: id }, `ARN of resource ${number}`), arn);
    fill(this.places, ...this.places.childNodes, name, element);
    return { arn };
  }
}

function policiesOf(text, label) {
  try {
    return readPolicies(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, label);
  }
}
