"""Server-sent events as providers write them, and in the ways in which they may legally be written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from massgen_conformance.speakers.base import JSON, compact

FRAMING_QUIRKS = frozenset(
    {
        "no_space_after_data",
        "crlf",
        "lf",
        "cr",
        "multi_line_data",
        "bom",
        "no_trailing_blank_line",
        "sse_fields",
    }
)

_NEWLINES = {"crlf": "\r\n", "cr": "\r", "lf": "\n"}


@dataclass(frozen=True, slots=True)
class Framing:
    """How the lines of one stream are written."""

    newline: str = "\n"
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
        return (self.newline.join([*lines, "", ""])).encode()

    def comment(self, text: str) -> bytes:
        """A comment block, which clients ignore."""
        return f": {text}{self.newline}{self.newline}".encode()

    def whole(self, events: Iterable[bytes]) -> tuple[bytes, ...]:
        """The finished stream."""
        stream = list(events)
        if self.mark and stream:
            stream[0] = b"\xef\xbb\xbf" + stream[0]
        if self.cut_last and stream:
            stream[-1] = stream[-1].removesuffix(self.newline.encode())
        return tuple(stream)

    def _data_lines(self, data: JSON) -> list[str]:
        if isinstance(data, str):
            return [data]
        if self.spread:
            return json.dumps(data, ensure_ascii=False, indent=0).split("\n")
        return [compact(data)]


def framing_of(quirks: frozenset[str], newline: str = "\n") -> Framing:
    """The framing that these quirks ask for; `newline` is what the provider itself sends."""
    chosen = [_NEWLINES[quirk] for quirk in ("crlf", "cr", "lf") if quirk in quirks]
    return Framing(
        newline=chosen[0] if chosen else newline,
        space="" if "no_space_after_data" in quirks else " ",
        spread="multi_line_data" in quirks,
        mark="bom" in quirks,
        cut_last="no_trailing_blank_line" in quirks,
        fields="sse_fields" in quirks,
    )
