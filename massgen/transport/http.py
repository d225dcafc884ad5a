"""Bytes out, bytes in: one shared HTTP client per backend and event loop.

httpx2 is imported at the first request, so that importing the package stays cheap. The TLS context is built once a
process: building one costs 25 ms, five times a whole short answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from massgen.errors import TransportError

if TYPE_CHECKING:
    import ssl

    import httpx2


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds. `idle` limits the silence between two reads; `total` the whole answer, however lively it is."""

    connect: float = 10.0
    idle: float = 180.0
    total: float = 3600.0


class HTTPRequest(msgspec.Struct, frozen=True):
    """One POST of a JSON body."""

    url: str
    headers: dict[str, str]
    body: bytes


class HTTPResponse(msgspec.Struct, frozen=True):
    """Status, headers under lower-case names, and the body as it arrives."""

    status: int
    headers: Mapping[str, str]
    body: AsyncIterator[bytes]

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case; "" where there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def read(self, limit: int = 1 << 20) -> bytes:
        """The first `limit` bytes of the body: enough of any error page."""
        pieces, size = [], 0
        async for data in self.body:
            pieces.append(data)
            size += len(data)
            if size >= limit:
                break
        return b"".join(pieces)[:limit]


@cache
def tls_context() -> ssl.SSLContext:
    """The process's TLS context, from the system's trust store."""
    import httpx2

    return httpx2.create_ssl_context()


class HTTPTransport:
    """Sends requests and streams answers. Everything that the network does wrong is a `TransportError`.

    `client` may be a caller's own client with the interface of `httpx2.AsyncClient` (a legacy `httpx.AsyncClient` is
    one); it is used as it is and never closed here.
    """

    def __init__(self, timeouts: Timeouts | None = None, client: Any = None) -> None:
        self.timeouts = timeouts or Timeouts()
        self._given = client
        self._own: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def stream(self, request: HTTPRequest) -> AsyncIterator[HTTPResponse]:
        """Send `request`; leaving the block closes the answer's connection, read to its end or not.

        Raises `TransportError` also for what goes wrong while the body is read inside the block.
        """
        response = body = None
        try:
            client = self._given or self._client()
            built = client.build_request("POST", request.url, headers=request.headers, content=request.body)
            response = await client.send(built, stream=True)
            headers = response.headers
            encoded = headers.get("content-encoding", "identity") != "identity"
            # The raw stream costs two generators less per chunk than `aiter_raw`.
            pieces = cast("AsyncIterable[bytes]", response.aiter_bytes() if encoded else response.stream)
            body = aiter(pieces)
            yield HTTPResponse(response.status_code, headers, body)
        except Exception as error:
            failure = as_transport_error(error, request.url, answered=response is not None)
            if failure is None:
                raise
            raise failure from error
        finally:
            if isinstance(body, AsyncGenerator):
                await body.aclose()
            if response is not None:
                await response.aclose()

    def _client(self) -> httpx2.AsyncClient:
        """The client of the running loop; one that belongs to a loop that is gone is dropped with its connections."""
        loop = asyncio.get_running_loop()
        if self._own is None or self._loop is not loop:
            import httpx2

            timeout = httpx2.Timeout(
                connect=self.timeouts.connect, read=self.timeouts.idle, write=self.timeouts.idle, pool=None
            )
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
            self._own = httpx2.AsyncClient(verify=tls_context(), timeout=timeout, limits=limits)
            self._loop = loop
        return self._own

    async def aclose(self) -> None:
        """Close the connections. The transport may be used again; it then opens others."""
        client, self._own = self._own, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()


# Names in the classes of httpx2 and httpx, which share a hierarchy but no base class.
_TIMEOUTS = {
    "ConnectTimeout": "no connection within the connect timeout",
    "ReadTimeout": "no byte arrived within the idle timeout",
    "WriteTimeout": "the request could not be sent within the idle timeout",
    "PoolTimeout": "no free connection in the pool",
}


def as_transport_error(error: Exception, url: str, *, answered: bool) -> TransportError | None:
    """What `error` means for a caller, or None where it is not the network's doing.

    `answered` tells a connection that broke inside the answer (`incomplete`) from one that never gave an answer.
    """
    host = (url.split("/", 3)[2] if "//" in url else url).rpartition("@")[2]  # without user and password
    names = {cls.__name__ for cls in type(error).__mro__}
    for name, meaning in _TIMEOUTS.items():
        if name in names:
            return TransportError("timeout", f"{meaning} ({host})")
    if names & {"TransportError", "DecodingError", "StreamError"} or isinstance(error, OSError):
        reason = str(error) or type(error).__name__
        if answered:
            return TransportError("incomplete", f"the connection to {host} broke inside the answer: {reason}")
        return TransportError("connection", f"no connection to {host}: {reason}")
    if "InvalidURL" in names or "UnsupportedProtocol" in names:
        return TransportError("connection", f"base_url is not a usable address: {error}")
    return None
