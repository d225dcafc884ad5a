"""Reading one turn of the model: a Chat message, Anthropic blocks, a Gemini content or a run of Responses items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from massgen.formatter._content import read_parts
from massgen.formatter._history import Assistant, Call, json_text

Json = Any

_ANTHROPIC_BLOCKS = ("tool_use", "thinking", "redacted_thinking", "server_tool_use", "mcp_tool_use", "compaction")
_OUTPUT_ONLY = frozenset({"reasoning", "compaction", "mcp_list_tools", "mcp_approval_request"})
_INPUT_ONLY = frozenset({"item_reference", "mcp_approval_response"})


def read_assistant(message: Mapping[str, Json], where: str, problems: list[str]) -> Assistant:
    """A message of the model in Chat's, Anthropic's or Gemini's shape. Raises ValueError or TypeError for any other."""
    if "parts" in message:
        return _from_gemini(message, where, problems)
    content = message.get("content")
    source = message
    calls = [_call(call) for call in message.get("tool_calls") or ()]
    legacy = message.get("function_call")
    if not calls and isinstance(legacy, Mapping):
        calls = [_call({"function": legacy})]
    refusal = message.get("refusal")
    if isinstance(content, list):
        blocks = [block if isinstance(block, Mapping) else {"type": "text", "text": block} for block in content]
        own = any(_is_anthropic(block) for block in blocks) and not any(_is_mistrals(block) for block in blocks)
        if own and "anthropic" not in message:
            source = {**message, "anthropic": {"content": blocks}}
        calls = calls or [_call(block) for block in blocks if block.get("type") == "tool_use"]
        refusal = refusal or "".join(block.get("refusal", "") for block in blocks if block.get("type") == "refusal")
        content = [block for block in blocks if not _is_anthropic(block) and block.get("type") != "refusal"]
    parts = read_parts(content, where, problems)
    return Assistant(parts, calls, source, refusal or None, message.get("name"), where=where)


def _is_anthropic(block: Mapping[str, Json]) -> bool:
    """Blocks that are no text and no media: calls, reasoning (Mistral's too), server tools and their results."""
    kind = block.get("type")
    return isinstance(kind, str) and (kind in _ANTHROPIC_BLOCKS or kind.endswith("_tool_result"))


def _is_mistrals(block: Mapping[str, Json]) -> bool:
    return isinstance(block.get("thinking"), list)


def _call(call: Json) -> Call:
    """A call in Chat's, Anthropic's or Responses' shape."""
    if not isinstance(call, Mapping):
        raise ValueError(f"a tool call is {type(call).__name__}, not an object")
    function = call.get("function")
    inner = function if isinstance(function, Mapping) else call
    arguments = inner["input"] if "input" in inner else inner.get("arguments")
    return _checked(call.get("call_id") or call.get("id") or "", inner.get("name") or "", arguments)


def _checked(call_id: Json, name: Json, arguments: Json) -> Call:
    if not isinstance(call_id, str) or not isinstance(name, str):
        raise ValueError(f"a tool call has the id {call_id!r} and the name {name!r}; both are strings")
    return Call(call_id, name, arguments_text(arguments))


def arguments_text(arguments: Json) -> str:
    """Arguments as JSON text: text as it is, `{}` for none, any other value encoded."""
    if arguments is None or (isinstance(arguments, str) and not arguments.strip()):
        return "{}"
    return arguments if isinstance(arguments, str) else json_text(arguments)


def _from_gemini(message: Mapping[str, Json], where: str, problems: list[str]) -> Assistant:
    calls: list[Call] = []
    said: list[Json] = []
    given = [_camel_case(part) for part in message["parts"]]
    for part in given:
        call = part.get("functionCall")
        if call:
            calls.append(_checked(call.get("id") or "", call.get("name") or "", call.get("args")))
        elif isinstance(part.get("text"), str) and not part.get("thought"):
            said.append({"type": "text", "text": part["text"]})
    source = message if "gemini" in message else {**message, "gemini": {"parts": given}}
    return Assistant(read_parts(said, where, problems), calls, source, where=where)


_CAMEL = {
    "function_call": "functionCall",
    "thought_signature": "thoughtSignature",
    "inline_data": "inlineData",
    "file_data": "fileData",
    "executable_code": "executableCode",
    "code_execution_result": "codeExecutionResult",
    "video_metadata": "videoMetadata",
}


def _camel_case(part: Mapping[str, Json]) -> dict[str, Json]:
    """A part under the names of the wire, also where it comes from Google's SDK."""
    return {_CAMEL.get(key, key): value for key, value in part.items() if value is not None}


def output_run(messages: Sequence[Mapping[str, Json]], start: int) -> list[Mapping[str, Json]]:
    """The items from `start` on that are one turn of the model, in the shape of a Responses output."""
    end = start
    while end < len(messages) and _is_output(messages[end]):
        end += 1
    return list(messages[start:end])


def _is_output(item: Json) -> bool:
    if not isinstance(item, Mapping):
        return False
    kind, role = item.get("type"), item.get("role")
    if kind == "message":
        return role == "assistant" and "stop_reason" not in item  # Anthropic's whole responses are messages too
    if role is not None or not isinstance(kind, str) or kind in _INPUT_ONLY:
        return False
    return kind in _OUTPUT_ONLY or kind.endswith("_call")


def from_items(items: list[Mapping[str, Json]], where: str, problems: list[str]) -> Assistant:
    """A run of Responses output items as one turn."""
    said: list[Json] = []
    refusals: list[str] = []
    for item in items:
        content = item.get("content") if item.get("type") == "message" else None
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content or ():
            if block.get("type") == "refusal":
                refusals.append(block.get("refusal", ""))
            else:
                said.append(block)
    calls = [_call(item) for item in items if item.get("type") == "function_call"]
    source = {"openai_responses": {"items": items}}
    return Assistant(read_parts(said, where, problems), calls, source, "".join(refusals) or None, where=where)
