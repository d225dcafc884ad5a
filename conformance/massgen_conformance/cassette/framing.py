"""Where the events of a body end, judged by its content type alone. Joining the pieces always gives the body again."""

from __future__ import annotations

import re
from itertools import pairwise

SSE = "text/event-stream"
LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines")

_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))+")
_LINE_END = re.compile(rb"\n+")


def events(body: bytes, content_type: str) -> tuple[bytes, ...]:
    """The body cut after each event: SSE at blank lines, JSON lines at line ends, anything else in one piece."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == SSE:
        return _cut(body, _BLANK_LINE)
    if kind in LINES:
        return _cut(body, _LINE_END)
    return (body,) if body else ()


def _cut(body: bytes, end: re.Pattern[bytes]) -> tuple[bytes, ...]:
    offsets = [0, *(match.end() for match in end.finditer(body)), len(body)]
    return tuple(body[start:stop] for start, stop in pairwise(offsets) if start < stop)
