"""Cassettes of WebSockets: the handshake, and every message with its sender and its time.

One `<scenario>.websocket.yaml` holds the connections of a scenario:

    kind: websocket
    connections:
    - uri: ws://synthetic.invalid/llm
      headers: {user-agent: probe/1}
      answer: {content-type: text/plain}
      messages:
      - [client, 0.002, '{"authVersion":1}']
      - [server, 0.003, '{"success":true}']
      ended: [client, 0.2, 1000, '']

A message is its sender, the seconds after the handshake was asked for, and its text, or `!!binary` for bytes. `ended`
is who ended the connection, when, and with which code and reason; the code 1006 means that it broke off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from massgen_conformance.cassette.marked import Part, document, written
from massgen_conformance.cassette.match import Normaliser, differences
from massgen_conformance.cassette.scrub import Scrubber
from massgen_conformance.cassette.store import Headers, Request, Response
from massgen_conformance.plan import Close, Ending, Frame, Respond, Said, Talk
from massgen_conformance.trace import Received

ENDING: Final = ".websocket.yaml"
CLIENT: Final = "client"
SERVER: Final = "server"
BROKEN_OFF: Final = 1006

PLAIN: Final = Normaliser("canonical-json/1 without identifiers", frozenset({"clientIdentifier", "clientPasskey"}))
"""What does not count when messages are compared: LM Studio's clients make up who they are for each connection."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, whole, whatever frames it came in."""

    sender: str
    at: float
    data: str | bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended."""

    by: str
    at: float
    code: int = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """One WebSocket. Header names are in lower case; those of the handshake itself are left out."""

    uri: str
    headers: Headers
    answer: Headers
    messages: tuple[Message, ...]
    ended: Ended

    def of(self, sender: str) -> tuple[str | bytes, ...]:
        """What one side said."""
        return tuple(message.data for message in self.messages if message.sender == sender)


@dataclass(frozen=True, slots=True)
class WebSockets:
    """The connections of one scenario, in the order in which they were asked for."""

    connections: tuple[Connection, ...]


def dumps(cassette: WebSockets) -> str:
    """The file's text."""
    return written({"kind": "websocket", "connections": [_as_value(each) for each in cassette.connections]})


def _as_value(connection: Connection) -> dict[str, Any]:
    ended = connection.ended
    return {
        "uri": connection.uri,
        "headers": dict(connection.headers),
        "answer": dict(connection.answer),
        "messages": [[message.sender, message.at, message.data] for message in connection.messages],
        "ended": [ended.by, ended.at, ended.code, ended.reason],
    }


def loads(text: str, where: str = "cassette") -> WebSockets:
    """Parse a cassette. Raises `UnreadableCassette` with the file, the line and what belongs there."""
    whole = document(text, where, "websocket").fields(("kind", "connections"))
    return WebSockets(tuple(_connection(part) for part in whole["connections"].items()))


def _connection(part: Part) -> Connection:
    fields = part.fields(("uri", "headers", "answer", "messages", "ended"))
    by, at, code, reason = fields["ended"].items(4)
    uri = fields["uri"].text()
    if urlsplit(uri).scheme not in ("ws", "wss"):
        raise fields["uri"].wrong("an address such as ws://host/path")
    return Connection(
        uri,
        tuple((name, value.text()) for name, value in fields["headers"].entries().items()),
        tuple((name, value.text()) for name, value in fields["answer"].entries().items()),
        tuple(_message(item) for item in fields["messages"].items()),
        Ended(by.word(CLIENT, SERVER), at.seconds(), code.integer(), reason.text()),
    )


def _message(part: Part) -> Message:
    sender, at, data = part.items(3)
    return Message(sender.word(CLIENT, SERVER), at.seconds(), data.data())


def scrubbed(cassette: WebSockets, scrubber: Scrubber) -> WebSockets:
    """The cassette without secrets: headers through the allow lists, and every message."""
    return WebSockets(tuple(_scrubbed(each, scrubber) for each in cassette.connections))


def _scrubbed(connection: Connection, scrubber: Scrubber) -> Connection:
    asked = scrubber.request(Request("GET", connection.uri, connection.headers))
    answered, _ = scrubber.response(Response(101, connection.answer))
    messages = tuple(replace(message, data=_clean(message.data, scrubber)) for message in connection.messages)
    ended = replace(connection.ended, reason=scrubber.text(connection.ended.reason))
    return Connection(asked.uri, asked.headers, answered.headers, messages, ended)


def _clean(data: str | bytes, scrubber: Scrubber) -> str | bytes:
    return scrubber.text(data) if isinstance(data, str) else scrubber.data(data)[0]


def places(cassette: WebSockets) -> Iterator[tuple[str, bytes]]:
    """Everything that could hold a secret, with its place."""
    for number, each in enumerate(cassette.connections):
        yield f"connection {number} address", each.uri.encode()
        for name, value in (*each.headers, *each.answer):
            yield f"connection {number} header {name}", value.encode()
        for sender in (CLIENT, SERVER):
            said = (data.encode() if isinstance(data, str) else data for data in each.of(sender))
            yield f"connection {number} {sender}", b"".join(said)


def talk(connection: Connection, *, paced: bool = False) -> Talk:
    """The server's side: what it said before the first message of the client, and after each of them."""
    groups: list[list[Said]] = [[]]
    moments = [0.0, *(message.at for message in connection.messages), connection.ended.at]
    waits = [max(0.0, after - before) if paced else 0.0 for before, after in pairwise(moments)]
    for message, wait in zip(connection.messages, waits, strict=False):
        if message.sender == CLIENT:
            groups.append([])
        else:
            groups[-1].append(Frame(message.data, wait))
    said = sum(map(len, groups))
    by_server = connection.ended.by == SERVER
    if by_server and connection.ended.code != BROKEN_OFF:
        groups[-1].append(Close(connection.ended.code, connection.ended.reason, waits[-1]))
    answers = groups[1:]
    broken = by_server and connection.ended.code == BROKEN_OFF
    if broken:
        groups[-1].append(Frame(""))  # never said: the connection ends in its place
    return Talk(
        tuple(groups[0]),
        lambda number, _message: answers[number] if number < len(answers) else (),
        connection.answer,
        stop_at=said if broken else None,
        ending=Ending.CLEAN_EOF,
    )


def respond(cassette: WebSockets, *, otherwise: Respond | None = None, paced: bool = False) -> Respond:
    """Each recorded connection for the next handshake that asks for its path; other requests go to `otherwise`.

    The path of the base URL does not count: the end of the one path must be the other.
    """
    left = list(cassette.connections)

    def answer(number: int, received: Received) -> Any:
        path = urlsplit(received.target).path
        if received.header("upgrade") is not None:
            for position, connection in enumerate(left):
                recorded = urlsplit(connection.uri).path
                if recorded.endswith(path) or path.endswith(recorded):
                    return talk(left.pop(position), paced=paced)
        return otherwise(number, received) if otherwise else None

    return answer


def drift(said: tuple[str | bytes, ...], connection: Connection, normaliser: Normaliser = PLAIN) -> list[str]:
    """How the messages that a client sends now differ from the recorded ones, one line each."""
    recorded = connection.of(CLIENT)
    counted = f"{len(recorded)} messages were recorded, {len(said)} were sent now"
    lines = [counted] if len(said) != len(recorded) else []
    for number, (now, then) in enumerate(zip(said, recorded, strict=False)):
        pair = [Request("MESSAGE", "/", (), data.encode() if isinstance(data, str) else data) for data in (now, then)]
        lines += [f"message {number} {line}" for line in differences(pair[0], pair[1], normaliser)]
    return lines
