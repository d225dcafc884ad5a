"""Newline-delimited JSON: one object a line. https://github.com/ndjson/ndjson-spec

Lines end at LF and nowhere else; the CR of a CRLF is white space to JSON. Blank lines are passed over, and the last
line counts without its line end as well.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import StreamChunk
from massgen.errors import WireError
from massgen.wire.decoder import Decoder, is_filler, without_half_pairs
from massgen.wire.sse import MAX_EVENT_BYTES

_BOM = b"\xef\xbb\xbf"


class LineFramer:
    """Bytes in, lines out, in any pieces. `feed` raises `WireError` when one line outgrows the limit."""

    __slots__ = ("_held", "_limit", "_size")

    def __init__(self, max_line_bytes: int = MAX_EVENT_BYTES) -> None:
        self._held: list[bytes] = []  # the pieces of the line that has no end yet
        self._size = 0
        self._limit = max_line_bytes

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` ends, without their line ends."""
        lines = data.split(b"\n")
        last = lines.pop()
        if lines and self._held:
            lines[0] = b"".join((*self._held, lines[0]))
            self._held, self._size = [], 0
        if last:
            self._held.append(last)
            self._size += len(last)
            if self._size > self._limit:
                raise WireError(f"one line is larger than {self._limit} bytes")
        return lines

    def close(self) -> list[bytes]:
        """The line that the end of the stream found without its line end."""
        last = b"".join(self._held)
        self._held, self._size = [], 0
        return [last] if last else []


class NDJSONDecoder(Decoder):
    """A decoder whose wire is one JSON object a line."""

    def __init__(self, provider: str, ids: CallIds | None = None) -> None:
        super().__init__(provider, ids)
        self._framer = LineFramer()
        self._first = True  # the place of a byte order mark is still ahead

    def _decode(self, data: bytes, out: list[StreamChunk]) -> None:
        self._read(self._framer.feed(data), out)

    def _flush(self, out: list[StreamChunk]) -> None:
        self._read(self._framer.close(), out)

    def _read(self, lines: Iterable[bytes], out: list[StreamChunk]) -> None:
        for line in lines:
            if self._first:
                self._first, line = False, line.removeprefix(_BOM)
            if is_filler(line):
                continue
            try:
                self._line(line, out)
            except msgspec.DecodeError:
                mended = without_half_pairs(line)
                if mended == line:
                    raise
                self._line(mended, out)
            if self.finished or self.failure is not None:
                return

    @abstractmethod
    def _line(self, line: bytes, out: list[StreamChunk]) -> None:
        """One object of the wire."""
