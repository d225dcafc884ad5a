"""The page on the building blocks says what they do, and the names that it has are there."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "building-blocks.md"


def test_the_examples_of_the_page_run() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.attempted > 20
    assert done.failed == 0


@pytest.mark.parametrize("row", re.findall(r"^\| (`[A-Z].*?) \| `(massgen[\w.]+)` \|", PAGE.read_text(), re.MULTILINE))
def test_every_name_is_under_its_module(row: tuple[str, str]) -> None:
    module = importlib.import_module(row[1])
    assert [name for name in re.findall(r"`(\w+)`", row[0]) if not hasattr(module, name)] == []
