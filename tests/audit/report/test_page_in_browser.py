"""The HTML page in a browser of a phone's width: filters, deep links, keys, nothing wider than the screen."""

from __future__ import annotations

from typing import Any

import pytest

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.values import Audit, Status, Tier
from tests.audit.report.conftest import make_audit, make_backend, make_finding
from tests.browser import seen

PROBE = """<!doctype html><meta charset=utf-8><body><pre id=out></pre><script>
const wait = () => new Promise((done) => setTimeout(done, 40));
const frame = document.createElement("iframe");
frame.width = 390;
frame.height = 844;
frame.src = "audit.html";
frame.onload = async () => {
  const page = frame.contentDocument, inside = frame.contentWindow, told = {};
  const $ = (selector) => page.querySelector(selector);
  const shown = (selector) => [...page.querySelectorAll(selector)].filter((each) => each.offsetParent);
  const codes = () => shown(".finding").map((each) => each.querySelector(".code").textContent);
  const rows = () => shown(".matrix .row").map((each) => each.dataset.type);
  const fits = () => page.documentElement.scrollWidth <= inside.innerWidth;
  const set = (selector, value) => {
    $(selector).value = value;
    $(".filter").dispatchEvent(new Event("input"));
  };
  const press = (key) => page.activeElement.dispatchEvent(
    new inside.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  told.all = [codes(), rows()];
  told.first = shown(".missing-first li").map((each) => each.dataset.type);
  told.complete = $(".complete").textContent;
  told.fits = fits();
  told.row = ["th", "td"].map((tag) => $(`.matrix .row ${tag}`).getBoundingClientRect())
    .map(({ width, height }) => [width, height]);
  set("#find", "no PRICE");
  told.by_words = [codes(), rows()];
  set("#find", "nothing like it");
  told.none = [codes().length, rows().length, Boolean($("#none").offsetParent)];
  set("#find", "");
  set("#type", "groq");
  told.by_type = [codes(), rows()];
  set("#type", "");
  set("#point", "4");
  told.by_point = [codes(), shown(".matrix thead [data-p]").length];
  set("#point", "");
  set("#tier", "recommended");
  told.by_level = [codes(), rows()];
  set("#tier", "");
  $("button[data-v=missing]").click();
  told.without_missing = [codes(), $("#left").textContent];
  press("Escape");
  told.after_escape = codes().length;
  press("/");
  told.focus = page.activeElement.id;
  $(".matrix .row td a").focus();
  press("ArrowRight");
  press("ArrowDown");
  told.moved = page.activeElement.getAttribute("href");
  inside.location.hash = "#MG301-groq";
  await wait();
  told.opened = [$("[id='MG301-groq']").open, shown(".finding[open] dl").length];
  inside.location.hash = "#groq:4";
  await wait();
  told.point = [shown("main").length, shown(".backend h2").map((each) => each.textContent), fits()];
  told.evidence = $("[id='groq:4']").textContent.includes("massgen/backend/__init__.py:12");
  document.querySelector("#out").textContent = JSON.stringify(told);
};
document.body.append(frame);
</script>"""


def sample() -> Audit:
    """`acme` lacks its export, `groq` a price, `zai` something beside the points; `poe` and `qwen` are complete."""
    export = make_finding(Status.MISSING, message="no export")
    price = make_finding(Status.PARTIAL, code="MG301", point=8, message="no price for a" + "n" * 400)
    style = make_finding(Status.PARTIAL, code="MG105", point=0, tier=Tier.RECOMMENDED, message="an odd signature")
    fine = make_finding(Status.PRESENT)
    late = make_finding(Status.MISSING, code="MG131", point=0, message="not timed")
    whole = (make_backend("poe", fine), make_backend("qwen", fine, style))
    lacking = (make_backend("acme", export), make_backend("groq", fine, price, style), make_backend("zai", late))
    return make_audit(*lacking, *whole)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("browser")
    return seen(folder, "audit.html", RENDERERS["html"](sample(), RenderOptions()), PROBE)


def test_what_is_missing_comes_first(told: dict[str, Any]) -> None:
    assert told["all"] == [["MG201", "MG131", "MG301", "MG105"], ["acme", "groq", "poe", "qwen", "zai"]]
    assert told["first"] == ["acme", "zai", "groq"]
    assert told["complete"] == "Complete: poe, qwen"


def test_findings_and_types_are_filtered_together(told: dict[str, Any]) -> None:
    assert told["by_words"] == [["MG301"], ["groq"]]
    assert told["none"] == [0, 0, True]
    assert told["by_type"] == [["MG301", "MG105"], ["groq"]]
    assert told["by_point"] == [["MG201"], 1]
    assert told["by_level"] == [["MG105"], ["groq", "qwen"]]
    assert told["without_missing"] == [["MG301", "MG105"], "2 of 4"]


def test_the_keyboard_is_enough(told: dict[str, Any]) -> None:
    assert told["after_escape"] == 4
    assert told["focus"] == "find"
    assert told["moved"] == "#groq:2"


def test_a_link_leads_to_a_finding_and_to_a_point_with_its_evidence(told: dict[str, Any]) -> None:
    assert told["opened"] == [True, 1]
    assert told["point"][:2] == [0, ["groq"]]
    assert told["evidence"]


def test_nothing_is_wider_than_a_phone(told: dict[str, Any]) -> None:
    assert (told["fits"], told["point"][2]) == (True, True)


def test_a_type_keeps_its_name_on_one_line_beside_its_cells(told: dict[str, Any]) -> None:
    (width, height), cell = told["row"]
    assert 50 < width < 390 * 0.4
    assert height == cell[1] < 45
