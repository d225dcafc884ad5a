"""Exchanges to test with: values, no bytes of anybody's recording."""

from __future__ import annotations

import json

from massgen_conformance.cassette.store import Cassette, Interaction, Request, Response

KEY = "sk-canary-7f3a91c2e8b4d6f0/Zq"
CANNED = b'data: {"choices":[{"delta":{"content":"Gr\xc3\xbc\xc3\x9fe \xf0\x9f\x9a\x80"}}]}\n\ndata: [DONE]\n\n'


def interaction(
    body: bytes = CANNED,
    *,
    request: object = None,
    request_headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),),
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/event-stream"),),
    uri: str = "https://api.example.com/v1/chat/completions",
    status: int = 200,
) -> Interaction:
    sent = {"model": "m", "stream": True} if request is None else request
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return Interaction(Request("POST", uri, request_headers, data), Response(status, headers, body, "OK"))


def cassette(*interactions: Interaction) -> Cassette:
    return Cassette(interactions or (interaction(),))
