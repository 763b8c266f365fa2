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

/** A text as lines, each of which continues indented where it is too long; open placeholders and members stand out. */
export function marked(text) {
  return text.split(/(?<=\n)/).map((line) => {
    const element = h("span", { class: "line" }, ...markedLine(line));
    element.style.setProperty("--indent", `${line.search(/\S|$/) + 2}ch`);
    return element;
  });
}

/** A text in which a long word, such as the name of a policy or an ARN, may break at its parts. */
export function prose(text) {
  return text.split(/(?<=\s)/).flatMap((word) => {
    const parts = word.length > 18 ? word.split(/(?<=[.:/\]])(?=[^\s.:/\]])|(?<=[a-z0-9])(?=[A-Z])/) : [word];
    return parts.flatMap((part, index) => (index ? [h("wbr"), part] : [part]));
  });
}

/** A text may break behind the parts of an ARN. */
function breakable(text) {
  return text.split(/(?<=[:/](?! ))/).flatMap((part) => (/[:/]$/.test(part) ? [part, h("wbr")] : [part]));
}

function markedLine(line) {
  return line.split(/(\$\{[A-Z][A-Za-z0-9]*\}|"[^"\n$]*"(?=:))/).flatMap((part, index) => {
    if (index % 2 === 0) return breakable(part);
    return [part.startsWith("$") ? h("mark", {}, part) : h("span", { class: "nt" }, ...breakable(part))];
  });
}

/** A field to paste into, which is called by its ID, has a hint, and says when its text changed. */
export function pasteField(id, hint, changed) {
  const attributes = { id, rows: "7", spellcheck: "false", autocomplete: "off", "aria-describedby": hint };
  const field = h("textarea", { ...attributes, oninput: () => changed(field.value) });
  return field;
}
