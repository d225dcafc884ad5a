"""Server-sent events as providers write them, and in the ways in which they may legally be written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle
from operator import add

from massgen_conformance.speakers.base import JSON, compact

FRAMING_QUIRKS = frozenset(
    {
        "no_space_after_data",
        "crlf",
        "lf",
        "cr",
        "mixed_ends",
        "multi_line_data",
        "bom",
        "no_trailing_blank_line",
        "sse_fields",
    }
)

_NEWLINES = {"crlf": ("\r\n",), "cr": ("\r",), "lf": ("\n",), "mixed_ends": ("\n", "\r", "\r\n")}
"""How lines end, by turns; no LF stands behind a CR but in a CR LF."""

_BLANK_LINE = re.compile(rb"(\r\n|\n|\r)\Z")


@dataclass(frozen=True, slots=True)
class Framing:
    """How the lines of one stream are written."""

    newlines: tuple[str, ...] = ("\n",)  # by turns, anew in each event
    space: str = " "
    spread: bool = False
    mark: bool = False
    cut_last: bool = False
    fields: bool = False

    def event(self, data: JSON, name: str = "") -> bytes:
        """One event; `data` is JSON to encode, or text to send as it is."""
        lines = [f"event:{self.space}{name}"] if name else []
        if self.fields:
            lines += [f"id:{self.space}7", f"retry:{self.space}3000"]
        lines += [f"data:{self.space}{line}" for line in self._data_lines(data)]
        return self._written([*lines, ""])

    def comment(self, text: str) -> bytes:
        """A comment block, which clients ignore."""
        return self._written([f": {text}", ""])

    def whole(self, events: Iterable[bytes]) -> tuple[bytes, ...]:
        """The finished stream."""
        stream = list(events)
        if self.mark and stream:
            stream[0] = b"\xef\xbb\xbf" + stream[0]
        if self.cut_last and stream:
            stream[-1] = _BLANK_LINE.sub(b"", stream[-1])
        return tuple(stream)

    def _written(self, lines: list[str]) -> bytes:
        return "".join(map(add, lines, cycle(self.newlines))).encode()

    def _data_lines(self, data: JSON) -> list[str]:
        if isinstance(data, str):
            return [data]
        if self.spread:
            return json.dumps(data, ensure_ascii=False, indent=0).split("\n")
        return [compact(data)]


def framing_of(quirks: frozenset[str], newline: str = "\n") -> Framing:
    """The framing that these quirks ask for; `newline` is what the provider itself sends."""
    chosen = [newlines for quirk, newlines in _NEWLINES.items() if quirk in quirks]
    return Framing(
        newlines=chosen[0] if chosen else (newline,),
        space="" if "no_space_after_data" in quirks else " ",
        spread="multi_line_data" in quirks,
        mark="bom" in quirks,
        cut_last="no_trailing_blank_line" in quirks,
        fields="sse_fields" in quirks,
    )
