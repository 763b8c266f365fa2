(() => {
  const body = document.querySelector("tbody");
  const rows = [...body.rows].map((row) => ({
    row,
    cells: [...row.cells].map((cell) => (cell.className.includes("n") ? +cell.textContent.replaceAll(",", "") : cell.textContent)),
    text: row.textContent.toLowerCase(),
  }));
  const form = document.querySelector("form");
  const text = document.getElementById("text");
  const account = document.getElementById("account");
  const boxes = [...form.querySelectorAll("[data-column]")];
  const shown = document.getElementById("shown");
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, cells, text: own } of rows) {
      const fits =
        words.every((word) => own.includes(word)) &&
        (!account.value || cells[0] === account.value) &&
        boxes.every((box) => !box.checked || cells[+box.dataset.column] > 0);
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} roles`;
  };
  const sort = (head) => {
    const at = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    rows.sort((a, b) => sign * (a.cells[at] < b.cells[at] ? -1 : a.cells[at] > b.cells[at] ? 1 : 0));
    body.append(...rows.map(({ row }) => row));
  };
  for (const head of body.parentNode.querySelectorAll("th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
