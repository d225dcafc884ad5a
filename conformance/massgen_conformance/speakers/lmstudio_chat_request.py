"""A request to LM Studio's `/api/v1/chat`, judged and read.

The tables are those of lmstudio.ai/docs/developer/rest/chat. Facts: there is one message of the user, and what was
said before is named by the id of an answer; assistant messages and tools of the caller have no place; no key is needed.
A real server passes unknown fields over, so that a misspelt one has no effect: here each is a problem.
"""

from __future__ import annotations

from massgen_conformance.speakers.base import JSON, NeutralRequest, SentMedia, SentMessage
from massgen_conformance.speakers.conversation import body_of, http_problems
from massgen_conformance.speakers.shape import (
    boolean,
    either,
    integer,
    listing,
    mapping,
    name,
    number,
    one_of,
    record,
    tagged,
    text,
)
from massgen_conformance.trace import Received

_KIND = one_of("message", "text", "image")


def _url(value: JSON, place: str) -> list[str]:
    found = name(value, place)
    if found or (value.startswith("data:") and ";base64," in value):
        return found
    return [f"{place} is a data URL with base64, not {value[:40]!r}"]


_ITEMS = {
    "message": record({"type": _KIND, "content": text}),
    "text": record({"type": _KIND, "content": text}),
    "image": record({"type": _KIND, "data_url": _url}),
}
_ALLOWED = {"allowed_tools": listing(name)}
_INTEGRATIONS = {
    "plugin": record({"type": name, "id": name}, _ALLOWED),
    "ephemeral_mcp": record({"type": name, "server_label": name, "server_url": name}, {**_ALLOWED, "headers": mapping}),
}


def _answer_id(value: JSON, place: str) -> list[str]:
    found = name(value, place)
    return found or ([] if value.startswith("resp_") else [f"{place} begins with resp_, not {value[:40]!r}"])


_REQUEST = record(
    {"model": name, "input": either(name, listing(tagged("type", _ITEMS), least=1))},
    {
        "system_prompt": text,
        "integrations": listing(either(name, tagged("type", _INTEGRATIONS))),
        "stream": boolean,
        "temperature": number,
        "top_p": number,
        "top_k": integer,
        "min_p": number,
        "repeat_penalty": number,
        "max_output_tokens": integer,
        "reasoning": one_of("off", "low", "medium", "high", "on"),
        "context_length": integer,
        "store": boolean,
        "previous_response_id": _answer_id,
    },
)
_READ = ("model", "input", "system_prompt", "stream")


def problems(received: Received, paths: tuple[str, ...]) -> list[str]:
    """What is wrong with the request."""
    found = http_problems(received, paths)
    try:
        body = body_of(received)
    except ValueError as problem:
        return [*found, f"the body is not JSON: {problem}"]
    return found + _REQUEST(body, "")


def read(received: Received) -> NeutralRequest:
    """The request in neutral form."""
    body = body_of(received)
    given = body["input"]
    items = [{"type": "text", "content": given}] if isinstance(given, str) else given
    said = "".join(item.get("content", "") for item in items)
    media = tuple(_media(item["data_url"]) for item in items if item["type"] == "image")
    params = {key: value for key, value in body.items() if key not in _READ}
    question = SentMessage("user", said, media=media)
    system = body.get("system_prompt", "")
    return NeutralRequest(body["model"], system, (question,), (), params, bool(body.get("stream", False)))


def _media(url: str) -> SentMedia:
    head, _, data = url.partition(";base64,")
    return SentMedia(head.removeprefix("data:"), data)
