"""A stream of JSON objects cut out of bytes: the elements of one array, or objects one after another.

Only whole objects come out, each as its own bytes; whether they are valid JSON inside is for who decodes them. The work
is linear in the bytes however they are cut, and one object is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from massgen.errors import WireError
from massgen.wire.sse import MAX_EVENT_BYTES

_OUTSIDE = re.compile(rb'["{}]')  # what matters outside of a string
_INSIDE = re.compile(rb'["\\]')  # and inside one
_BETWEEN = b" \t\r\n,[]"


class ObjectSplitter:
    """Bytes in, objects out. `open` says whether the bytes so far end inside an object."""

    __slots__ = ("_depth", "_held", "_in_string", "_limit", "_scanned")

    def __init__(self, max_object_bytes: int = MAX_EVENT_BYTES) -> None:
        self._held = bytearray()  # the bytes since the last whole object
        self._scanned = 0  # how much of `_held` is behind us
        self._depth = 0
        self._in_string = False
        self._limit = max_object_bytes

    @property
    def open(self) -> bool:
        return self._depth > 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The objects that `data` completes, to be taken to the end.

        Raises `WireError` for anything else between them and over the limit, after the objects that came before it.
        """
        self._held += data
        while self._step():
            if not self._depth:
                whole = bytes(self._held[: self._scanned])
                del self._held[: self._scanned]
                self._scanned = 0
                yield whole
        if not self._depth:
            self._drop_separators()
        if len(self._held) > self._limit:
            raise WireError(f"one JSON object is larger than {self._limit} bytes")

    def _step(self) -> bool:
        """Go to the next closing brace; False when the bytes end before one."""
        held = self._held
        while match := (_INSIDE if self._in_string else _OUTSIDE).search(held, self._scanned):
            found = held[match.start()]
            if found == 0x5C:  # a backslash takes the next byte with it
                if match.end() == len(held):
                    self._scanned = match.start()
                    return False
                self._scanned = match.end() + 1
                continue
            self._scanned = match.end()
            if found == 0x22:
                self._in_string = not self._in_string
            elif found == 0x7B:
                self._enter(match.start())
            elif self._depth:
                self._depth -= 1
                return True
            if not self._depth:
                raise WireError("a JSON value that is not an object, where only objects belong")
        self._scanned = len(held)
        return False

    def _enter(self, start: int) -> None:
        self._depth += 1
        if self._depth == 1:
            if self._held[:start].strip(_BETWEEN):
                raise WireError(f"{bytes(self._held[:start][:40])!r} between JSON objects")
            del self._held[:start]
            self._scanned = 1

    def _drop_separators(self) -> None:
        """Between objects nothing needs to be kept."""
        if self._held.strip(_BETWEEN):
            raise WireError(f"{bytes(self._held[:40])!r} between JSON objects")
        self._held.clear()
        self._scanned = 0
