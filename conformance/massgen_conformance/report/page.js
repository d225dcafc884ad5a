"use strict";
(() => {
  const form = document.querySelector(".filter");
  const copy = (button) => {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "copied";
    });
  };
  document.querySelectorAll(".copy").forEach(copy);
  addEventListener("hashchange", () => {
    if (document.querySelector(".check:target")) scrollTo(0, 0);
  });
  if (!form) return;
  const find = form.querySelector("#find");
  const provider = form.querySelector("#provider");
  const buttons = [...form.querySelectorAll("button")];
  const rows = [...document.querySelectorAll(".matrix .row")];
  const text = new Map(rows.map((row) => [row, row.querySelector("th").textContent.toLowerCase()]));
  const heads = [...document.querySelectorAll(".matrix thead [data-p]")];
  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(buttons.filter((each) => each.ariaPressed === "true").map((each) => each.dataset.v));
    const named = words.filter((word) => heads.some((head) => head.textContent.toLowerCase() === word));
    const rest = words.filter((word) => !named.includes(word));
    const shows = (cell) =>
      provider?.value ? cell.dataset.p === provider.value
        : !named.length || named.includes(heads[cell.dataset.p].textContent.toLowerCase());
    document.querySelectorAll(".matrix [data-p]").forEach((cell) => { cell.hidden = !shows(cell); });
    let left = 0;
    for (const row of rows) {
      const cells = [...row.querySelectorAll("td[data-v]")].filter((cell) => !cell.hidden);
      const fits = rest.every((word) => text.get(row).includes(word));
      row.hidden = !(fits && cells.some((cell) => wanted.has(cell.dataset.v)));
      left += !row.hidden;
    }
    document.querySelectorAll(".matrix tbody").forEach((body) => {
      body.hidden = !body.querySelector(".row:not([hidden])");
    });
    document.querySelector("#none").hidden = left > 0;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  buttons.forEach((button) => button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    apply();
  }));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/input|select/i.test(event.target.tagName)) {
      event.preventDefault();
      find.focus();
    }
  });
})();
