"""Reading a history: Chat messages, Anthropic blocks, Responses items and Gemini contents, mixed as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from massgen.backend.call_ids import CallIds
from massgen.errors import ConfigurationError
from massgen.formatter._content import Part, Text, inline, is_part, marked, read_parts
from massgen.formatter._history import (
    Assistant,
    Entry,
    Message,
    NativeItem,
    Result,
    System,
    User,
    json_text,
    pair,
)
from massgen.formatter._turns import from_items, output_run, read_assistant

Json = Any

_RESULT_PARTS = frozenset(
    {
        *("text", "input_text", "output_text", "image", "image_url", "input_image", "file", "input_file"),
        *("document", "input_audio", "audio", "search_result"),
    }
)


def read_history(
    messages: Sequence[Mapping[str, Json]], *, calls_elsewhere: bool = False, results_elsewhere: bool = False
) -> list[Message]:
    """`messages` as neutral values; the caller's objects are neither changed nor copied.

    `calls_elsewhere` says that the provider holds earlier messages itself, so that a result may come without its call;
    `results_elsewhere` that this is not a whole history, so that a call may come without its result. Raises
    ConfigurationError with every problem of the history at once.
    """
    if isinstance(messages, str | Mapping) or not isinstance(messages, Sequence):
        raise ConfigurationError(f"messages: give a list of messages, not {type(messages).__name__}")
    problems: list[str] = []
    entries: list[Entry] = []
    index = 0
    while index < len(messages):
        run = output_run(messages, index)
        where = f"messages[{index}]"
        try:
            entries.extend([from_items(run, where, problems)] if run else _read(messages[index], where, problems))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            problems.append(f"{where}: it cannot be read: {error}")
        index += len(run) or 1
    _name_calls(entries, problems)
    history = pair(entries, problems, calls_elsewhere=calls_elsewhere, results_elsewhere=results_elsewhere)
    if problems:
        raise ConfigurationError(problems)
    return history


def _name_calls(entries: Sequence[Entry], problems: list[str]) -> None:
    """Give an id to every call of a shape without ids; a call without a name is a problem."""
    ids = CallIds(b"history")
    for turn in entries:
        if isinstance(turn, Assistant):
            turn.calls = [call if call.id else replace(call, id=ids.claim(None)) for call in turn.calls]
            nameless = (call.id for call in turn.calls if not call.name)
            problems.extend(f"{turn.where}: the tool call {call_id!r} has no name" for call_id in nameless)


def _read(message: Json, where: str, problems: list[str]) -> list[Entry]:
    if not isinstance(message, Mapping):
        problems.append(f"{where}: it is {type(message).__name__}; a message is an object with a role")
        return []
    role = message.get("role")
    if "parts" in message and role in (None, "function"):
        role = "user"  # on Gemini's wire the role may be left out, and `function` was the role of results
    if role in ("system", "developer"):
        parts = read_parts(message.get("content"), where, problems)
        return [System(role, marked(parts, _cache_mark(message)), message.get("name"), where)]
    if role in ("tool", "function"):
        return [_tool_message(message, where, problems)]
    if role in ("assistant", "model"):
        return [read_assistant(message, where, problems)]
    if role == "user":
        return _user(message, where, problems)
    kind = message.get("type")
    if role is None and kind == "function_call_output":
        return [_result(message, message.get("call_id"), message.get("output"), where, problems)]
    if role is None and isinstance(kind, str):
        return [NativeItem(message, where)]
    problems.append(f"{where}: the role {role!r} is none of system, developer, user, assistant, tool")
    return []


def _user(message: Mapping[str, Json], where: str, problems: list[str]) -> list[Entry]:
    """A user message; the tool results that Anthropic and Gemini put into it come first."""
    content = message["parts"] if "parts" in message else message.get("content")
    if not isinstance(content, list):
        parts = (*read_parts(content, where, problems), *_images(message))
        return [User(marked(parts, _cache_mark(message)), message.get("name"), where)]
    results: list[Entry] = []
    rest: list[Json] = []
    for block in content:
        given = block if isinstance(block, Mapping) else {}
        answer = given.get("functionResponse") or given.get("function_response")
        if given.get("type") == "tool_result":
            results.append(_result(given, given.get("tool_use_id"), given.get("content", ""), where, problems))
        elif answer:
            results.append(_gemini_result(answer, where, problems))
        else:
            rest.append(block)
    if rest or not results:
        parts = read_parts(rest, where, problems)
        results.append(User(marked(parts, _cache_mark(message)), message.get("name"), where))
    return results


def _images(message: Mapping[str, Json]) -> list[Part]:
    """Ollama's `images` beside the text, as base64. Raises ValueError for what is none."""
    return [inline("image", image, None) for image in message.get("images") or ()]


def _cache_mark(message: Mapping[str, Json]) -> dict[str, Json]:
    """A `cache_control` on the message itself, which means its last part."""
    return {"cache_control": message["cache_control"]} if message.get("cache_control") else {}


def _tool_message(message: Mapping[str, Json], where: str, problems: list[str]) -> Result:
    call_id = message.get("tool_call_id") or message.get("id")
    result = _result(message, call_id, message.get("content", ""), where, problems)
    kept = message.get("gemini")
    if isinstance(kept, Mapping) and isinstance(kept.get("response"), Mapping):
        own = _gemini_result({"response": kept["response"]}, where, problems)
        if own.text == result.text:  # else the caller has edited the text
            result.response = own.response
    return result


def _result(source: Mapping[str, Json], call_id: Json, content: Json, where: str, problems: list[str]) -> Result:
    result = Result(
        call_id=_checked_id(call_id),
        value=content,
        parts=_result_parts(content),
        is_error=bool(source.get("is_error")),
        name=source.get("name") or source.get("tool_name"),
        marks=_cache_mark(source),
        where=where,
    )
    if result.parts is None and not isinstance(content, str):
        try:
            json_text(content)
        except (TypeError, ValueError) as error:
            problems.append(f"{where}: the tool result is no JSON value ({error}); give text, JSON or content parts")
    return result


def _result_parts(content: Json) -> tuple[Part, ...] | None:
    """The parts of a result that is a list of content parts; None for any other value, a JSON list included."""
    if not isinstance(content, list) or not content:
        return None
    if not all(is_part(block) and block.get("type") in _RESULT_PARTS for block in content):
        return None
    unreadable: list[str] = []
    parts = read_parts(content, "", unreadable)
    return None if unreadable else parts


def _gemini_result(answer: Mapping[str, Json], where: str, problems: list[str]) -> Result:
    """A `functionResponse`. Its object is kept for Gemini; `result`, `output` or `error` alone is the value in it."""
    response = answer.get("response") or {}
    only = next(iter(response)) if len(response) == 1 else None
    value = response[only] if only in ("result", "output", "error") else response
    result = Result(
        call_id=_checked_id(answer.get("id")),
        value=value,
        is_error=only == "error",
        name=answer.get("name"),
        response=response,
        where=where,
    )
    if answer.get("parts"):
        result.parts = (Text(result.text), *read_parts(answer["parts"], where, problems))
    return result


def _checked_id(call_id: Json) -> str:
    if not isinstance(call_id, str | None):
        raise ValueError(f"a tool result names the call {call_id!r}; an id is a string")
    return call_id or ""
