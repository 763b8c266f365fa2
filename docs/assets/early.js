// Before the page is drawn: that there are scripts, and its colors, chosen here or in the browser.
"use strict";

(() => {
  const KEY = "sagemaker-roles-colors";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem(KEY) ?? (dark.matches ? "slate" : "default");
  const colored = () => {
    document.body.dataset.mdColorScheme = chosen();
  };
  document.documentElement.classList.replace("no-js", "js");
  new MutationObserver((_, watch) => {
    if (!document.body) return;
    watch.disconnect();
    if (chosen() !== "default") colored();
  }).observe(document.documentElement, { childList: true });
  dark.addEventListener("change", colored);
  document.addEventListener("click", ({ target }) => {
    if (!target.closest(".scheme")) return;
    localStorage.setItem(KEY, chosen() === "slate" ? "default" : "slate");
    colored();
  });
})();
