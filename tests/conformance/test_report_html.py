"""The HTML report: what it holds, that it loads nothing, and how it behaves in a browser of a phone's width."""

from __future__ import annotations

import re
from typing import Any

import pytest

from massgen_conformance.report.html import page
from massgen_conformance.report.html_timeline import color_of, drawing
from tests.browser import seen
from tests.conformance.report_samples import failed, green


def test_every_check_has_a_cell_and_a_page() -> None:
    written = page(failed())
    for name in ("LIF-01", "LIF-02", "RSN-01", "USG-01"):
        assert f"<section class=check id='{name}'>" in written
    assert written.count("<tr class=row>") == 4
    assert "title='acme: pass, recorded, 1 items'>✓</a>" in written
    assert "<span>One `done`" not in written, "backticks of a requirement are code"
    for words in ("exactly one done", "expired on 2026-01-01: X", "-k &#x27;LIF-01[acme-text]&#x27;", "not green"):
        assert words in written


def test_the_page_has_no_markup_of_a_subject_and_loads_nothing() -> None:
    written = page(failed())
    assert "<script>alert" not in written
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in written
    assert "default-src 'none'" in written
    assert not re.search(r"""\s(?:src|href)=(?!['"]?#)|url\(|@import""", written)


def test_a_timeline_is_drawn_only_where_there_is_one() -> None:
    assert page(failed()).count("<svg") == 1
    assert "<details><summary>" in page(green()), "that of what passes is closed"
    assert drawing([]) == ""
    assert (color_of("reasoning_summary_done"), color_of("odd")) == ("reasoning", "other")


PROBE = """<!doctype html><meta charset=utf-8><body><pre id=out></pre><script>
const wait = () => new Promise((done) => setTimeout(done, 30));
const frame = document.createElement("iframe");
frame.width = 390;
frame.height = 844;
frame.src = "report.html";
frame.onload = async () => {
  const page = frame.contentDocument, told = {};
  const rows = () => [...page.querySelectorAll(".matrix .row")].filter((row) => row.offsetParent)
    .map((row) => row.querySelector("b").textContent);
  const fits = () => page.documentElement.scrollWidth <= frame.contentWindow.innerWidth;
  const type = (words) => {
    page.querySelector("#find").value = words;
    page.querySelector(".filter").dispatchEvent(new Event("input"));
  };
  told.all = rows();
  told.first_fits = fits();
  type("usage");
  told.by_word = rows();
  type("nothing like it");
  told.none = [rows().length, page.querySelector("#none").offsetParent !== null];
  type("other");
  const heads = [...page.querySelectorAll(".matrix thead [data-p]")];
  told.by_provider = [rows(), heads.filter((each) => each.offsetParent).length];
  type("");
  page.querySelector("button[data-v=pass]").click();
  told.without_passes = rows();
  page.querySelector(".findings a").click();
  await wait();
  told.opened = frame.contentWindow.location.hash;
  const opened = page.querySelectorAll(".check:target");
  told.only_the_check = [page.querySelector("main").offsetParent === null, opened.length];
  told.check_fits = fits();
  told.drawn = opened[0].querySelectorAll("svg circle.dot").length;
  document.querySelector("#out").textContent = JSON.stringify(told);
};
document.body.append(frame);
</script>"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a browser shows of the failed report, in a frame as wide as a phone."""
    folder = tmp_path_factory.mktemp("browser")
    return seen(folder, "report.html", page(failed()), PROBE)


def test_the_table_is_filtered_by_words_providers_and_verdicts(told: dict[str, Any]) -> None:
    assert told["all"] == ["LIF-01", "LIF-02", "RSN-01", "USG-01"]
    assert told["by_word"] == ["USG-01"]
    assert told["none"] == [0, True]
    assert told["by_provider"] == [["LIF-01"], 1]
    assert told["without_passes"] == ["LIF-01", "RSN-01", "USG-01"]


def test_a_finding_opens_the_page_of_its_check(told: dict[str, Any]) -> None:
    assert told["opened"] == "#LIF-01"
    assert told["only_the_check"] == [True, 1]
    assert told["drawn"] == 2


def test_nothing_is_wider_than_a_phone(told: dict[str, Any]) -> None:
    assert (told["first_fits"], told["check_fits"]) == (True, True)
