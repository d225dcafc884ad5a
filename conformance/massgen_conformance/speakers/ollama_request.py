"""A request to Ollama's `/api/chat`, judged and read.

The tables are ollama's `api/types.go`. Facts: no key is needed; content is text, images are base64 without a header;
arguments are an object; a result names its tool, and its call where that had an id. A real server passes unknown
fields over, so that a misspelt one has no effect: here each is a problem.
"""

from __future__ import annotations

import base64
import binascii
import re

from massgen_conformance.speakers.base import (
    JSON,
    NeutralRequest,
    SentCall,
    SentMedia,
    SentMessage,
    SentResult,
    SentThinking,
    SentTool,
    compact,
)
from massgen_conformance.speakers.conversation import body_of, history_problems, http_problems, name_problems
from massgen_conformance.speakers.shape import (
    boolean,
    either,
    integer,
    listing,
    mapping,
    name,
    nullable,
    number,
    one_of,
    record,
    schema,
    tagged,
    text,
)
from massgen_conformance.trace import Received

TOOL_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_MAGIC = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


def _image(value: JSON, place: str) -> list[str]:
    found = name(value, place)
    if found:
        return found
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return [f"{place} is base64, not {value[:40]!r}"]
    return []


_CALL = record(
    {"function": record({"name": name, "arguments": mapping}, {"index": integer})},
    {"id": name, "type": one_of("function")},
)
_SAID = {"images": listing(_image, least=1)}
_ROLES = {
    "system": record({"role": text, "content": text}, _SAID),
    "user": record({"role": text, "content": text}, _SAID),
    "assistant": record({"role": text, "content": text}, {**_SAID, "thinking": text, "tool_calls": listing(_CALL)}),
    "tool": record({"role": text, "content": text}, {**_SAID, "tool_name": name, "tool_call_id": name}),
}
_FUNCTION = record({"name": name}, {"description": text, "parameters": schema})
_OPTIONS = record(
    {},
    {
        **dict.fromkeys(
            ("num_keep", "seed", "num_predict", "top_k", "repeat_last_n", "mirostat", "num_ctx", "num_batch",
             "num_gpu", "main_gpu", "num_thread"),
            integer,
        ),
        **dict.fromkeys(
            ("top_p", "min_p", "typical_p", "tfs_z", "temperature", "repeat_penalty", "presence_penalty",
             "frequency_penalty", "mirostat_tau", "mirostat_eta"),
            number,
        ),
        **dict.fromkeys(("penalize_newline", "numa", "low_vram", "f16_kv", "use_mmap", "use_mlock"), boolean),
        "stop": listing(text),
    },
)  # fmt: skip
_FIELDS = {
    "tools": nullable(listing(record({"type": one_of("function"), "function": _FUNCTION}))),
    "stream": boolean,
    "format": either(one_of("", "json"), mapping),
    "think": either(boolean, one_of("low", "medium", "high", "max")),
    "options": nullable(_OPTIONS),
    "keep_alive": nullable(either(number, text)),
    "truncate": boolean,
    "shift": boolean,
    "logprobs": boolean,
    "top_logprobs": integer,
}
_REQUEST = record({"model": name, "messages": listing(tagged("role", _ROLES))}, _FIELDS)


def problems(received: Received, paths: tuple[str, ...]) -> list[str]:
    """What is wrong with the request."""
    found = http_problems(received, paths)
    try:
        body = body_of(received)
    except ValueError as problem:
        return [*found, f"the body is not JSON: {problem}"]
    shape = _REQUEST(body, "")
    if shape:
        return found + shape
    names = [tool["function"]["name"] for tool in body.get("tools") or ()]
    return found + name_problems(names, TOOL_NAME) + history_problems(read(received).messages, ids=False)


def read(received: Received) -> NeutralRequest:
    """The request in neutral form."""
    body = body_of(received)
    messages = [_message(message) for message in body["messages"]]
    system = "\n\n".join(message.text for message in messages if message.role == "system")
    functions = [tool["function"] for tool in body.get("tools") or ()]
    tools = tuple(SentTool(each["name"], each.get("description", ""), each.get("parameters")) for each in functions)
    params = {key: value for key, value in body.items() if key not in ("model", "messages", "tools", "stream")}
    said = tuple(message for message in messages if message.role != "system")
    return NeutralRequest(body["model"], system, said, tools, params, bool(body.get("stream", True)))


def _message(message: JSON) -> SentMessage:
    media = tuple(SentMedia(_type_of(image), image) for image in message.get("images") or ())
    if message["role"] == "tool":
        told = SentResult(message.get("tool_call_id", ""), message.get("tool_name", ""), message["content"])
        return SentMessage("tool", result=told, media=media)
    calls = tuple(
        SentCall(call.get("id", ""), call["function"]["name"], compact(call["function"]["arguments"]))
        for call in message.get("tool_calls") or ()
    )
    thought = (SentThinking(message["thinking"]),) if message.get("thinking") else ()
    return SentMessage(message["role"], message["content"], calls, None, thought, media)


def _type_of(image: str) -> str:
    data = base64.b64decode(image)
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")
