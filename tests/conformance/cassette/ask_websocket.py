"""A client of nobody's, started by tests: says one thing over a WebSocket and waits for the END."""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.client import connect


async def ask(address: str, text: str) -> None:
    async with connect(f"ws://{address}/talk", proxy=None, compression=None) as server:
        await server.send(text)
        while await server.recv() != "END":
            pass


if __name__ == "__main__":
    asyncio.run(ask(*sys.argv[1:]))
