"""Server-sent events from bytes. https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

A line ends at LF, CR or CRLF and nowhere else; text is decoded per line, so no character is ever cut. Beside the
standard, a bare JSON object where an event should be is data: so Gemini reports an error.
"""

from __future__ import annotations

BOM = b"\xef\xbb\xbf"


class Framer:
    """`feed` bytes in any pieces and get the data of the events that they complete; `close` gives the last one."""

    def __init__(self) -> None:
        self._line = bytearray()  # the line that is not over yet
        self._data: list[bytes] = []
        self._after_cr = False
        self._first = True
        self._bare = False

    def feed(self, received: bytes) -> list[str]:
        events = []
        for piece in received.splitlines(keepends=True):  # on bytes: LF, CR and CRLF only
            if self._after_cr and piece == b"\n":
                self._after_cr = False
                continue
            self._after_cr = False
            self._line += piece
            if piece.endswith((b"\n", b"\r")):
                self._after_cr = piece.endswith(b"\r")
                events += self._end_of_line()
        return events

    def close(self) -> list[str]:
        events = self._end_of_line() if self._line else []
        return events + self._dispatch()

    def _end_of_line(self) -> list[str]:
        line = bytes(self._line).rstrip(b"\r\n")
        self._line.clear()
        if self._first:
            self._first, line = False, line.removeprefix(BOM)
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        elif self._bare or (not self._data and line.lstrip().startswith(b"{")):
            self._bare = True
            self._data.append(line)
        return []

    def _dispatch(self) -> list[str]:
        if not self._data:
            return []
        event = b"\n".join(self._data).decode("utf-8", "replace")
        self._data.clear()
        self._bare = False
        return [event]
