"""Server-sent events framed on bytes, as the WHATWG HTML standard section 9.2.6 says.

Lines end at LF, CR or CRLF and nowhere else: U+2028, U+2029, NEL, VT and FF are data. Input may be cut anywhere,
inside a character as well. Two departures from the standard are on purpose, both because real servers do so: an event
that the end of the stream finds without its blank line is delivered, and so is a bare JSON object where an event should
be, as data: that is how some servers (Gemini, Ollama) report an error in the middle of a stream.
"""

from __future__ import annotations

from massgen.errors import WireError

MAX_EVENT_BYTES = 64 * 1024 * 1024  # an image in one event is tens of megabytes; more is a runaway server

_BOM = b"\xef\xbb\xbf"
_CR = 0x0D

Frame = tuple[str, bytes]
"""`(event name or "", data)`. Several data lines are joined by LF; comments and other fields are gone."""


class SSEFramer:
    """Bytes in, frames out. `feed` in any pieces, then `close` once."""

    __slots__ = ("_bare", "_data", "_event", "_held", "_limit", "_size", "_skip_lf", "_started")

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._held = bytearray()  # the bytes of the line that is not complete yet
        self._event = ""  # the fields of the event that is not complete yet
        self._data: list[bytes] = []
        self._bare: list[bytes] = []  # lines of a JSON object that stands where an event should
        self._size = 0  # bytes in `_data` and `_bare`
        self._skip_lf = False  # the last line ended at a CR, which may be half of a CRLF
        self._started = False  # the place of a byte order mark is behind us
        self._limit = max_event_bytes

    def feed(self, data: bytes) -> list[Frame]:
        """Frames completed by `data`. Raises `WireError` when one event outgrows the limit."""
        if self._started and not (self._held or self._data or self._event or self._bare or self._skip_lf):
            frame = _one_event(data)
            if frame is not None and len(data) <= self._limit:
                return [frame]
        if not self._started:
            data = self._without_bom(data)
        if self._skip_lf and data:
            self._skip_lf = False
            data = data.removeprefix(b"\n")
        lines = data.split(b"\n")
        if _CR in data:
            self._skip_lf = data[-1] == _CR
            lines = _cut_at_cr(lines)
        if len(lines) == 1:
            self._held += data
            self._bound()
            return []
        if self._held:
            self._held += lines[0]
            lines[0] = bytes(self._held)
        self._held[:] = lines.pop()
        frames = self._take(lines)
        self._bound()
        return frames

    def close(self) -> list[Frame]:
        """The last frame, if the stream ended without its blank line."""
        lines = [bytes(self._held), b""] if self._held else [b""]
        self._held.clear()
        return self._take(lines)

    def _without_bom(self, data: bytes) -> bytes:
        head = bytes(self._held) + data
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._held[:] = head
            return b""
        self._held.clear()
        self._started = True
        return head.removeprefix(_BOM)

    def _take(self, lines: list[bytes]) -> list[Frame]:
        """Read whole lines; a blank one completes an event that has data."""
        frames: list[Frame] = []
        for line in lines:
            if line[:6] == b"data: ":
                self._data.append(line[6:])
                self._size += len(line)
            elif line:
                self._field(line)
            else:
                data = self._data or self._bare
                if data:
                    frames.append((self._event, data[0] if len(data) == 1 else b"\n".join(data)))
                    self._data, self._bare, self._size = [], [], 0
                self._event = ""
        return frames

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"data":
            self._data.append(value)
            self._size += len(line)
        elif self._bare or (not self._data and line.lstrip()[:1] == b"{"):
            self._bare.append(line)
            self._size += len(line)

    def _bound(self) -> None:
        if self._size + len(self._held) > self._limit:
            raise WireError(f"one event is larger than {self._limit} bytes")


def _one_event(data: bytes) -> Frame | None:
    """The frame, where `data` is exactly one event in its plainest form: what nearly every read of a live stream is."""
    line_end, size = data.find(b"\n"), len(data)
    if data[:6] == b"data: ":
        if line_end == size - 2 and data[-1:] == b"\n" and _CR not in data:
            return "", data[6:line_end]
        if line_end == size - 3 and data[-4:] == b"\r\n\r\n" and data.find(b"\r") == size - 4:
            return "", data[6 : size - 4]
        return None
    named = data[:7] == b"event: " and data[line_end + 1 : line_end + 7] == b"data: "
    if named and data.find(b"\n", line_end + 1) == size - 2 and data[-1:] == b"\n" and _CR not in data:
        return data[7:line_end].decode("utf-8", "replace"), data[line_end + 7 : size - 2]
    return None


def _cut_at_cr(lines: list[bytes]) -> list[bytes]:
    """Lines that were cut at LF, cut at CR and CRLF as well; the last one has no end yet."""
    cut: list[bytes] = []
    last = lines.pop()
    for line in lines:
        line = line.removesuffix(b"\r")
        if _CR in line:
            cut += line.split(b"\r")
        else:
            cut.append(line)
    return cut + last.split(b"\r")
