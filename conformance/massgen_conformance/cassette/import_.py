"""Recordings made by others: any vcrpy cassette (YAML, JSON, gzipped), and the JSON files of a recordings folder.

A recordings file holds one exchange: `protocol`, `provider`, `framing`, `request`, `response`. Its `data-lines-only`
framing kept just the JSON of each event; what the wire needs around it is put back: `data: `, blank lines, event names
where the protocol has them, and the final `[DONE]` of chat completions.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from massgen_conformance.cassette.errors import UnreadableCassette
from massgen_conformance.cassette.framing import SSE
from massgen_conformance.cassette.store import Cassette, Interaction, Request, Response, header, loads

JSON: TypeAlias = Any

UNRECORDED_ORIGIN = "http://unrecorded.invalid"

PATHS = {
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "anthropic-messages": "/v1/messages",
    "gemini-generate": "/v1beta/models/unrecorded:streamGenerateContent?alt=sse",
    "gemini-interactions": "/v1beta/interactions",
    "ollama-chat": "/api/chat",
}
"""Where a request of the protocol goes, for recordings that kept the answer only."""

CONTENT_TYPES = {
    "sse": SSE,
    "data-lines-only": SSE,
    "ndjson": "application/x-ndjson",
    "jsonl": "application/jsonl",
    "json": "application/json",
    "json-array": "application/json",
}


@dataclass(frozen=True, slots=True)
class Foreign:
    """An imported recording. `protocol` is the recordings folder's word, or guessed from the address, or ""."""

    cassette: Cassette
    protocol: str = ""
    provider: str = ""
    model: str = ""
    streaming: bool = True


def load(path: Path) -> Foreign:
    """Read any known kind of recording. Raises `UnreadableCassette` naming the file and what is wrong."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UnreadableCassette(f"cannot read {path}: {error}") from error
    value = _object(text)
    if value is not None and "interactions" not in value:
        return _exchange(value, str(path))
    return _of_vcrpy(loads(text, str(path)))


def _object(text: str) -> dict[str, JSON] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _of_vcrpy(cassette: Cassette) -> Foreign:
    if not cassette.interactions:
        return Foreign(cassette)
    first = cassette.interactions[0]
    sent = _object(first.request.body.decode("utf-8", "replace")) or {}
    kind = header(first.response.headers, "content-type") or ""
    model = sent.get("model")
    return Foreign(
        cassette,
        protocol=protocol_of(first.request.uri),
        model=model if isinstance(model, str) else "",
        streaming=kind.startswith(SSE) or "ndjson" in kind,
    )


def protocol_of(uri: str) -> str:
    """The protocol that an address belongs to, or ""."""
    path = uri.partition("?")[0]
    if ":streamGenerateContent" in path or ":generateContent" in path:
        return "gemini-generate"
    endings = {name: ending for name, ending in PATHS.items() if name != "gemini-generate"}
    return next((name for name, end in endings.items() if path.endswith(end.removeprefix("/v1"))), "")


def _exchange(value: dict[str, JSON], where: str) -> Foreign:
    try:
        protocol, framing = str(value["protocol"]), str(value["framing"])
        answer = _answer(value["response"], framing, protocol)
        request = _asked(value["request"], protocol)
        return Foreign(
            Cassette((Interaction(request, answer),)),
            protocol,
            str(value["provider"]),
            value.get("model") or "",
            bool(value["streaming"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableCassette(f"{where} is neither a vcrpy cassette nor a recorded exchange: {error!r}") from error


def _asked(request: dict[str, JSON], protocol: str) -> Request:
    body = request["body"]
    data = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    uri = request["uri"] or UNRECORDED_ORIGIN + PATHS.get(protocol, "/")
    if "://" not in uri:
        uri = f"{UNRECORDED_ORIGIN}/{uri.lstrip('/')}"
    return Request(request["method"], uri, tuple(request["headers"].items()), data)


def _answer(response: dict[str, JSON], framing: str, protocol: str) -> Response:
    if framing not in CONTENT_TYPES:
        raise KeyError(f"framing {framing!r}")
    body = response["body"]
    data = _rebuilt(body, protocol) if framing == "data-lines-only" else body.encode()
    headers = {"content-type": CONTENT_TYPES[framing], **response["headers"]}
    return Response(response["status"] or 200, tuple(headers.items()), data)


def _rebuilt(lines: str, protocol: str) -> bytes:
    """The stream that carried these events, one JSON text a line."""
    named = protocol in ("openai-responses", "anthropic-messages")
    end = "\r\n" if protocol == "gemini-generate" else "\n"
    pieces = [_event(line, named, end) for line in lines.split("\n") if line.strip()]
    if protocol == "openai-chat":
        pieces.append(f"data: [DONE]{end}{end}")
    return "".join(pieces).encode()


def _event(line: str, named: bool, end: str) -> str:
    name = (_object(line) or {}).get("type") if named else None
    return (f"event: {name}{end}" if name else "") + f"data: {line}{end}{end}"
