"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const copy = (button) => {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "copied";
    });
  };
  all(".copy").forEach(copy);
  const named = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const arrive = () => {
    const place = named();
    if (!place) return;
    if (place.matches("details")) place.open = true;
    if (place.matches(".backend")) scrollTo(0, 0);
    else if (place.matches(".point, .finding")) place.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", arrive);
  arrive();
  const form = document.querySelector(".filter");
  if (!form) return;
  const [find, type, point, tier] = ["find", "type", "point", "tier"].map((id) => form.querySelector(`#${id}`));
  const buttons = all("button", form);
  const findings = all(".finding").map((node) => ({
    node, ...node.dataset, types: node.dataset.types.split("\n"), text: node.textContent.toLowerCase(),
  }));
  const rows = all(".matrix .row");
  const heads = all(".matrix thead [data-p]");
  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(buttons.filter((each) => each.ariaPressed === "true").map((each) => each.dataset.v));
    const left = findings.filter(({ node, v, p, tier: level, types, text }) => {
      const fits = wanted.has(v) && (!type.value || types.includes(type.value)) && (!point.value || p === point.value)
        && (!tier.value || level === tier.value) && words.every((word) => text.includes(word));
      node.hidden = !fits;
      return fits;
    });
    const concerned = new Set(left.flatMap((each) => each.types));
    const narrowed = words.length > 0 || tier.value !== "";
    const shown = point.value === "0" ? "" : point.value;
    [...heads, ...all(".matrix td")].forEach((cell) => { cell.hidden = shown !== "" && cell.dataset.p !== shown; });
    for (const row of rows) {
      const name = row.dataset.type;
      const said = words.length > 0 && !tier.value && words.every((word) => name.toLowerCase().includes(word));
      const cells = all("td", row).filter((cell) => !cell.hidden);
      cells.forEach((cell) => cell.classList.toggle("dim", !wanted.has(cell.dataset.v)));
      row.hidden = (type.value && type.value !== name) || (narrowed && !said && !concerned.has(name))
        || !cells.some((cell) => wanted.has(cell.dataset.v));
    }
    const count = document.querySelector("#left");
    if (count) count.textContent = left.length === findings.length ? left.length : `${left.length} of ${findings.length}`;
    const none = document.querySelector("#none");
    if (none) none.hidden = left.length > 0;
  };
  form.hidden = false;
  all(".often").forEach((each) => { each.hidden = false; });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  buttons.forEach((button) => button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    apply();
  }));
  all(".kind-of").forEach((button) => button.addEventListener("click", () => {
    find.value = button.dataset.words;
    apply();
    document.querySelector(".findings").scrollIntoView();
  }));
  const step = (link, right, down) => {
    const row = link.closest("tr");
    const shown = rows.filter((each) => !each.hidden);
    const to = shown[shown.indexOf(row) + down];
    const cells = (of) => all("a", of).filter((each) => !each.parentElement.hidden);
    return to && cells(to)[cells(row).indexOf(link) + right];
  };
  const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  addEventListener("keydown", (event) => {
    const link = event.target.closest?.(".matrix tbody a");
    const to = link && moves[event.key] && step(link, ...moves[event.key]);
    if (to) {
      event.preventDefault();
      to.focus();
    } else if (event.key === "/" && !/input|select/i.test(event.target.tagName)) {
      event.preventDefault();
      location.hash = "top";
      find.focus();
    } else if (event.key === "Escape" && named()?.closest(".backend")) {
      history.back();
    } else if (event.key === "Escape") {
      form.reset();
      buttons.forEach((button) => { button.ariaPressed = "true"; });
      apply();
    }
  });
})();
