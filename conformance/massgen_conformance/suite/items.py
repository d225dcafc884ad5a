"""Items and how their verdicts become pytest outcomes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from massgen_conformance.check import Verdict, shortened
from massgen_conformance.report import Failure, ItemResult, Moment
from massgen_conformance.runner import Item

CATALOGUE_HERE: Final = object()
"""A module that holds this value has the whole suite collected into it."""

PROPERTY: Final = "massgen_conformance"
"""Under this name a report carries its item's result, also from a worker process of pytest-xdist."""

SHOWN = ("requirement", "expected", "actual", "where", "stream", "wire", "script")


class NotGreen(Exception):
    """A check failed or could not be tested; its text is all that is shown."""


class CheckItem(pytest.Item):
    """`LIF-01[gemini-text]`."""

    def __init__(self, *, item: Item, play: Callable[[Item], ItemResult], **rest: Any) -> None:
        super().__init__(**rest)
        self.item, self.play = item, play

    def runtest(self) -> None:
        result = self.play(self.item)
        self.user_properties.append((PROPERTY, encoded(result)))
        if result.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(f"not applicable: {result.message}")
        if result.verdict is Verdict.XFAIL:
            pytest.xfail(result.message)
        if result.verdict is not Verdict.PASS:
            raise NotGreen(shown(self.item, result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The finding without a traceback, which would only show the kit."""
        if isinstance(excinfo.value, NotGreen):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


def shown(item: Item, result: ItemResult) -> str:
    """Requirement, expected, actual, where; and what the check exists for."""
    title = shortened(result.message, 200)  # pytest puts the first line into its own summary
    details = asdict(result.failure) if result.failure else {"requirement": item.check.requirement}
    lines = [f"{name + ':':<13}{details[name]}" for name in SHOWN if details.get(name)]
    if result.failure is None:
        lines.append(f"{'because:':<13}{result.message}")
    return "\n".join([title, *lines, f"{'catches:':<13}{item.check.catches}"])


def encoded(result: ItemResult) -> str:
    """A result as text that may travel between processes."""
    return json.dumps(asdict(result))


def decoded(text: str) -> ItemResult:
    values = json.loads(text)
    failure = values.pop("failure")
    verdict = Verdict(values.pop("verdict"))
    timeline = tuple(Moment(**moment) for moment in values.pop("timeline"))
    return ItemResult(**values, verdict=verdict, failure=Failure(**failure) if failure else None, timeline=timeline)
