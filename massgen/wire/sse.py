"""Server-sent events framed on bytes, as the WHATWG HTML standard section 9.2.6 says.

Lines end at LF, CR or CRLF and nowhere else: U+2028, U+2029, NEL, VT and FF are data. Input may be cut anywhere,
inside a character as well. Two departures from the standard are on purpose, both because real servers do so: an event
that the end of the stream finds without its blank line is delivered, and so is a bare JSON object where an event should
be, as data: that is how some servers (Gemini, Ollama) report an error in the middle of a stream.
"""

from __future__ import annotations

import re

from massgen.errors import WireError

MAX_EVENT_BYTES = 64 * 1024 * 1024  # an image in one event is tens of megabytes; more is a runaway server

_BOM = b"\xef\xbb\xbf"
# A blank line in every mixture of line ends. One that ends at a CR is complete: an LF that follows belongs to it.
_BLANK = re.compile(rb"\n\n|\n\r\n?|\r\r\n?|\r\n\r\n?|\r\n\n")
_LINE = re.compile(rb"\r\n|\n|\r")
_LONGEST_BLANK = 4

Frame = tuple[str, bytes]
"""`(event name or "", data)`. Several data lines are joined by LF; comments and other fields are gone."""


class SSEFramer:
    """Bytes in, frames out. `feed` in any pieces, then `close` once."""

    __slots__ = ("_held", "_limit", "_scanned", "_skip_lf", "_started")

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._held = bytearray()  # the bytes of the event that is not complete yet
        self._scanned = 0  # no blank line ends before this offset of `_held`
        self._skip_lf = False  # the last blank line ended at a CR, which may be half of a CRLF
        self._started = False  # the place of a byte order mark is behind us
        self._limit = max_event_bytes

    def feed(self, data: bytes) -> list[Frame]:
        """Frames completed by `data`. Raises `WireError` when one event outgrows the limit."""
        if not self._started:
            data = self._without_bom(data)
        if self._skip_lf and data:
            self._skip_lf = False
            if data.startswith(b"\n"):
                data = data[1:]
        if not self._held and (blank := _whole_events(data)):
            return [frame for block in data.split(blank) if block and (frame := _parse(block))]
        self._held += data
        return self._cut()

    def close(self) -> list[Frame]:
        """The last frame, if the stream ended without its blank line."""
        rest = bytes(self._held)
        self._held.clear()
        self._scanned = 0
        frame = _parse(rest) if rest else None
        return [] if frame is None else [frame]

    def _without_bom(self, data: bytes) -> bytes:
        head = bytes(self._held) + data
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._held[:] = head
            return b""
        self._held.clear()
        self._started = True
        return head.removeprefix(_BOM)

    def _cut(self) -> list[Frame]:
        held, frames, start = self._held, [], 0
        search = self._scanned
        while match := _BLANK.search(held, search):
            frame = _parse(bytes(held[start : match.start()]))
            if frame is not None:
                frames.append(frame)
            start = search = match.end()
        self._skip_lf = bool(start) and start == len(held) and held[-1] == 0x0D
        if start:
            del held[:start]
        self._scanned = max(0, len(held) - _LONGEST_BLANK + 1)
        if len(held) > self._limit:
            raise WireError(f"one event is larger than {self._limit} bytes")
        return frames


def _whole_events(data: bytes) -> bytes | None:
    """The blank line between events where `data` is whole events with one kind of line end, as nearly every read is."""
    if data.endswith(b"\n\n"):
        return b"\n\n" if b"\r" not in data else None
    if data.endswith(b"\r\n\r\n") and data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n"):
        return b"\r\n\r\n"
    return None


def _parse(block: bytes) -> Frame | None:
    """One event's lines as a frame; None where there is no `data` field (comments, `retry`, a bare `event`)."""
    event = ""
    if block.startswith(b"event: "):
        line, _, rest = block.partition(b"\n")
        line = line.removesuffix(b"\r")
        if rest.startswith(b"data:") and b"\r" not in line:
            event, block = line[7:].decode("utf-8", "replace"), rest
    if block.startswith(b"data:") and b"\n" not in block and b"\r" not in block:
        return event, block[6:] if block[5:6] == b" " else block[5:]
    if block.lstrip().startswith(b"{"):
        return "", block
    data = []
    for line in _LINE.split(block):
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value.decode("utf-8", "replace")
    return (event, b"\n".join(data)) if data else None
