"""Bytes out, bytes in: one shared HTTP client per backend and event loop.

httpx2 is imported at the first request, so that importing the package stays cheap. The TLS context is built once a
process: building one costs 25 ms, five times a whole short answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from massgen.errors import TransportError
from massgen.transport.turns import turn

if TYPE_CHECKING:
    import ssl

    import httpx2


_WITHOUT_BODY = frozenset({204, 304})


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


@lru_cache(64)
def _parsed(url: str) -> httpx2.URL:
    import httpx2

    return httpx2.URL(url)


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
            await turn().wait()
            client = self._given or self._client()
            response = await client.send(self._built(client, request), stream=True)
            body = self._body(response)
            yield HTTPResponse(response.status_code, response.headers, body)
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

    def _built(self, client: Any, request: HTTPRequest) -> httpx2.Request:
        """The request in httpx2's form. Of our own client there are no settings to merge but its timeouts."""
        if self._own is None or client is not self._own:
            built: httpx2.Request = client.build_request(
                "POST", request.url, headers=request.headers, content=request.body
            )
            return built
        import httpx2

        timeout = {"timeout": self._own.timeout.as_dict()}
        url = _parsed(request.url)
        return httpx2.Request("POST", url, headers=request.headers, content=request.body, extensions=timeout)

    def _body(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        """The decoded body. A chunked one of our own client is read past h11, which costs several times as much."""
        headers = response.headers
        if headers.get("content-encoding", "identity") != "identity":
            return aiter(response.aiter_bytes())
        chunked = headers.get("transfer-encoding", "").strip().lower() == "chunked"
        if chunked and self._given is None and response.status_code not in _WITHOUT_BODY:
            from massgen.transport.connection import claimed_body

            connection = response.extensions.get("network_stream")
            if (claimed := claimed_body(connection, response.stream, self.timeouts.idle)) is not None:
                return claimed
        # The raw stream costs two generators less per chunk than `aiter_raw`.
        return aiter(cast("AsyncIterable[bytes]", response.stream))

    def _client(self) -> httpx2.AsyncClient:
        """The client of the running loop; one that belongs to a loop that is gone is dropped with its connections."""
        loop = asyncio.get_running_loop()
        if self._own is None or self._loop is not loop:
            self._own, self._loop = _new_client(self.timeouts), loop
        return self._own

    async def aclose(self) -> None:
        """Close the connections. The transport may be used again; it then opens others."""
        client, self._own = self._own, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()


def _new_client(timeouts: Timeouts) -> httpx2.AsyncClient:
    """A client on our network backend, its proxies included."""
    import httpx2

    from massgen.transport.network import NetworkBackend

    timeout = httpx2.Timeout(connect=timeouts.connect, read=timeouts.idle, write=timeouts.idle, pool=None)
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
    client = httpx2.AsyncClient(verify=tls_context(), timeout=timeout, limits=limits)
    # httpx2 takes no network backend, its pools do. Were the names to change, its own backend would stay.
    backend = NetworkBackend()
    for transport in (getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()):
        pool: Any = getattr(transport, "_pool", None)
        if hasattr(pool, "_network_backend"):
            pool._network_backend = backend
    return client


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
    if names & {"TransportError", "DecodingError", "StreamError", "NetworkError", "ProtocolError"} or isinstance(
        error, OSError
    ):
        reason = str(error) or type(error).__name__
        if answered:
            return TransportError("incomplete", f"the connection to {host} broke inside the answer: {reason}")
        return TransportError("connection", f"no connection to {host}: {reason}")
    if "InvalidURL" in names or "UnsupportedProtocol" in names:
        return TransportError("connection", f"base_url is not a usable address: {error}")
    return None
