// What else decides about the calls of a role: fields for the policies of further layers, folded below the role.

import { button, field, fill, fold, h } from "./dom.js";

/** Layer to the label of its field. */
const LAYERS = {
  boundary: "Permissions boundary",
  scps: "Service control policies (SCPs)",
  rcps: "Resource control policies (RCPs)",
  session: "Session policies",
  endpoint: "VPC endpoint policies",
};

export class LayersView {
  /** @param {Function} changed called when a field changes */
  constructor(changed) {
    this.changed = changed;
    this.fields = Object.entries(LAYERS).map(([name, label]) => [name, this.#field(`review-${name}`, label)]);
    this.resources = [];
    this.places = h("div", {});
    const add = button("Add a resource policy", () => this.#add().arn.focus());
    const hint = "All optional, as JSON. SCPs and RCPs count as one level; several policies go into a list.";
    this.element = fold("Other policies that decide", h("p", { class: "a-small" }, hint), ...this.fields.map(([, { element }]) => element), this.places, h("p", {}, add));
  }

  /** The policies of the fields, as a call takes them. */
  read() {
    const filled = this.fields.filter(([, { text }]) => text.value.trim());
    const layers = Object.fromEntries(filled.map(([name, { text, label }]) => [name, [{ name: label, text: text.value }]]));
    const resources = this.resources.filter(({ text }) => text.value.trim()).map(({ arn, text }) => [arn.value.trim(), text.value]);
    return { ...layers, resources: Object.fromEntries(resources) };
  }

  #field(id, label) {
    const text = h("textarea", { id, rows: "3", spellcheck: "false", autocomplete: "off", oninput: this.changed });
    return { text, label, element: field(id, label, text) };
  }

  #add() {
    const number = this.resources.length + 1;
    const id = `review-resource-${number}`;
    const arn = h("input", { id, type: "text", spellcheck: "false", autocomplete: "off", oninput: this.changed });
    const { text, element } = this.#field(`${id}-policy`, `Policy of resource ${number}`);
    this.resources.push({ arn, text });
    const name = field(id, `ARN of resource ${number}`, arn);
    fill(this.places, ...this.places.childNodes, name, element);
    return { arn };
  }
}
