"""A request to Google's Interactions API, judged and read.

The tables are google-genai 3.4's `_gaos/types/interactions` (`createmodelinteraction.py` and the steps). Facts: the
input is text, contents or steps; a function's result names its call; names are in snake_case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    body_of,
    history_problems,
    http_problems,
    key_problems,
    name_problems,
)
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
    schema,
    tagged,
    text,
)
from massgen_conformance.trace import Received

TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
_MEDIA = ("image", "audio", "document", "video")
_PLACE = {"data": name, "uri": name, "mime_type": name, "resolution": text, "processing": either(text, mapping)}
_CONTENTS = {
    "text": record({"type": text, "text": text}, {"annotations": listing(mapping)}),
    **{kind: record({"type": text}, {**_PLACE, "channels": integer, "sample_rate": integer}) for kind in _MEDIA},
}
_CONTENT = tagged("type", _CONTENTS)
_CALL = record({"type": text, "id": name, "name": name, "arguments": mapping}, {"signature": name})
_SIGNED = {"name": name, "server_name": name, "signature": name}
_GIVEN = record(
    {"type": text, "call_id": name},
    {**_SIGNED, "result": either(text, listing(mapping), mapping), "is_error": boolean},
)
_TOOLS = (
    *("google_search", "code_execution", "url_context", "file_search", "google_maps", "mcp_server_tool"),
    *("retrieval", "tool_search", "processing"),
)
_STEPS = {
    "user_input": record({"type": text, "content": listing(_CONTENT, least=1)}),
    "model_output": record({"type": text, "content": listing(_CONTENT)}),
    "thought": record({"type": text}, {"signature": text, "summary": listing(_CONTENT)}),
    "function_call": _CALL,
    "function_result": _GIVEN,
    **{
        f"{tool}_call": record({"type": text, "id": name}, {**_SIGNED, "arguments": mapping, "search_type": text})
        for tool in _TOOLS
    },
    **{f"{tool}_result": _GIVEN for tool in _TOOLS},
}
_FUNCTION = record(
    {"type": one_of("function"), "name": name},
    {"description": text, "parameters": schema, "defer_loading": boolean, "short_description": text},
)
_OWN_TOOLS = ("google_search", "code_execution", "url_context", "file_search", "google_maps", "computer_use",
              "mcp_server", "retrieval", "tool_search")  # fmt: skip
_CHOICE = either(
    one_of("auto", "any", "none", "validated"),
    record({"allowed_tools": record({}, {"mode": one_of("auto", "any", "none", "validated"), "tools": listing(name)})}),
)
_CONFIG = record(
    {},
    {
        **dict.fromkeys(("max_output_tokens", "seed"), integer),
        **dict.fromkeys(("temperature", "top_p"), number),
        "stop_sequences": listing(text),
        "thinking_level": one_of("minimal", "low", "medium", "high", "xhigh"),
        "thinking_summaries": one_of("auto", "none"),
        "tool_choice": _CHOICE,
        **dict.fromkeys(("image_config", "speech_config", "video_config", "transcription_config"), mapping),
    },
)
_REQUEST = record(
    {"model": name},
    {
        "input": either(text, listing(tagged("type", {**_STEPS, **_CONTENTS}), least=1)),
        "system_instruction": name,
        "tools": listing(tagged("type", {"function": _FUNCTION, **dict.fromkeys(_OWN_TOOLS, mapping)}), least=1),
        "generation_config": _CONFIG,
        "response_format": either(mapping, listing(mapping)),
        **dict.fromkeys(("previous_interaction_id", "service_tier", "continuation_token", "cached_content"), name),
        **dict.fromkeys(("store", "stream", "background"), boolean),
        "response_modalities": listing(text),
        "safety_settings": listing(mapping),
        "labels": mapping,
    },
)


def problems(received: Received, paths: tuple[str, ...]) -> list[str]:
    """What is wrong with the request."""
    found = http_problems(received, paths) + key_problems(received, "x-goog-api-key")
    try:
        body = body_of(received)
    except ValueError as problem:
        return [*found, f"the body is not JSON: {problem}"]
    if shape := _REQUEST(body, ""):
        return found + shape
    names = [tool["name"] for tool in body.get("tools") or () if tool["type"] == "function"]
    found += name_problems(names, TOOL_NAME)
    return found if "previous_interaction_id" in body else found + history_problems(read(received).messages)


def read(received: Received) -> NeutralRequest:
    """The request in neutral form."""
    body = body_of(received)
    given = body.get("input") or []
    steps = [{"type": "user_input", "content": [{"type": "text", "text": given}]}] if isinstance(given, str) else given
    functions = [tool for tool in body.get("tools") or () if tool["type"] == "function"]
    tools = tuple(SentTool(each["name"], each.get("description", ""), each.get("parameters")) for each in functions)
    known = ("model", "input", "system_instruction", "tools", "stream")
    params = {key: value for key, value in body.items() if key not in known}
    messages = tuple(_messages(steps))
    return NeutralRequest(
        body["model"], body.get("system_instruction", ""), messages, tools, params, bool(body.get("stream"))
    )


def _messages(steps: list[JSON]) -> Iterator[SentMessage]:
    """Steps of the model in a row are one message, every result is one of its own."""
    said: list[JSON] = []
    for step in steps:
        if step["type"] in ("user_input", "function_result", *_CONTENTS):
            if said:
                yield _turn(said)
                said = []
            yield _other(step)
        else:
            said.append(step)
    if said:
        yield _turn(said)


def _turn(steps: list[JSON]) -> SentMessage:
    calls = tuple(
        SentCall(step["id"], step["name"], compact(step["arguments"]))
        for step in steps
        if step["type"] == "function_call"
    )
    thoughts = tuple(
        SentThinking(_text(step.get("summary") or ()), step.get("signature", ""), summary=True)
        for step in steps
        if step["type"] == "thought"
    )
    text_said = "".join(_text(step["content"]) for step in steps if step["type"] == "model_output")
    return SentMessage("assistant", text_said, calls, None, thoughts)


def _other(step: JSON) -> SentMessage:
    if step["type"] == "function_result":
        result = step.get("result", "")
        told = result if isinstance(result, str) else _text(result) if isinstance(result, list) else compact(result)
        return SentMessage(
            "tool", result=SentResult(step["call_id"], step.get("name", ""), told, step.get("is_error", False))
        )
    contents = step["content"] if step["type"] == "user_input" else [step]
    media = tuple(
        SentMedia(content.get("mime_type", ""), content.get("data", ""), content.get("uri", ""))
        for content in contents
        if content["type"] in _MEDIA
    )
    return SentMessage("user", _text(contents), media=media)


def _text(contents: JSON) -> str:
    return "".join(content["text"] for content in contents if content["type"] == "text")
