"""A Responses request, judged and read.

The tables are OpenAI's API reference. Facts: tools are flat; a call is linked to its output by `call_id`, never by the
item's `id`; reasoning items go back with the items that followed them, sealed when nothing is stored; `input_text` is
the user's, `output_text` the assistant's.
"""

from __future__ import annotations

from itertools import pairwise

from massgen_conformance.speakers.base import (
    JSON,
    NeutralRequest,
    SentCall,
    SentMedia,
    SentMessage,
    SentResult,
    SentThinking,
    SentTool,
)
from massgen_conformance.speakers.conversation import (
    body_of,
    history_problems,
    http_problems,
    key_problems,
    name_problems,
)
from massgen_conformance.speakers.openai_chat_request import EFFORTS, TOOL_NAME, media_of_url
from massgen_conformance.speakers.shape import (
    Checker,
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

STATES = one_of("in_progress", "completed", "incomplete")

_SHOWN: dict[str, Checker] = {
    "input_text": record({"type": text, "text": text}, {"prompt_cache_breakpoint": mapping}),
    "input_image": record(
        {"type": text},
        {"image_url": nullable(name), "file_id": nullable(name), "detail": one_of("auto", "low", "high", "original")},
    ),
    "input_file": record({"type": text}, {"file_id": name, "file_url": name, "filename": name, "file_data": name}),
    "input_audio": record({"type": text, "input_audio": record({"data": name, "format": name})}),
}
_SAID: dict[str, Checker] = {
    "output_text": record(
        {"type": text, "text": text}, {"annotations": listing(mapping), "logprobs": listing(mapping)}
    ),
    "refusal": record({"type": text, "refusal": text}),
}
_USER = either(text, listing(tagged("type", _SHOWN), least=1))
_MESSAGE_EXTRA: dict[str, Checker] = {"type": one_of("message"), "status": STATES, "id": name}
_MESSAGE = tagged(
    "role",
    {
        **dict.fromkeys(("user", "system", "developer"), record({"role": text, "content": _USER}, _MESSAGE_EXTRA)),
        "assistant": record(
            {"role": text, "content": either(text, listing(tagged("type", _SAID), least=1))},
            {**_MESSAGE_EXTRA, "phase": nullable(one_of("commentary", "final_answer"))},
        ),
    },
)
_SUMMARY = listing(record({"type": one_of("summary_text"), "text": text}))
_ITEMS: dict[str, Checker] = {
    "message": _MESSAGE,
    "function_call": record(
        {"type": text, "call_id": name, "name": name, "arguments": text}, {"id": name, "status": STATES}
    ),
    "function_call_output": record(
        {"type": text, "call_id": name, "output": either(text, listing(tagged("type", _SHOWN), least=1))},
        {"id": name, "status": STATES},
    ),
    "reasoning": record(
        {"type": text, "summary": _SUMMARY},
        {
            "id": name,
            "encrypted_content": nullable(name),
            "content": nullable(listing(record({"type": one_of("reasoning_text"), "text": text}))),
            "status": nullable(STATES),
        },
    ),
    "item_reference": record({"type": text, "id": name}),
}
_OTHER_ITEMS = (
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_list_tools",
    "mcp_call",
    "mcp_approval_request",
    "mcp_approval_response",
    "computer_call",
    "computer_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "shell_call",
    "shell_call_output",
    "local_shell_call",
    "local_shell_call_output",
    "apply_patch_call",
    "apply_patch_call_output",
    "tool_search_call",
    "tool_search_output",
    "compaction",
)
_ITEM = tagged("type", {**dict.fromkeys(_OTHER_ITEMS, mapping), **_ITEMS}, default="message")
_FUNCTION = record(
    {"type": text, "name": name, "parameters": nullable(schema)},
    {
        "description": nullable(text),
        "strict": nullable(boolean),
        "async": boolean,
        "defer_loading": boolean,
        "allowed_callers": listing(text),
        "output_schema": mapping,
    },
)
_HOSTED = (
    "custom",
    "web_search",
    "web_search_preview",
    "x_search",  # xAI
    "file_search",
    "code_interpreter",
    "image_generation",
    "mcp",
    "shell",
    "local_shell",
    "apply_patch",
    "computer",
    "computer_use_preview",
    "tool_search",
    "namespace",
)
_TOOL = tagged("type", {"function": _FUNCTION, **dict.fromkeys(_HOSTED, mapping)})
_REQUEST = record(
    {"model": name, "input": either(name, listing(_ITEM, least=1))},
    {
        "instructions": nullable(text),
        "tools": listing(_TOOL),
        "tool_choice": either(one_of("none", "auto", "required"), mapping),
        "parallel_tool_calls": boolean,
        "max_output_tokens": nullable(integer),
        "max_tool_calls": nullable(integer),
        "temperature": nullable(number),
        "top_p": nullable(number),
        "top_logprobs": integer,
        "reasoning": nullable(
            record(
                {},
                {
                    "effort": nullable(one_of(*EFFORTS)),
                    "summary": nullable(one_of("auto", "concise", "detailed")),
                    "context": one_of("auto", "current_turn", "all_turns"),
                    "mode": one_of("standard", "pro"),
                },
            )
        ),
        "text": record({}, {"verbosity": nullable(one_of("low", "medium", "high")), "format": mapping}),
        "include": listing(text),
        "store": nullable(boolean),
        "previous_response_id": nullable(name),
        "conversation": either(name, mapping),
        "stream": boolean,
        "stream_options": record({}, {"include_obfuscation": boolean}),
        "truncation": one_of("auto", "disabled"),
        "background": boolean,
        "service_tier": text,
        "metadata": mapping,
        "user": text,
        "safety_identifier": text,
        "prompt": mapping,
        "prompt_cache_key": text,
        "prompt_cache_options": mapping,
        "prompt_cache_retention": text,
        "context_management": listing(mapping),
        "moderation": mapping,
        "client_metadata": mapping,  # of Codex CLI 0.169, in no reference
    },
)


def problems(received: Received, paths: tuple[str, ...], key_header: str = "authorization") -> list[str]:
    """What OpenAI would object to."""
    found = http_problems(received, paths) + key_problems(received, key_header)
    try:
        body = body_of(received)
    except ValueError as problem:
        return [*found, f"the body is not JSON: {problem}"]
    shape = _REQUEST(body, "")
    if shape:
        return found + shape
    linked = body.get("previous_response_id") or body.get("conversation")
    history = [] if linked else history_problems(_grouped(read(received).messages))
    return found + _rules(body) + history


def _rules(body: JSON) -> list[str]:
    names = [tool["name"] for tool in body.get("tools", ()) if tool["type"] == "function"]
    found = name_problems(names, TOOL_NAME)
    items = body["input"] if isinstance(body["input"], list) else []
    kinds = [item.get("type", "message") for item in items]
    found += [
        f"input[{index}] is reasoning without the item that followed it"
        for index, (kind, following) in enumerate(pairwise([*kinds, "end"]))
        if kind == "reasoning" and (following == "end" or items[index + 1].get("role", "assistant") != "assistant")
    ]
    if body.get("store") is False:
        found += [
            f"input[{index}] refers to an item that was not stored"
            for index, kind in enumerate(kinds)
            if kind == "item_reference"
        ]
        found += [
            f"input[{index}] is reasoning without encrypted_content, which was not stored"
            for index, item in enumerate(items)
            if item.get("type") == "reasoning" and not item.get("encrypted_content") and not item.get("content")
        ]
    return found


def _grouped(messages: tuple[SentMessage, ...]) -> tuple[SentMessage, ...]:
    """Neighbouring assistant items as the one message that they are, so that calls stand together."""
    merged: list[SentMessage] = []
    for message in messages:
        if message.role == "assistant" and merged and merged[-1].role == "assistant":
            last = merged.pop()
            thinking = last.thinking + message.thinking
            message = SentMessage("assistant", last.text + message.text, last.calls + message.calls, None, thinking)
        merged.append(message)
    return tuple(merged)


def read(received: Received) -> NeutralRequest:
    """The request in neutral form; neighbouring items of the assistant are one message."""
    body = body_of(received)
    given = body["input"]
    items = given if isinstance(given, list) else [{"role": "user", "content": given}]
    messages = [_message(item) for item in items]
    told = [body.get("instructions") or "", *(m.text for m in messages if m.role in ("system", "developer"))]
    tools = tuple(
        SentTool(tool["name"], tool.get("description") or "", tool.get("parameters"))
        for tool in body.get("tools") or ()
        if tool["type"] == "function"
    )
    params = {k: v for k, v in body.items() if k not in ("model", "input", "tools", "stream", "instructions")}
    history = _grouped(tuple(message for message in messages if message.role not in ("system", "developer")))
    system = "\n\n".join(each for each in told if each)
    return NeutralRequest(body["model"], system, history, tools, params, bool(body.get("stream")))


def _message(item: JSON) -> SentMessage:
    kind = item.get("type", "message")
    if kind == "function_call":
        return SentMessage("assistant", calls=(SentCall(item["call_id"], item["name"], item["arguments"]),))
    if kind == "function_call_output":
        return SentMessage("tool", result=SentResult(item["call_id"], "", _said(item["output"])))
    if kind == "reasoning":
        return SentMessage("assistant", thinking=(_thought(item),))
    if kind != "message":
        return SentMessage("assistant")
    content = item["content"]
    media = tuple(_media(part) for part in content if _is_media(part)) if isinstance(content, list) else ()
    return SentMessage(item["role"], _said(content), media=media)


def _said(content: JSON) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _is_media(part: JSON) -> bool:
    return part["type"] in ("input_image", "input_file", "input_audio")


def _thought(item: JSON) -> SentThinking:
    summary = "".join(part["text"] for part in item["summary"])
    raw = "".join(part["text"] for part in item.get("content") or ())
    return SentThinking(raw or summary, item.get("encrypted_content") or "", summary=bool(summary))


def _media(part: JSON) -> SentMedia:
    if part["type"] == "input_audio":
        return SentMedia(f"audio/{part['input_audio']['format']}", part["input_audio"]["data"])
    held = part.get("image_url") or part.get("file_data") or part.get("file_url") or part.get("file_id") or ""
    return media_of_url(held)
