// On the page for missing addresses: the operations whose names are like a part of the address.
"use strict";

(() => {
  const { operations, base } = document.currentScript.dataset;
  const list = document.getElementById("near");

  /** How many letters differ between two texts. */
  const distance = (one, other) => {
    let row = [...Array(other.length + 1).keys()];
    for (const [index, letter] of [...one].entries()) {
      const next = [index + 1];
      for (const [at, against] of [...other].entries()) {
        next.push(Math.min(row[at + 1] + 1, next[at] + 1, row[at] + (letter === against ? 0 : 1)));
      }
      row = next;
    }
    return row.at(-1);
  };

  const plain = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const asked = location.pathname.split("/").map((part) => plain(decodeURIComponent(part))).filter((part) => part.length > 3);
  const near = operations
    .split(" ")
    .map((name) => {
      const known = plain(name);
      const far = asked.map((part) => (known.includes(part) ? 1 : distance(part, known)));
      return { name, far: Math.min(...far), most: known.length / 3 };
    })
    .filter(({ far, most }) => far <= most);
  near.sort((a, b) => a.far - b.far);
  for (const { name } of near.slice(0, 5)) {
    const link = document.createElement("a");
    Object.assign(link, { href: `${base}${name}/`, textContent: name });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  list.hidden = !near.length;
})();
