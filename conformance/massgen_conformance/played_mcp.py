"""What a played MCP server over stdio does: `mcp_stdio` writes this file out as an executable, with a call of `serve`.

Each line of its input is a message: it is taken to the player, and what comes back is put out as it comes, a message a
line. An answer that does not come, or is no message, ends the process, and the end of the input does.
https://modelcontextprotocol.io/specification/2025-06-18/basic/transports
"""

from __future__ import annotations

import http.client
import os
import sys


def put_out(answer: http.client.HTTPResponse) -> None:
    """The messages of one answer, each on a line of its own."""
    if answer.getheader("content-type", "").startswith("text/event-stream"):
        for line in answer.read().split(b"\n"):
            if line.startswith(b"data: "):
                os.write(1, line[6:] + b"\n")
        return
    said = False
    while piece := answer.read1(65536):
        said = True
        while piece:
            piece = piece[os.write(1, piece) :]
    answer.read()  # an empty body must be read as well before the connection is used again
    if said:
        os.write(1, b"\n")


def serve(host: str, port: int, target: str) -> None:
    """The whole life of the server."""
    sys.stderr.write("the server is up\n")  # which a client must not take for a message
    sys.stderr.flush()
    player = http.client.HTTPConnection(host, port)
    headers = {"content-type": "application/json"}
    try:
        for message in sys.stdin.buffer:
            player.request("POST", target, message, headers)
            answer = player.getresponse()
            if session := answer.getheader("mcp-session-id"):
                headers["mcp-session-id"] = session
            if answer.status not in (200, 202):
                os._exit(1)
            put_out(answer)
    except (OSError, http.client.HTTPException):
        os._exit(1)
