// Makes elements. Text only ever becomes text: nothing here reads markup.

/** An element with attributes ("onclick" and the like are listeners) and children: elements and texts. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children.flat());
  return element;
}

/** Puts children in place of those an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat());
}

/** The operations as options of a list: by group, those that most people use first. `groups` has titles and names. */
export function operationOptions(groups) {
  return groups.map(([label, names]) => h("optgroup", { label }, ...names.map((name) => h("option", { value: name }, name))));
}

/** A text as nodes in which open placeholders and the names of members stand out. */
export function marked(text) {
  return text
    .split(/(\$\{[A-Z][A-Za-z0-9]*\}|"[^"\n$]*"(?=:))/)
    .map((part, index) => (index % 2 ? h(part.startsWith("$") ? "mark" : "span", part.startsWith("$") ? {} : { class: "nt" }, part) : part))
    .filter((part) => part !== "");
}

/** A field to paste into, which is called by its ID, has a hint, and says when its text changed. */
export function pasteField(id, hint, changed) {
  const attributes = { id, rows: "7", spellcheck: "false", autocomplete: "off", "aria-describedby": hint };
  const field = h("textarea", { ...attributes, oninput: () => changed(field.value) });
  return field;
}
