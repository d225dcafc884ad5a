"""A Chat Completions request, judged and read.

The tables are OpenAI's API reference; a dialect's own fields come from its `Variant`. Facts: content null is legal only
beside tool calls; tool messages directly follow the calls they answer and cover each; `stream_options` needs `stream`.
"""

from __future__ import annotations

import re
from functools import lru_cache

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
from massgen_conformance.speakers.openai_chat_variant import Variant
from massgen_conformance.speakers.shape import (
    Checker,
    anything,
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

TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra", "default")


def _parts(marks: frozenset[str]) -> dict[str, Checker]:
    """The parts of a content, with what they may bear beside it."""
    borne = dict.fromkeys(sorted(marks), mapping)
    detail = one_of("auto", "low", "high", "original")
    file = record({}, {"file_id": name, "filename": name, "file_data": name})
    return {
        "text": record({"type": text, "text": text}, borne),
        "image_url": record({"type": text, "image_url": record({"url": name}, {"detail": detail})}, borne),
        "input_audio": record({"type": text, "input_audio": record({"data": name, "format": name})}, borne),
        "file": record({"type": text, "file": file}, borne),
        "video_url": record({"type": text, "video_url": mapping}),
    }


_MEDIA = frozenset({"image_url", "document_url", "input_audio", "file", "video_url"})
_THOUGHTS: dict[str, Checker] = {
    "text": record({"type": text, "text": text}),
    "reference": record({"type": text, "reference_ids": listing(either(integer, text))}),
}
_MISTRALS: dict[str, Checker] = {
    **_THOUGHTS,
    "image_url": record({"type": text, "image_url": either(name, record({"url": name}, {"detail": text}))}),
    "document_url": record({"type": text, "document_url": name}, {"document_name": nullable(text)}),
    "file": record({"type": text, "file_id": name}),
    "input_audio": record({"type": text, "input_audio": name}),
    "thinking": record(
        {"type": text, "thinking": listing(tagged("type", _THOUGHTS))},
        {"closed": boolean, "signature": nullable(text)},
    ),
}
"""Mistral's chunks of content. Source: mistralai 3.7, `client/models/contentchunk.py`."""

_CHUNKS = listing(tagged("type", _MISTRALS))
_REFUSED = record({"type": text, "refusal": text})
_CALL = record(
    {"id": name, "type": one_of("function"), "function": record({"name": name, "arguments": text})},
    {"index": integer},  # of the stream; OpenAI and DeepSeek were seen to accept it back
)
_FUNCTION = record({"name": name}, {"description": text, "parameters": schema, "strict": nullable(boolean)})
_WORDS = one_of("none", "auto", "required")
_CHOICE = either(
    _WORDS,
    record({"type": one_of("function"), "function": record({"name": name})}),
    record({"type": one_of("allowed_tools"), "allowed_tools": mapping}),
)
_FORMAT = tagged(
    "type",
    {
        "text": record({"type": text}),
        "json_object": record({"type": text}),
        "json_schema": record(
            {
                "type": text,
                "json_schema": record(
                    {"name": name}, {"schema": mapping, "strict": nullable(boolean), "description": text}
                ),
            }
        ),
    },
)
_FIELDS: dict[str, Checker] = {
    "tools": listing(record({"type": one_of("function"), "function": _FUNCTION}, {"cache_control": mapping}), least=1),
    "tool_choice": _CHOICE,
    "parallel_tool_calls": boolean,
    "max_completion_tokens": integer,
    "max_tokens": integer,
    "temperature": number,
    "top_p": number,
    "n": integer,
    "stop": either(text, listing(text, least=1)),
    "seed": integer,
    "presence_penalty": number,
    "frequency_penalty": number,
    "logit_bias": mapping,
    "logprobs": boolean,
    "top_logprobs": integer,
    "reasoning_effort": one_of(*EFFORTS),
    "verbosity": one_of("low", "medium", "high"),
    "response_format": _FORMAT,
    "stream": boolean,
    "stream_options": record({}, {"include_usage": boolean, "include_obfuscation": boolean}),
    "user": text,
    "safety_identifier": text,
    "metadata": mapping,
    "store": boolean,
    "service_tier": text,
    "modalities": listing(text, least=1),
    "audio": mapping,
    "prediction": mapping,
    "web_search_options": mapping,
    "prompt_cache_key": text,
    "prompt_cache_options": mapping,
    "prompt_cache_retention": text,
    "moderation": mapping,
    "functions": listing(mapping),  # deprecated, and still accepted
    "function_call": either(text, mapping),
}
_MISTRALS_FIELDS: dict[str, Checker] = {
    "tools": listing(record({"function": _FUNCTION}, {"type": one_of("function")}), least=1),
    "tool_choice": either(one_of("any"), _CHOICE),
}


@lru_cache(maxsize=64)
def _request(variant: Variant) -> Checker:
    def named(role: str) -> dict[str, Checker]:
        return {"name": name} if role in variant.named else {}

    parts = _parts(variant.marks)
    said = {"text": parts["text"], "refusal": _REFUSED}
    replied = _CHUNKS if variant.chunks else listing(tagged("type", said), least=1)
    texts = listing(tagged("type", {"text": parts["text"]}), least=1)
    assistant = record(
        {"role": text},
        {
            "content": nullable(either(text, replied)),
            "tool_calls": listing(_CALL, least=1),
            **named("assistant"),
            **({} if variant.chunks else {"refusal": nullable(text), "audio": mapping}),
            **dict.fromkeys(sorted(variant.message_fields), nullable(anything)),
        },
    )
    shown = either(text, listing(tagged("type", _MISTRALS if variant.chunks else parts), least=1))
    replies = {
        "role": text,
        "tool_call_id": name,
        "content": shown if variant.chunks or variant.result_parts else either(text, texts),
    }
    roles = {
        role: record({"role": text, "content": either(text, texts)}, named(role))
        for role in ("system", *(("developer",) if variant.developers else ()))
    }
    roles["user"] = record({"role": text, "content": shown}, named("user"))
    roles |= {"assistant": assistant, "tool": record(replies, named("tool"))}
    messages = listing(tagged("role", roles), least=1)
    fields = {**_FIELDS, **_MISTRALS_FIELDS} if variant.chunks else _FIELDS
    known = {key: checker for key, checker in fields.items() if key not in variant.refused_fields}
    known |= {"reasoning_effort": one_of(*variant.efforts)} if variant.efforts else {}
    known |= {} if variant.named_choice else {"tool_choice": _WORDS}
    optional = {**known, **dict.fromkeys(variant.request_fields, anything)}
    if variant.model_in_path:
        return record({"messages": messages}, {"model": name, **optional})
    return record({"model": name, "messages": messages}, optional)


def problems(received: Received, paths: tuple[str, ...], variant: Variant) -> list[str]:
    """What a provider of this dialect would object to."""
    found = http_problems(received, paths)
    found += [] if variant.key_optional else key_problems(received, variant.key_header)
    try:
        body = body_of(received)
    except ValueError as problem:
        return [*found, f"the body is not JSON: {problem}"]
    shape = _request(variant)(body, "")
    if shape:
        return found + shape
    due = _missing_thoughts(body, variant) if variant.thoughts_due else []
    due += [] if variant.strict else _strict_tools(body)
    due += _strange_ids(body, variant.call_id) if variant.call_id else []
    due += _lists_of_text(body) if variant.joined or body.get("model") == (variant.blind or None) else []
    due += [f"{' and '.join(group)} exclude each other" for group in variant.exclusive if body.keys() >= set(group)]
    return found + _rules(body) + due + history_problems(read(received).messages)


def _rules(body: JSON) -> list[str]:
    found = []
    if "stream_options" in body and body.get("stream") is not True:
        found.append("stream_options is legal only with stream: true")
    for field in ("tool_choice", "parallel_tool_calls"):
        if field in body and "tools" not in body:
            found.append(f"{field} is legal only with tools")
    names = [tool["function"]["name"] for tool in body.get("tools", ())]
    found += name_problems(names, TOOL_NAME)
    for index, message in enumerate(body["messages"]):
        if message["role"] == "assistant" and message.get("content") is None and not message.get("tool_calls"):
            found.append(f"messages[{index}].content is null without tool_calls")
    return found


def _missing_thoughts(body: JSON, variant: Variant) -> list[str]:
    """DeepSeek and Moonshot, thinking: the field must exist on every message with calls. DeepSeek's older models had no
    such rule.
    """
    if body.get("thinking", {}).get("type") == "disabled" or body["model"] in ("deepseek-chat", "deepseek-reasoner"):
        return []
    return [
        f"messages[{index}].{variant.reasoning} is missing beside its tool_calls"
        for index, message in enumerate(body["messages"])
        if message.get("tool_calls") and message.get(variant.reasoning or "") is None
    ]


def _strict_tools(body: JSON) -> list[str]:
    """Functions that are to be strict, at a provider that cannot promise it; its streams show that false is taken."""
    tools = enumerate(body.get("tools", ()))
    return [f"tools[{n}].function.strict is unknown to the provider" for n, t in tools if t["function"].get("strict")]


def _strange_ids(body: JSON, pattern: str) -> list[str]:
    """Ids of calls, and those that results name, which the provider does not take."""
    said = list(enumerate(body["messages"]))
    ids = [(index, call["id"]) for index, message in said for call in message.get("tool_calls") or ()]
    ids += [(index, message["tool_call_id"]) for index, message in said if message["role"] == "tool"]
    return [f"messages[{index}]: {each!r} is not {pattern}" for index, each in ids if not re.fullmatch(pattern, each)]


def _lists_of_text(body: JSON) -> list[str]:
    """Text in parts, at a model that takes no list of parts."""
    contents = [(index, message.get("content")) for index, message in enumerate(body["messages"])]
    lists = [(index, parts) for index, parts in contents if isinstance(parts, list)]
    return [
        f"messages[{index}].content is a list: text is one string here"
        for index, parts in lists
        if all(part["type"] == "text" for part in parts)
    ]


def asks_for(received: Received | None, field: str) -> bool:
    """Whether the request has a field that is true; no request asks for nothing."""
    try:
        return received is not None and bool(field) and received.json().get(field) is True
    except (ValueError, AttributeError):
        return False


def wants_usage(received: Received) -> bool:
    """Whether the client asked for token counts in the stream."""
    try:
        return bool((received.json().get("stream_options") or {}).get("include_usage"))
    except (ValueError, AttributeError):
        return False


def read(received: Received) -> NeutralRequest:
    """The request in neutral form."""
    body = body_of(received)
    messages = [_message(message) for message in body["messages"]]
    told = [message.text for message in messages if message.role in ("system", "developer")]
    tools = tuple(_tool(tool["function"]) for tool in body.get("tools") or ())
    params = {key: value for key, value in body.items() if key not in ("model", "messages", "tools", "stream")}
    said = tuple(message for message in messages if message.role not in ("system", "developer"))
    return NeutralRequest(body.get("model", ""), "\n\n".join(told), said, tools, params, bool(body.get("stream")))


def _tool(function: JSON) -> SentTool:
    return SentTool(function["name"], function.get("description", ""), function.get("parameters"))


def _message(message: JSON) -> SentMessage:
    role, parts = message["role"], message.get("content")
    said = parts if isinstance(parts, str) else "".join(part.get("text", "") for part in parts or ())
    if role == "tool":
        return SentMessage("tool", result=SentResult(message["tool_call_id"], "", said))
    calls = tuple(
        SentCall(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls") or ()
    )
    media = tuple(_media(part) for part in parts if part["type"] in _MEDIA) if isinstance(parts, list) else ()
    return SentMessage(role, said, calls, None, tuple(_thinking(message)), media)


def _thinking(message: JSON) -> list[SentThinking]:
    """Details are grouped by their index, as they were said; plain reasoning is one block."""
    blocks: dict[int, list[JSON]] = {}
    for position, detail in enumerate(message.get("reasoning_details") or ()):
        blocks.setdefault(detail.get("index", position), []).append(detail)
    if blocks:
        return [_block(details) for details in blocks.values()]
    plain = message.get("reasoning_content") or message.get("reasoning")
    parts = message.get("content") if isinstance(message.get("content"), list) else ()
    chunks = [_chunk(part) for part in parts if part["type"] == "thinking"]
    return chunks or ([SentThinking(plain)] if plain else [])


def _chunk(part: JSON) -> SentThinking:
    return SentThinking("".join(each.get("text", "") for each in part["thinking"]), part.get("signature") or "")


def _block(details: list[JSON]) -> SentThinking:
    def joined(key: str) -> str:
        return "".join(detail.get(key) or "" for detail in details)

    summary = any(detail["type"] == "reasoning.summary" for detail in details)
    return SentThinking(joined("summary" if summary else "text"), joined("signature"), joined("data"), summary)


def _media(part: JSON) -> SentMedia:
    if part["type"] in ("image_url", "document_url"):
        place = part[part["type"]]
        return media_of_url(place if isinstance(place, str) else place["url"])
    if part["type"] == "input_audio":
        sound = part["input_audio"]
        return SentMedia("", sound) if isinstance(sound, str) else SentMedia(f"audio/{sound['format']}", sound["data"])
    held = part.get("file", part)
    return media_of_url(held.get("file_data") or held.get("file_id") or "")


def media_of_url(url: str) -> SentMedia:
    """A URL, or the media type and base64 data of a data URL."""
    if not url.startswith("data:"):
        return SentMedia("", url=url)
    head, _, data = url.removeprefix("data:").partition(",")
    return SentMedia(head.partition(";")[0], data)
