"""HTTP/1.1 as the player needs it: requests out of bytes, response heads into bytes. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

HEAD_LIMIT = 1 << 20  # bytes of request line and headers


class BadRequest(ValueError):
    """What came is not an HTTP/1.1 request; the connection cannot go on."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was sent; header names in lower case, in order."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def closes(self) -> bool:
        """Whether the client asked for the connection to be closed after the answer."""
        return any(name == "connection" and value.lower() == "close" for name, value in self.headers)


_TLS_HANDSHAKE = b"\x16\x03"  # a record of type handshake, RFC 8446 section 5.1


class RequestParser:
    """Cuts a byte stream into requests: `feed` returns those that became whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: tuple[str, str, tuple[tuple[str, str], ...]] | None = None
        self.wants_continue = False  # the client waits for `100 Continue` before it sends the body

    def feed(self, data: bytes) -> Iterator[Request]:
        """The requests that `data` completes. `BadRequest` when it is no HTTP."""
        self._buffer += data
        while self._head or self._take_head():
            body = self._take_body()
            if body is None or self._head is None:
                return
            method, target, headers = self._head
            self._head = None
            yield Request(method, target, headers, body)

    def _take_head(self) -> bool:
        if self._buffer.startswith(_TLS_HANDSHAKE):
            raise BadRequest("a TLS handshake, on a port that speaks plain HTTP")
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise BadRequest(f"no end of the headers within {HEAD_LIMIT} bytes")
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        words = lines[0].split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise BadRequest(f"not a request line: {lines[0][:80]!r}")
        headers = tuple(
            (name.strip().lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines[1:])
        )
        self.wants_continue = ("expect", "100-continue") in headers
        self._head = (words[0], words[1], headers)
        return True

    def _take_body(self) -> bytes | None:
        headers = dict(self._head[2]) if self._head else {}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._take_chunked()
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            raise BadRequest(f"content-length is not a number: {length[:20]!r}")
        if len(self._buffer) < int(length):
            return None
        body = bytes(self._buffer[: int(length)])
        del self._buffer[: int(length)]
        return body

    def _take_chunked(self) -> bytes | None:
        position, pieces = 0, []
        while True:
            line_end = self._buffer.find(b"\r\n", position)
            if line_end < 0:
                return None
            size = _chunk_size(bytes(self._buffer[position:line_end]))
            position = line_end + 2
            if len(self._buffer) < position + size + 2:
                return None
            pieces.append(bytes(self._buffer[position : position + size]))
            position += size + 2
            if not size:
                del self._buffer[:position]
                return b"".join(pieces)


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError:
        raise BadRequest(f"not a chunk size: {line[:20]!r}") from None


def response_head(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Status line and headers, with the empty line that ends them."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unassigned"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def as_chunk(piece: bytes) -> bytes:
    """One HTTP chunk; the empty one ends the body."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)
