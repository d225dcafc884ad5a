"""A Messages request, judged and read.

The tables are Anthropic's API reference and SDK types. Facts: `max_tokens` is required; the system prompt is top-level;
tool results stand first in the user message that directly follows the calls; text blocks are not empty; thinking is
shown again with its signature; version 2026-10-21 has no sampling parameters.
"""

from __future__ import annotations

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
from massgen_conformance.speakers.conversation import (
    bearer_problems,
    body_of,
    history_problems,
    http_problems,
    name_problems,
)
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

VERSIONS = ("2026-10-21", "2023-06-01", "2023-01-01")
SAMPLING = ("temperature", "top_p", "top_k")
TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")

_CACHED: dict[str, Checker] = {"cache_control": nullable(mapping)}
_SOURCE = tagged(
    "type",
    {
        "base64": record({"type": text, "media_type": name, "data": name}),
        "url": record({"type": text, "url": name}),
        "file": record({"type": text, "file_id": name}),
        "text": record({"type": text, "media_type": name, "data": text}),
        "content": record({"type": text, "content": either(text, listing(mapping))}),
    },
)
_TEXT = record({"type": text, "text": name}, {**_CACHED, "citations": nullable(listing(mapping))})
_IMAGE = record({"type": text, "source": _SOURCE}, _CACHED)
_DOCUMENT = record(
    {"type": text, "source": _SOURCE}, {**_CACHED, "citations": nullable(mapping), "title": text, "context": text}
)
_SEARCH = record(
    {"type": text, "source": text, "title": text, "content": listing(mapping)}, {**_CACHED, "citations": mapping}
)
_RESULT = record(
    {"type": text, "tool_use_id": name},
    {
        **_CACHED,
        "content": either(
            text,
            listing(tagged("type", {"text": _TEXT, "image": _IMAGE, "document": _DOCUMENT, "search_result": _SEARCH})),
        ),
        "is_error": boolean,
    },
)
_CALL = record({"type": text, "id": name, "name": name, "input": mapping}, {**_CACHED, "caller": mapping})
_BLOCKS: dict[str, Checker] = {"text": _TEXT, "image": _IMAGE, "document": _DOCUMENT, "search_result": _SEARCH}
_USER = {**_BLOCKS, "tool_result": _RESULT, "container_upload": mapping}
_SERVER_BLOCKS = (
    "server_tool_use",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "mcp_tool_use",
    "advisor_tool_result",
    "mcp_tool_result",
    "compaction",
)
_ASSISTANT = {
    "text": _TEXT,
    "thinking": record({"type": text, "thinking": text, "signature": name}),
    "redacted_thinking": record({"type": text, "data": name}),
    "tool_use": _CALL,
    **dict.fromkeys(_SERVER_BLOCKS, mapping),
}
_OPAQUE = ("thinking", "redacted_thinking", "compaction")  # what comes back as it came
_TOOL = record(
    {"name": name, "input_schema": schema},
    {
        **_CACHED,
        "type": one_of("custom"),
        "description": text,
        "strict": boolean,
        "eager_input_streaming": boolean,
        "defer_loading": boolean,
        "input_examples": listing(mapping),
        "allowed_callers": listing(text),
    },
)
_CHOICE = tagged(
    "type",
    {
        "auto": record({"type": text}, {"disable_parallel_tool_use": boolean}),
        "any": record({"type": text}, {"disable_parallel_tool_use": boolean}),
        "tool": record({"type": text, "name": name}, {"disable_parallel_tool_use": boolean}),
        "none": record({"type": text}),
    },
)
_DISPLAY: dict[str, Checker] = {"display": one_of("summarized", "omitted")}
_THINKING = tagged(
    "type",
    {
        "adaptive": record({"type": text}, _DISPLAY),
        "enabled": record({"type": text, "budget_tokens": integer}, _DISPLAY),
        "between_tools": record({"type": text}, _DISPLAY),
        "disabled": record({"type": text}),
    },
)


def _tool(value: JSON, place: str) -> list[str]:
    """A function of the caller, or a server tool, which is known by its versioned type."""
    server = isinstance(value, dict) and value.get("type") not in (None, "custom")
    return record({"type": name}, dict.fromkeys(value, nullable(_any)))(value, place) if server else _TOOL(value, place)


def _any(value: JSON, place: str) -> list[str]:
    return []


