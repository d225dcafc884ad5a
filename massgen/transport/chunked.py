"""HTTP/1.1's chunked transfer coding, RFC 9112 section 7.1. Bytes in, bytes out, no I/O.

A provider sends every event as a chunk of its own. What one read brought comes out as one piece here; h11 makes objects
of each chunk, which costs more than all the rest of a streamed answer.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?")
_LONGEST_SIZE_LINE = 16 * 1024  # a size and its extensions
_CRLF = b"\r\n"


class ChunkError(Exception):
    """Bytes that are not the coding."""


class ChunkedBody:
    """`feed` in any pieces until `ended`; `rest` is then what has not been read, from the line of the last chunk on."""

    __slots__ = ("_held", "_left", "ended", "rest")

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""
        self._held = b""  # the beginning of a line
        self._left = 0  # bytes to come of the open chunk and the line end after it: 0, or 2 and more

    def feed(self, data: bytes) -> bytes:
        """The content in `data`. Raises `ChunkError`."""
        if self._held:
            data, self._held = self._held + data, b""
        pieces: list[bytes] = []
        at, left, size = 0, self._left, len(data)
        while True:
            end = at + left
            if end > size:
                at, left = _part(data, at, left, pieces)
                break
            if left:
                if data[end - 2 : end] != _CRLF:
                    raise ChunkError("a chunk is longer than its size says")
                pieces.append(data[at : end - 2])
                at, left = end, 0
            line_end = data.find(_CRLF, at)
            if line_end < 0:
                break
            left = _chunk_size(data[at:line_end])
            if not left:
                self.ended, self.rest = True, data[at:]
                return b"".join(pieces)
            at, left = line_end + 2, left + 2
        self._held, self._left = data[at:], left
        if len(self._held) > _LONGEST_SIZE_LINE:
            raise ChunkError("the size of a chunk has no end")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _part(data: bytes, at: int, left: int, pieces: list[bytes]) -> tuple[int, int]:
    """Take what has come of an open chunk; half of its line end stays. `(place, bytes to come)` after that."""
    taken = min(left - 2, len(data) - at)
    pieces.append(data[at : at + taken])
    return at + taken, left - taken


@lru_cache(4096)
def _chunk_size(line: bytes) -> int:
    found = _SIZE_LINE.fullmatch(line)
    if found is None:
        raise ChunkError(f"not the size of a chunk: {line[:40]!r}")
    return int(found[1], 16)
