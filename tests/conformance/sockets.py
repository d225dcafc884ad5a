"""A bare HTTP client, for what a library would hide."""

from __future__ import annotations

import asyncio


class Client:
    """A bare socket client: what is asserted here is what is on the wire, not what a library makes of it."""

    def __init__(self, base_url: str) -> None:
        address, _, self.path = base_url.removeprefix("http://").partition("/")
        self.host, _, self.port = address.partition(":")

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection(self.host, int(self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            pass

    def ask(self, body: bytes = b"{}", path: str = "/v1/chat", headers: str = "") -> None:
        head = f"POST /{self.path}{path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)

    async def head(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def chunks(self) -> list[bytes]:
        """HTTP chunks up to the last one."""
        found: list[bytes] = []
        while chunk := await self.chunk():
            found.append(chunk)
        return found

    async def chunk(self) -> bytes:
        size = int(await self.reader.readline(), 16)
        data = await self.reader.readexactly(size)
        assert await self.reader.readexactly(2) == b"\r\n"
        return data