_MESSAGE = tagged(
    "role",
    {
        "user": record({"role": text, "content": either(name, listing(tagged("type", _USER), least=1))}),
        "assistant": record({"role": text, "content": either(name, listing(tagged("type", _ASSISTANT), least=1))}),
        "system": record({"role": text, "content": either(name, listing(_TEXT, least=1))}),
    },
)
_REQUEST = record(
    {"model": name, "max_tokens": integer, "messages": listing(_MESSAGE, least=1)},
    {
        "system": either(name, listing(_TEXT, least=1)),
        "tools": listing(_tool),
        "tool_choice": _CHOICE,
        "thinking": _THINKING,
        "output_config": mapping,
        "output_format": mapping,  # of a beta, before output_config
        "stop_sequences": listing(text),
        "stream": boolean,
        "temperature": number,
        "top_p": number,
        "top_k": integer,
        "metadata": record({}, {"user_id": nullable(text)}),
        "service_tier": one_of("auto", "standard_only"),
        "speed": one_of("standard", "fast"),
        "container": either(text, mapping),
        "inference_geo": text,
        "cache_control": mapping,
        "context_management": mapping,
        "mcp_servers": listing(mapping),
        "diagnostics": mapping,
    },
)


def problems(received: Received, paths: tuple[str, ...]) -> list[str]:
    """What Anthropic would object to."""
    found = http_problems(received, paths)
    if not received.header("x-api-key"):
        found += bearer_problems(received)
    version = received.header("anthropic-version")
    if version not in VERSIONS:
        found.append(f"the header anthropic-version is one of {', '.join(VERSIONS)}, not {version!r}")
    try:
        body = body_of(received)
    except ValueError as problem:
        return [*found, f"the body is not JSON: {problem}"]
    shape = _REQUEST(body, "")
    if shape:
        return found + shape
    return found + _rules(body, version or "") + history_problems(read(received).messages)


def _rules(body: JSON, version: str) -> list[str]:
    found = [f"{each} does not exist in version {version}" for each in SAMPLING if each in body and version >= "2026"]
    if "tool_choice" in body and "tools" not in body:
        found.append("tool_choice is legal only with tools")
    names = [tool["name"] for tool in body.get("tools", ()) if "input_schema" in tool]
    found += name_problems(names, TOOL_NAME)
    budget = body.get("thinking", {}).get("budget_tokens")
    if budget is not None and not 1024 <= budget < body["max_tokens"]:
        found.append(f"thinking.budget_tokens is at least 1024 and below max_tokens, not {budget}")
    if body["messages"][0]["role"] == "assistant":
        found.append("the first message is the user's")
    for index, message in enumerate(body["messages"]):
        found += _results_first(message, f"messages[{index}]")
    return found


def _results_first(message: JSON, place: str) -> list[str]:
    kinds = [block["type"] for block in message["content"]] if isinstance(message["content"], list) else []
    first = kinds[: kinds.count("tool_result")]
    return [] if set(first) <= {"tool_result"} else [f"{place} has content before its tool_result blocks"]


def read(received: Received) -> NeutralRequest:
    """The request in neutral form."""
    body = body_of(received)
    messages = [said for message in body["messages"] for said in _messages(message)]
    told = [_said(body.get("system", "")), *(message.text for message in messages if message.role == "system")]
    tools = tuple(
        SentTool(tool["name"], tool.get("description", ""), tool.get("input_schema")) for tool in body.get("tools", ())
    )
    params = {k: v for k, v in body.items() if k not in ("model", "messages", "tools", "stream", "system")}
    history = tuple(message for message in messages if message.role != "system")
    system = "\n\n".join(each for each in told if each)
    return NeutralRequest(body["model"], system, history, tools, params, bool(body.get("stream")))


def _said(content: JSON) -> str:
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content if block["type"] == "text")


def _messages(message: JSON) -> list[SentMessage]:
    """A message as one message per tool result and one for the rest, if there is any."""
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    results = [SentMessage("tool", result=_result(block)) for block in blocks if block["type"] == "tool_result"]
    rest = [block for block in blocks if block["type"] != "tool_result"]
    if not rest:
        return results
    calls = tuple(
        SentCall(block["id"], block["name"], compact(block["input"])) for block in rest if block["type"] == "tool_use"
    )
    thinking = tuple(_thought(block) for block in rest if block["type"] in _OPAQUE)
    media = tuple(_media(block) for block in rest if block["type"] in ("image", "document"))
    return [*results, SentMessage(message["role"], _said(rest), calls, None, thinking, media)]


def _result(block: JSON) -> SentResult:
    return SentResult(block["tool_use_id"], "", _said(block.get("content", "")), block.get("is_error", False))


def _thought(block: JSON) -> SentThinking:
    withheld = block.get("data") or block.get("encrypted_content") or ""
    return SentThinking(block.get("thinking", ""), block.get("signature", ""), withheld)


def _media(block: JSON) -> SentMedia:
    source = block["source"]
    url = source.get("url") or source.get("file_id") or ""
    return SentMedia(source.get("media_type", ""), source.get("data", ""), url)
