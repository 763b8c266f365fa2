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

/** A button with a text. */
export function button(text, onclick, name = "") {
  return h("button", { type: "button", class: `a-button ${name}`.trim(), onclick }, text);
}

/** A field with its label. */
export function field(id, label, input) {
  return h("p", { class: "a-field" }, h("label", { for: id }, label), input);
}

/** A part that is folded. */
export function fold(title, ...children) {
  return h("details", { class: "a-more" }, h("summary", {}, title), ...children);
}

/** The operations as options of a list: by group, those that most people use first. `groups` has titles and names. */
export function operationOptions(groups) {
  return groups.map(([label, names]) => h("optgroup", { label }, ...names.map((name) => h("option", { value: name }, name))));
}

/**
 * A text as lines, each of which continues indented where it is too long; open placeholders and members stand out, and so
 * do words of a policy's elements (`at`: pairs of the element and the word).
 */
export function marked(text, at = []) {
  let key = "";
  return text.split(/(?<=\n)/).map((line) => {
    key = /^\s*"((?:Not)?(?:Action|Resource))":/.exec(line)?.[1] ?? key;
    const word = at.find(([of, one]) => of === key && line.includes(JSON.stringify(one)))?.[1];
    const element = h("span", { class: "line" }, ...(word === undefined ? markedLine(line) : pointed(line, JSON.stringify(word))));
    element.style.setProperty("--indent", `${line.search(/\S|$/) + 2}ch`);
    return element;
  });
}

/** A line with a caret at one of its words. */
function pointed(line, word) {
  const start = line.lastIndexOf(word);
  return [...markedLine(line.slice(0, start)), h("span", { class: "a-at" }, ...markedLine(word)), ...markedLine(line.slice(start + word.length))];
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
  return line.split(/(\$\{[A-Z][A-Za-z0-9]*(?::\?)?\}|"[^"\n$]*"(?=:))/).flatMap((part, index) => {
    if (index % 2 === 0) return breakable(part);
    return [part.startsWith("$") ? h("mark", { "data-name": part.slice(2, -1).replace(":?", "") }, part) : h("span", { class: "nt" }, ...breakable(part))];
  });
}

/** A text as code that can be scrolled by keyboard. */
export function code(text) {
  return h("pre", { class: "a-code" }, h("code", { tabindex: "0" }, ...marked(text)));
}

/** Copies a text and says so on the button, and how many values in it are still to be filled in. */
export async function copied(from, text, open = []) {
  const label = from.textContent;
  try {
    await navigator.clipboard.writeText(text);
    from.textContent = open.length ? `Copied: ${count(open.length, "value")} in it to fill in` : "Copied";
  } catch {
    from.textContent = "Copying is not allowed here";
  }
  setTimeout(() => (from.textContent = label), open.length ? 4000 : 1500);
}

/** Saves a text as a file. */
export function saved(text, file) {
  const link = h("a", { href: URL.createObjectURL(new Blob([text])), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The reasons of a need or statement, each with its evidence, its sources, and the line of its record. */
export function reasonsOf(reasons) {
  return reasons.map((reason) => {
    const whose = [reason.operation, reason.addon ? `+ ${reason.addon}` : ""].filter(Boolean).join(" ");
    const values = reason.values?.length ? [": ", ...codes(reason.values)] : [];
    const place = reason.record ?? "";
    const link = place.startsWith("http")
      ? h("a", { class: "record", href: place }, "Record")
      : h("button", { type: "button", class: "a-link record", title: "Copy", onclick: () => copied(link, place) }, place);
    const record = place ? [" · ", link] : [];
    return h(
      "div",
      { class: "a-reason" },
      reason.why ? h("p", {}, reason.why) : "",
      h("p", {}, h("span", { class: `evidence ${reason.evidence.replace(" ", "-")}` }, reason.evidence), " ", ...joined(reason.sources.map(sourceOf)), ...record),
      reason.members.length ? h("p", { class: "members" }, "From ", ...codes(reason.members), ...values) : "",
      ...reason.notes.map((note) => h("p", { class: "members" }, note)),
      whose ? h("p", { class: "members" }, ...prose(whose)) : "",
    );
  });
}

function sourceOf({ title, url }) {
  return url.startsWith("https://") ? h("a", { href: url }, ...prose(title)) : h("span", {}, ...prose(title));
}

export function codes(texts) {
  return joined(texts.map((text) => h("code", {}, ...prose(text))));
}

export function joined(nodes) {
  return nodes.flatMap((node, index) => (index ? [", ", node] : [node]));
}

export function bulleted(items) {
  return h("ul", {}, ...items.map((item) => h("li", {}, item)));
}

/** A number with the thing it counts. */
export function count(number, thing) {
  return `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
}
