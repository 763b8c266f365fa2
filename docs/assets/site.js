// Small helps on every page: names that wrap well, a download button at policies, a filter above the table of operations.
"use strict";

(() => {
  const saved = (text, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // The name of an operation breaks between its words, where it has to.
  const title = document.querySelector("article h1");
  for (const node of title ? [...title.childNodes] : []) {
    if (node.nodeType !== Node.TEXT_NODE || !/[a-z][A-Z]/.test(node.data)) continue;
    const words = node.data.split(/(?<=[a-z0-9])(?=[A-Z])/);
    node.replaceWith(...words.flatMap((word, index) => (index ? [document.createElement("wbr"), word] : [word])));
  }

  // Policies that are files of their own have a link for it; this is for those made of several files.
  for (const code of document.querySelectorAll(".language-json.highlight code")) {
    const block = code.closest(".highlight");
    const next = block.nextElementSibling;
    if (next && next.classList.contains("artifact") && next.querySelector("a[download]:first-child")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "download";
    button.textContent = "Download";
    button.addEventListener("click", () => {
      const page = location.pathname.split("/").filter(Boolean).pop() || "policy";
      const set = code.closest(".tabbed-set");
      const blocks = set ? [...set.querySelectorAll(":scope > .tabbed-content > .tabbed-block")] : [];
      const at = blocks.findIndex((item) => item.contains(code));
      const label = at < 0 ? code.closest("details")?.id ?? "policy" : set.querySelectorAll(":scope > .tabbed-labels > label")[at].textContent;
      saved(code.textContent, `${page}-${label.trim().replace(/[^A-Za-z0-9]+/g, "-").replace(/^-/, "")}.json`);
    });
    block.after(button);
  }

  // A role that has a page of its own: what leads into it on the operation's page is there.
  const away = [...document.querySelectorAll("a.role-page")].find((link) => {
    const [, role] = link.getAttribute("href").match(/([^/]+)\/$/) ?? [];
    return role && location.hash.startsWith(`#${role}-`);
  });
  if (away) location.replace(away.href + location.hash);

  // The theme adds a nameless landmark to each code block; a page has dozens.
  const unmarked = () => {
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) nav.setAttribute("role", "presentation");
  };
  unmarked();
  new MutationObserver(unmarked).observe(document.querySelector("article") || document.body, {
    childList: true,
    subtree: true,
  });

  const filter = (label, before, narrow) => {
    const input = document.createElement("input");
    input.type = "search";
    input.className = "filter";
    input.placeholder = label;
    input.setAttribute("aria-label", label);
    input.addEventListener("input", () => narrow(input.value.trim().toLowerCase()));
    before.before(input);
  };
  const holds = (element, wanted) => element.textContent.toLowerCase().includes(wanted);

  const table = document.querySelector("table.operations");
  if (table && table.rows.length > 10) {
    filter("Filter operations", table, (wanted) => {
      for (const row of table.tBodies[0].rows) row.hidden = !holds(row, wanted);
    });
  }

  // An index is a heading with a list of operations for each of its names, below a heading for each group of them.
  const groups = new Map();
  let group;
  for (const element of document.querySelectorAll("article h2, article h3")) {
    if (element.tagName === "H2") group = element;
    else if (element.nextElementSibling?.matches(".where-list")) groups.set(group, [...(groups.get(group) ?? []), element]);
  }
  if ([...groups.values()].flat().length > 10) {
    filter("Filter this index", groups.keys().next().value, (wanted) => {
      for (const [heading, names] of groups) {
        for (const name of names) name.hidden = name.nextElementSibling.hidden = !holds(name, wanted);
        heading.hidden = names.every((name) => name.hidden);
      }
    });
  }
})();
