// The search of the theme: its index and its worker load when somebody goes to it, not with every page, and the finder's
// own answers come before its results.
"use strict";

// The theme says so at the end of the page; by then, room for what scripts put in would move what is below it, and each
// such change of the root lets the browser work out the style of the whole page anew.
document.documentElement.classList.replace("no-js", "js");
document.documentElement.classList.add("js-focus-visible");
document.documentElement.setAttribute("data-js-focus-visible", "");

(() => {
  const isSearch = (element) => element?.matches?.(".md-search__input");

  const { open, send } = XMLHttpRequest.prototype;
  const wanted = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, url, ...more) {
    if (String(url).endsWith("search/search_index.json")) wanted.add(this);
    return open.call(this, method, url, ...more);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (!wanted.has(this)) return send.apply(this, body);
    if (isSearch(document.activeElement)) return send.apply(this, body);
    const begin = (event) => {
      if (!isSearch(event.target)) return;
      document.removeEventListener("focusin", begin);
      send.apply(this, body);
    };
    document.addEventListener("focusin", begin);
  };

  // The first message to the worker is the index.
  const Begun = globalThis.Worker;
  globalThis.Worker = class extends EventTarget {
    constructor(...of) {
      if (of[1]?.type === "module") return new Begun(...of); // the composer's
      super();
      this.of = of;
    }

    postMessage(message) {
      if (!this.worker) {
        this.worker = new Begun(...this.of);
        this.worker.addEventListener("message", ({ data }) => this.dispatchEvent(new MessageEvent("message", { data })));
      }
      // A query with marks of the index's own language, such as the colons of an ARN, would be an error there.
      const isQuery = typeof message.data === "string";
      this.worker.postMessage(isQuery ? { ...message, data: message.data.replaceAll(/[:~^]/g, " ") } : message);
    }

    terminate() {
      this.worker?.terminate();
    }
  };

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

  document.addEventListener("DOMContentLoaded", () => {
    const field = document.querySelector(".md-search__input");
    const results = document.querySelector(".md-search-result");
    if (!field || !results) return;
    const list = Object.assign(document.createElement("ul"), { className: "found", hidden: true });
    // The theme knows the first and the last element here.
    results.insertBefore(list, results.lastElementChild);
    field.addEventListener("input", async () => {
      const { listed, places } = await import("./finder.js");
      const text = field.value;
      const matches = await places(text);
      if (text !== field.value) return;
      list.replaceChildren(...matches.slice(0, 3).map((place) => listed(place, text)));
      list.hidden = !matches.length;
    });
  });
})();
