"use strict";
// Without scripts a table is as it was written; with them its heads sort it.
const number = (text) => {
  const found = text.replaceAll(",", "").replaceAll("−", "-").match(/[-+]?\d+(\.\d+)?(e[-+]?\d+)?/i);
  return found ? Number(found[0]) : null;
};
const compare = (a, b, numeric) => {
  const [x, y] = numeric ? [number(a), number(b)] : [a, b];
  // What is absent comes last, whichever way.
  if (numeric && (x === null || y === null)) return x === y ? 0 : x === null ? Infinity : -Infinity;
  return numeric ? x - y : x.localeCompare(y);
};
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const numeric = head.classList.contains("right");
      const rows = [...table.tBodies[0].rows].map((row) => [row.cells[column].textContent, row]);
      rows.sort(([a], [b]) => {
        const order = compare(a, b, numeric);
        return Math.abs(order) === Infinity ? Math.sign(order) : up ? order : -order;
      });
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => (part.open = true)));
