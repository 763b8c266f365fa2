// Small helps on every page: names that wrap well, a download button at policies, a filter above the table of operations.
"use strict";

(() => {
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
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

  /** Puts a text in the place of another in all texts of an element. */
  const retold = (element, from, to) => {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (texts.currentNode.data.includes(from)) texts.currentNode.data = texts.currentNode.data.replaceAll(from, to);
  };

  // Code to copy has the real address of this site.
  const base = new URL("../", document.currentScript.src).href;
  const versions = document.querySelector("select.version");
  for (const code of document.querySelectorAll("article pre > code")) {
    retold(code, "v1/VERSION/", `v1/${versions.value}/`);
    retold(code, "https://site.example/", base);
  }

  // One switch of versions for the whole site: links to files lead to the chosen one, where it has the file.
  const VERSION = "sagemaker-roles-version";
  const usual = versions.value;
  const followed = async (chosen) => {
    const { files } = await (await fetch(`${base}v1/${chosen}/manifest.json`)).json();
    const sums = new Map(files.map(({ path, sha256 }) => [path, sha256]));
    const follow = () => {
      for (const link of document.querySelectorAll('a[href*="/v1/"]:not(.next, table.versions a)')) {
        const [, version, path] = link.href.startsWith(base) ? link.href.slice(base.length).match(/^v1\/([^/]+)\/(.+)/) ?? [] : [];
        if (version === chosen || !sums.has(path)) continue;
        link.href = `${base}v1/${chosen}/${path}`;
        retold(link, `${version}/`, `${chosen}/`);
        const sum = link.closest("p.artifact")?.querySelector("code:last-child");
        if (sum) sum.textContent = sums.get(path);
      }
    };
    for (const code of document.querySelectorAll("article pre > code")) retold(code, `/v1/${usual}/`, `/v1/${chosen}/`);
    follow();
    new MutationObserver(follow).observe(document.querySelector("article"), { childList: true, subtree: true });
  };
  const chosen = sessionStorage.getItem(VERSION);
  if (chosen && chosen !== usual && [...versions.options].some(({ value }) => value === chosen)) {
    versions.value = chosen;
    followed(chosen);
  }
  versions.addEventListener("change", () => {
    sessionStorage.setItem(VERSION, versions.value);
    location.reload();
  });

  // A role that has a page of its own: what leads into it on the operation's page is there.
  const away = [...document.querySelectorAll("a.role-page")].find((link) => {
    const [, role] = link.getAttribute("href").match(/([^/]+)\/$/) ?? [];
    return role && location.hash.startsWith(`#${role}-`);
  });
  if (away) location.replace(away.href + location.hash);

  // An address opens every folded part that holds what it names, or that it heads.
  const named = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null; // the address is malformed
    }
  };
  const reveal = () => {
    const target = named();
    // The answer shows a statement and its reasons itself.
    if (document.getElementById("answer") && target?.closest("table.why")) return;
    // The radio button of a tab has the name of the tab.
    if (target?.name?.startsWith("__tabbed_")) target.checked = true;
    let isOpened = false;
    for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) {
      isOpened ||= !part.open;
      part.open = true;
    }
    if (isOpened) target.scrollIntoView();
  };
  reveal();
  addEventListener("hashchange", reveal);
  // The same address again is no change of it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal();
  });

  // What scrolls can be scrolled by keyboard, and code is copied.
  const sized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else if (!target.closest(".a-code")) target.removeAttribute("tabindex");
    }
  });
  for (const part of document.querySelectorAll("article :is(pre > code, table:not([class]))")) sized.observe(part);
  for (const pre of document.querySelectorAll("article .highlight > pre")) {
    const copy = make("button", { type: "button", className: "md-code__button", title: "Copy" });
    copy.dataset.mdType = "copy";
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.querySelector("code").textContent);
      copy.title = "Copied";
      setTimeout(() => (copy.title = "Copy"), 1500);
    });
    pre.prepend(make("div", { className: "md-code__nav" }, copy));
  }
  document.addEventListener("keydown", ({ key, target }) => key === "Enter" && target.matches("label") && target.click());

  const filter = (label, narrow) => {
    const input = make("input", { type: "search", className: "filter", placeholder: label, ariaLabel: label });
    input.addEventListener("input", () => narrow(input.value.trim().toLowerCase()));
    return input;
  };
  const holds = (element, wanted) => element.textContent.toLowerCase().includes(wanted);

  // The table of operations: by name, and by what its rows say of them.
  const table = document.querySelector("table.operations");
  const rows = table ? [...table.querySelectorAll("tr[data-facts]")] : [];
  if (rows.length > 10) {
    const facts = { vpc: "VPC", kms: "KMS", several: "Several roles", undocumented: "Not documented by AWS" };
    const wanted = new Set();
    let text = "";
    const narrow = () => {
      for (const row of rows) {
        const has = row.dataset.facts.split(" ");
        row.hidden = !holds(row, text) || [...wanted].some((fact) => !has.includes(fact));
      }
      for (const body of table.tBodies) body.hidden = ![...body.rows].some((row) => row.dataset.facts !== undefined && !row.hidden);
    };
    const input = filter("Filter operations", (value) => {
      text = value;
      narrow();
    });
    const buttons = Object.entries(facts).map(([fact, title]) => {
      const button = make("button", { type: "button", className: "fact", textContent: title, ariaPressed: "false" });
      button.addEventListener("click", () => {
        if (!wanted.delete(fact)) wanted.add(fact);
        button.ariaPressed = String(wanted.has(fact));
        narrow();
      });
      return button;
    });
    document.querySelector(".filters").append(input, ...buttons);
  }

  // An index: names in folded parts, or a folded part or heading for each name.
  const listed = [...document.querySelectorAll("article ul.names > li")];
  const headed = [...document.querySelectorAll("article h3")].map((heading) => heading.closest("summary")?.parentElement ?? heading);
  const names = listed.length ? listed : document.querySelector("article a.index-json, article .where-list") ? headed : [];
  const groups = new Set(names.map((name) => name.parentElement.closest("details.fold")).filter(Boolean));
  const labelOf = (name) => name.querySelector("h3") ?? name;
  if (names.length > 10) {
    const input = filter("Filter this index", (wanted) => {
      for (const name of names) {
        name.hidden = !holds(labelOf(name), wanted);
        if (name.matches("h3")) name.nextElementSibling.hidden = name.hidden;
      }
      for (const group of groups) {
        const own = names.filter((name) => group.contains(name));
        group.hidden = own.every((name) => name.hidden);
        group.open = wanted !== "" && !group.hidden;
      }
    });
    const [first] = groups.size ? groups : names;
    (first.previousElementSibling?.matches("h2") ? first.previousElementSibling : first).before(input);
  }

  // The add-ons of a service that has many have a page now.
  const addons = document.querySelector("a.addons-page");
  if (addons && location.hash.startsWith("#addon") && !named()) location.replace(addons.href + location.hash);

  // Names that an index once had itself have a page now.
  const moved = location.hash && !named() && listed.map((name) => name.firstElementChild).find((link) => [`#${location.hash.slice(1)}`, `#addon-${location.hash.slice(1)}`].includes(link.hash));
  if (moved) location.replace(moved.href);

  const json = document.querySelector("a.index-json");
  if (json) {
    const button = make("button", { type: "button", className: "download", textContent: "Copy JSON" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(await (await fetch(json.href)).text());
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy JSON"), 1500);
    });
    json.after(" ", button);
  }
})();
