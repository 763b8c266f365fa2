// The index of the search is asked for when somebody goes to the search, not by every page.
"use strict";

(() => {
  const { open, send } = XMLHttpRequest.prototype;
  const wanted = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, url, ...more) {
    if (String(url).endsWith("search/search_index.json")) wanted.add(this);
    return open.call(this, method, url, ...more);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (!wanted.has(this)) return send.apply(this, body);
    const isSearch = (element) => element?.matches?.(".md-search__input");
    if (isSearch(document.activeElement)) return send.apply(this, body);
    const begin = (event) => {
      if (!isSearch(event.target)) return;
      document.removeEventListener("focusin", begin);
      send.apply(this, body);
    };
    document.addEventListener("focusin", begin);
  };
})();
