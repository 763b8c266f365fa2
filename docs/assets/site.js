// Small helps on every page: a download button at policies, a filter above the table of operations.
"use strict";

(() => {
  const saved = (text, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

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
      const label = at < 0 ? "policy" : set.querySelectorAll(":scope > .tabbed-labels > label")[at].textContent;
      saved(code.textContent, `${page}-${label.trim().replace(/[^A-Za-z0-9]+/g, "-").replace(/^-/, "")}.json`);
    });
    block.after(button);
  }

  // The theme adds a nameless landmark to each code block; a page has dozens.
  const unmarked = () => {
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) nav.setAttribute("role", "presentation");
  };
  unmarked();
  new MutationObserver(unmarked).observe(document.querySelector("article") || document.body, {
    childList: true,
    subtree: true,
  });

  const table = document.querySelector("table.operations");
  if (table && table.rows.length > 10) {
    const input = document.createElement("input");
    input.type = "search";
    input.className = "filter";
    input.placeholder = "Filter operations";
    input.setAttribute("aria-label", "Filter operations");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
    table.before(input);
  }
})();
