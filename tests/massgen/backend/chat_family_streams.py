"""What the providers of the Chat Completions family stream, and what is to be read from it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

Json = Any


def event(value: Json, name: str = "") -> bytes:
    """One server-sent event; a text goes out as it is."""
    text = value if isinstance(value, str) else json.dumps(value)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def delta(reason: str | None = None, **fields: Json) -> Json:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": fields, "finish_reason": reason}]}


def piece(index: float | None, text: str | None, call_id: str | None = None, name: str | None = None) -> Json:
    """A delta with one fragment of a tool call."""
    place = {} if index is None else {"index": index}
    fragment = {**place, "id": call_id, "type": "function", "function": {"name": name, "arguments": text}}
    return delta(role="assistant", tool_calls=[fragment])


def counts(prompt: int = 9, completion: int = 5, **more: Json) -> Json:
    total = prompt + completion
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


DONE = event("[DONE]")
HELLO = (event(delta(content="Hi")), event(delta("stop")), DONE)


class Heard(NamedTuple):
    """A stream, and what a caller must have in hand after it."""

    kind: str
    events: tuple[bytes, ...]
    status: str = "stop"
    text: str = "Hi"
    calls: tuple[tuple[str | None, str, str], ...] = ()
    usage: dict[str, Json] | None = None
    error: str | None = None
    detail: str | None = None


CALLED = ("c1", "f", '{"a":1}')

HEARD: dict[str, Heard] = {
    "together: an index is a float, later fragments are blank, usage comes behind": Heard(
        "together",
        (
            event(piece(0.0, "", "c1", "f")),
            event(piece(0.0, '{"a"', "", "")),
            event(piece(0.0, ":1}", "", "")),
            event(delta("tool_calls", role="assistant", content="")),
            event({"choices": [], "usage": counts(cached_tokens=3), "warnings": []}),
            DONE,
        ),
        "tool_calls",
        "",
        (CALLED,),
        counts(cached_input_tokens=3),
    ),
    "together: eos is an end": Heard("together", (event(delta(content="Hi")), event(delta("eos")), DONE)),
    "fireworks: pings and message_stop": Heard(
        "fireworks",
        (
            event({"type": "ping"}, "ping"),
            event(delta(content="Hi")),
            event({"type": "ping"}, "ping"),
            event({**delta("stop"), "usage": counts(prompt_tokens_details={"cached_tokens": 4}), "perf_metrics": {}}),
            event({"type": "message_stop"}, "message_stop"),
        ),
        usage=counts(cached_input_tokens=4),
    ),
    "fireworks: counts may be null": Heard(
        "fireworks",
        (*HELLO[:1], event({**delta("stop"), "usage": {**counts(), "completion_tokens": None}}), DONE),
        usage=counts(9, 0),
    ),
    "cerebras: a chunk without choices, a call without id and index": Heard(
        "cerebras",
        (
            event({"id": "x", "object": "chat.completion.chunk", "system_fingerprint": "fp"}),
            event(piece(None, '{"a":1}', None, "f")),
            event({**delta("tool_calls"), "usage": counts(), "time_info": {"total_time": 0.1}}),
            DONE,
        ),
        "tool_calls",
        "",
        ((None, "f", '{"a":1}'),),
        counts(),
    ),
    "cerebras: an error with its status beside it": Heard(
        "cerebras",
        (
            event(delta(content="Hi")),
            event({"error": {"message": "busy", "code": "queue_exceeded"}, "status_code": 429}),
        ),
        "error",
        error="overloaded",
    ),
    "cerebras: a bare error": Heard(
        "cerebras",
        (
            event(delta(content="Hi")),
            event({"message": "m", "type": "server_error", "param": None, "code": "internal_server_error"}),
        ),
        "error",
        error="server",
    ),
    "moonshot: counts inside the choice, an id with a number": Heard(
        "moonshot",
        (
            event(piece(0, "", "functions.f:7", "f")),
            event(piece(0, '{"a":1}')),
            event(
                {
                    "choices": [
                        {"index": 0, "delta": {}, "finish_reason": "tool_calls", "usage": counts(cached_tokens=2)}
                    ]
                }
            ),
            DONE,
        ),
        "tool_calls",
        "",
        (("functions.f:7", "f", '{"a":1}'),),
        counts(cached_input_tokens=2),
    ),
    "qwen: later fragments have an empty id and name": Heard(
        "qwen",
        (
            event(piece(0, None, "c1", "f")),
            event(piece(0, '{"a"', "", "")),
            event(piece(0, ":1}", "", None)),
            event(piece(1, "", "c2", "g")),
            event(piece(1, "", "", "")),
            event(delta("tool_calls")),
            event(
                {"choices": [], "usage": counts(completion_tokens_details={"reasoning_tokens": 4, "text_tokens": 1})}
            ),
            DONE,
        ),
        "tool_calls",
        "",
        (CALLED, ("c2", "g", "{}")),
        counts(reasoning_tokens=4),
    ),
    "qwen: the native word for no reason yet": Heard("qwen", (event(delta("null", content="Hi")), *HELLO[1:])),
    "qwen: a stream that never says more than null is not whole": Heard(
        "qwen", (event(delta("null", content="Hi")), DONE), "error", error="incomplete"
    ),
    "qwen: the inspection stops an answer": Heard(
        "qwen",
        (event(delta(content="Hi")), event({"error": {"code": "data_inspection_failed", "message": "no"}, "id": "x"})),
        "error",
        error="content_filter",
    ),
    "qwen: the native error": Heard(
        "qwen",
        (event(delta(content="Hi")), event({"code": "DataInspectionFailed", "message": "no", "request_id": "r"})),
        "error",
        error="content_filter",
    ),
    "zai: a full context ends the answer": Heard(
        "zai", (*HELLO[:1], event({**delta("model_context_window_exceeded"), "usage": counts()}), DONE), "length"
    ),
    "zai: sensitive": Heard("zai", (*HELLO[:1], event(delta("sensitive")), DONE), "content_filter"),
    "zai: network_error": Heard("zai", (*HELLO[:1], event(delta("network_error")), DONE), "error", error="server"),
    "zai: an error with a number": Heard(
        "zai", (*HELLO[:1], event({"error": {"code": "1302", "message": "slow"}})), "error", error="rate_limit"
    ),
    "poe: a comment keeps the line open, a call comes whole": Heard(
        "poe",
        (
            b": keep-alive\n\n",
            event(piece(0, '{"a":1}', "c1", "f")),
            event({**delta("tool_calls"), "usage": counts()}),
            DONE,
        ),
        "tool_calls",
        "",
        (CALLED,),
        counts(),
    ),
    "nebius: the tail of a call stands at an index that never had an id": Heard(
        "nebius",
        (
            event(piece(0, "", "c1", "f")),
            event(piece(1, '{"a":1}')),
            event({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls", "stop_reason": None}]}),
            DONE,
        ),
        "tool_calls",
        "",
        (CALLED,),
    ),
    "nebius: an error of the framework": Heard(
        "nebius", (*HELLO[:1], event({"detail": "worker died"})), "error", error="server"
    ),
}
