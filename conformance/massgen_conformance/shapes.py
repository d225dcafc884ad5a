"""Judgements on single values of a chunk: calls, usage, error. Each returns the problems found, as sentences."""

from __future__ import annotations

import json
from typing import Any

from massgen_conformance.contract import (
    CALL_KEYS,
    ERROR_KINDS,
    FUNCTION_KEYS,
    USAGE_COUNTS,
    USAGE_FLAGS,
    USAGE_PARTS,
    USAGE_REQUIRED,
    field_of,
)

JSON = Any  # the JSON edge


def call_problems(call: JSON, *, arguments: bool = True) -> list[str]:
    """What is wrong with one tool call; `arguments=False` leaves their text unjudged."""
    if not isinstance(call, dict):
        return [f"a call is a dict, not {type(call).__name__}"]
    missing = [key for key in CALL_KEYS if key not in call]
    if missing:
        return [f"a call lacks {', '.join(missing)}"]
    problems = []
    if not isinstance(call["id"], str) or not call["id"]:
        problems.append(f"a call's id is a non-empty string, not {call['id']!r}")
    if call["type"] != "function":
        problems.append(f"a call's type is 'function', not {call['type']!r}")
    function = call["function"]
    if not isinstance(function, dict) or any(not isinstance(function.get(key), str) for key in FUNCTION_KEYS):
        return [*problems, f"a call's function has the strings {' and '.join(FUNCTION_KEYS)}, not {function!r}"]
    if not function["name"]:
        problems.append("a call's function name is empty")
    if arguments and not is_object_text(function["arguments"]):
        problems.append(f"arguments are the JSON text of an object, not {function['arguments']!r}")
    return problems


def is_object_text(text: str) -> bool:
    """Whether `text` is JSON and an object."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def usage_problems(usage: JSON) -> list[str]:
    """What is wrong with `done.usage`; keys beyond the contract's are allowed."""
    if not isinstance(usage, dict):
        return [f"usage is a dict, not {type(usage).__name__}"]
    missing = [key for key in USAGE_REQUIRED if key not in usage]
    if missing:
        return [f"usage lacks {', '.join(missing)}"]
    problems = [
        f"usage.{key} is an integer of at least 0, not {usage[key]!r}"
        for key in (*USAGE_REQUIRED, *USAGE_COUNTS)
        if key in usage and not _is_count(usage[key])
    ]
    problems += [
        f"usage.{key} is a bool, not {usage[key]!r}"
        for key in USAGE_FLAGS
        if key in usage and not isinstance(usage[key], bool)
    ]
    return problems or _identity_problems(usage)


def _is_count(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _identity_problems(usage: dict[str, int]) -> list[str]:
    prompt, completion, total = (usage[key] for key in USAGE_REQUIRED)
    problems = []
    if total != prompt + completion:
        problems.append(f"usage.total_tokens is prompt + completion = {prompt + completion}, not {total}")
    for part, whole in USAGE_PARTS:
        if usage.get(part, 0) > usage[whole]:
            problems.append(f"usage.{part} ({usage[part]}) is at most usage.{whole} ({usage[whole]})")
    return problems


def error_problems(info: Any) -> list[str]:
    """What is wrong with `error_info`, an object or a dict."""
    problems = []
    kind = field_of(info, "kind")
    if kind not in ERROR_KINDS:
        problems.append(f"error_info.kind is one of {', '.join(ERROR_KINDS)}, not {kind!r}")
    provider = field_of(info, "provider")
    if not isinstance(provider, str) or not provider:
        problems.append(f"error_info.provider is a non-empty string, not {provider!r}")
    if not isinstance(field_of(info, "retryable"), bool):
        problems.append(f"error_info.retryable is a bool, not {field_of(info, 'retryable')!r}")
    wait = field_of(info, "retry_after")
    if wait is not None and (isinstance(wait, bool) or not isinstance(wait, (int, float)) or wait < 0):
        problems.append(f"error_info.retry_after is seconds of at least 0, not {wait!r}")
    status = field_of(info, "http_status")
    if status is not None and not (isinstance(status, int) and 100 <= status <= 599):
        problems.append(f"error_info.http_status is an HTTP status, not {status!r}")
    return problems


def message_problems(message: JSON) -> list[str]:
    """What is wrong with the outline of a `complete_message`: role, content, calls."""
    if not isinstance(message, dict):
        return [f"complete_message is a dict, not {type(message).__name__}"]
    problems = []
    if message.get("role") != "assistant":
        problems.append(f"complete_message.role is 'assistant', not {message.get('role')!r}")
    if not isinstance(message.get("content"), (str, type(None))):
        problems.append(f"complete_message.content is text or None, not {type(message['content']).__name__}")
    calls = message.get("tool_calls")
    if calls is not None and (not isinstance(calls, list) or not calls):
        problems.append("complete_message.tool_calls is a non-empty list, or absent")
        calls = None
    for call in calls or ():
        problems += call_problems(call, arguments=False)
    return problems
