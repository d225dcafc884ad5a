"""Cassettes of WebSockets: the handshake, and every message with its sender and its time.

One `<scenario>.websocket.yaml` holds the connections of a scenario:

    kind: websocket
    version: 1
    plain:
    - [/lmstudio-greeting, 200, application/json, '{"lmstudio":true}']
    connections:
    - uri: ws://synthetic.invalid/llm
      headers: {user-agent: probe/1}
      answer: {content-type: text/plain}
      messages:
      - [client, 0.002, '{"authVersion":1}']
      - [server, 0.003, '{"success":true}']
      ended: [client, 0.2, 1000, '']

A message is its sender, the seconds after the handshake was asked for, and its text, or `!!binary` for bytes. `ended`
is who ended the connection, when, and with which code and reason; the code 1006 means that it broke off. `plain`, where
there is any, is what plain requests to the same server were answered, such as a greeting before the handshake: address,
status, content type and body.
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
from massgen_conformance.plan import Close, Ending, Frame, Reply, Respond, Said, Talk
from massgen_conformance.trace import Received, WireLog

ENDING: Final = ".websocket.yaml"
CLIENT: Final = "client"
SERVER: Final = "server"
BROKEN_OFF: Final = 1006

PLAIN: Final = Normaliser(
    "canonical-json/1 without identifiers", frozenset({"clientIdentifier", "clientPasskey", "event_id"})
)
"""What does not count when messages are compared: who LM Studio's clients say they are, made up for each connection,
and the ids that clients of OpenAI's Realtime API give to messages."""


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
class Plain:
    """The answer to a plain GET; `target` is path and query."""

    target: str
    status: int
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class WebSockets:
    """The connections of one scenario, in the order in which they were asked for, and the plain answers, each once."""

    connections: tuple[Connection, ...]
    plain: tuple[Plain, ...] = ()


def dumps(cassette: WebSockets) -> str:
    """The file's text."""
    plain = [[each.target, each.status, each.content_type, each.body] for each in cassette.plain]
    connections = [_as_value(each) for each in cassette.connections]
    return written("websocket", {**({"plain": plain} if plain else {}), "connections": connections})


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
    whole = document(text, where, "websocket").fields(("kind", "version", "connections"), ("plain",))
    plain = whole["plain"].items() if "plain" in whole else []
    return WebSockets(
        tuple(_connection(part) for part in whole["connections"].items()), tuple(_plain(part) for part in plain)
    )


def _plain(part: Part) -> Plain:
    target, status, content_type, body = part.items(4)
    return Plain(target.text(), status.integer(), content_type.text(), body.text())


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
    plain = (replace(each, target=scrubber.uri(each.target), body=scrubber.text(each.body)) for each in cassette.plain)
    return WebSockets(tuple(_scrubbed(each, scrubber) for each in cassette.connections), tuple(plain))


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
    for answer in cassette.plain:
        yield f"the answer to {answer.target}", answer.body.encode()
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


def respond(cassette: WebSockets, *, paced: bool = False, every: int = 0) -> Respond:
    """Each recorded connection for the next handshake that asks for its path, and the plain answers.

    The path of the base URL does not count: the end of the one path must be the other. `every` is that of `Talk`.
    """
    left = list(cassette.connections)

    def answer(_number: int, received: Received) -> Reply | Talk | None:
        if received.header("upgrade") is not None:
            connection = _next(left, received)
            return replace(talk(connection, paced=paced), every=every) if connection else None
        for plain in cassette.plain:
            if _fits(received.target, plain.target):
                headers = (("content-type", plain.content_type),)
                return Reply((plain.body.encode(),), plain.status, headers, sized=True)
        return None

    return answer


def _next(left: list[Connection], received: Received) -> Connection | None:
    """The first of the connections that are left whose path is asked for, which is then no longer left."""
    found = next((each for each in left if _fits(received.target, each.uri)), None)
    if found is not None:
        left.remove(found)
    return found


def _fits(asked: str, recorded: str) -> bool:
    now, then = urlsplit(asked).path, urlsplit(recorded).path
    return then.endswith(now) or now.endswith(then)


def drifts(log: WireLog, cassette: WebSockets) -> list[str]:
    """How what a client said in an exchange that `respond` answered differs from the recording, one line each."""
    lines, left = [], list(cassette.connections)
    for number, received in enumerate(log.requests):
        connection = _next(left, received) if received.header("upgrade") is not None else None
        if connection is not None:
            said = tuple(message for _, asked, message in log.messages if asked == number)
            lines += [f"{received.target} {line}" for line in drift(said, connection)]
    return lines + [f"{urlsplit(each.uri).path} was recorded and is not opened now" for each in left]


def drift(said: tuple[str | bytes, ...], connection: Connection, normaliser: Normaliser = PLAIN) -> list[str]:
    """How the messages that a client sends now differ from the recorded ones, one line each."""
    recorded = connection.of(CLIENT)
    counted = f"{len(recorded)} messages were recorded, {len(said)} were sent now"
    lines = [counted] if len(said) != len(recorded) else []
    for number, (now, then) in enumerate(zip(said, recorded, strict=False)):
        pair = [Request("MESSAGE", "/", (), data.encode() if isinstance(data, str) else data) for data in (now, then)]
        lines += [f"message {number} {line}" for line in differences(pair[0], pair[1], normaliser)]
    return lines
