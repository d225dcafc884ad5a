"""Ways in which an answer may travel, beside those of the driver: functions of a reply, named for the ids of items.

`unterminated` must not change what a backend yields; all others must end in an error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from massgen_conformance.driver import Delivery
from massgen_conformance.plan import Ending, Refusal, Reply

HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def unterminated(reply: Reply) -> Reply:
    """The last event without the blank line that ends it, then a proper end of the body."""
    end = len(reply.body.rstrip(b"\r\n"))
    return replace(reply, stop_at=end, ending=Ending.CLEAN_EOF)


def status(code: int, body: bytes = b"", *headers: tuple[str, str]) -> Delivery:
    """An HTTP error in place of the stream."""
    return lambda reply: Reply((body,), code, (("content-type", "application/json"), *headers), sized=True)


def refused(reply: Reply) -> Refusal:
    return Refusal()


def cut(ending: Ending, share: float = 0.5) -> Delivery:
    """The body stops after this share of its bytes."""
    return lambda reply: replace(reply, stop_at=int(len(reply.body) * share), ending=ending)


def html(reply: Reply) -> Reply:
    """A proxy's page with status 200 where a stream should be."""
    return Reply((HTML,), 200, (("content-type", "text/html"),), sized=True)


def nothing(reply: Reply) -> Reply:
    """Status 200 and an empty body."""
    return replace(reply, events=())


FAILURES: Final[dict[str, Delivery]] = {
    "http-500": status(500, b'{"error": {"message": "internal", "type": "server_error"}}'),
    "refused": refused,
    "reset": cut(Ending.RESET),
    "eof": cut(Ending.CLEAN_EOF),
    "empty-body": nothing,
    "html": html,
}
"""Deliveries that cannot be taken for an answer."""
