// Before the theme's script: what it would say too late, and tables that a keyboard can scroll.
"use strict";

// The theme says so at the end of the page; by then, room for what scripts put in would move what is below it, and each
// such change of the root lets the browser work out the style of the whole page anew.
document.documentElement.classList.replace("no-js", "js");
document.documentElement.classList.add("js-focus-visible");
document.documentElement.setAttribute("data-js-focus-visible", "");

// The theme lets tables written by hand scroll where they are too wide; who has a keyboard only scrolls what has focus.
document.addEventListener("DOMContentLoaded", () => {
  const article = document.querySelector("article");
  if (!article?.querySelector("table:not([class])")) return;
  const reach = () => {
    for (const wrap of article.querySelectorAll(".md-typeset__scrollwrap")) {
      if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0;
      else wrap.removeAttribute("tabindex");
    }
  };
  new MutationObserver(reach).observe(article, { childList: true, subtree: true });
  new ResizeObserver(reach).observe(article);
});
