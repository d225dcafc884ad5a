"""What every provider demands beyond a request's shape: method, path, headers, and calls that find their results."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from massgen_conformance.speakers.base import JSON, SentMessage
from massgen_conformance.trace import Received


def target_of(received: Received) -> tuple[str, dict[str, str]]:
    """Path and query of a request."""
    parts = urlsplit(received.target)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def body_of(received: Received) -> JSON:
    """The JSON object that was sent. `ValueError` when it is none."""
    body = json.loads(received.body)
    if not isinstance(body, dict):
        raise ValueError(f"the body is a {type(body).__name__}, not an object")
    return body


def http_problems(received: Received, suffixes: Iterable[str]) -> list[str]:
    """Method, path and content type."""
    path, _ = target_of(received)
    problems = [] if received.method == "POST" else [f"the method is POST, not {received.method}"]
    if not path.endswith(tuple(suffixes)):
        problems.append(f"the path ends in {' or '.join(suffixes)}, not {path}")
    if "//" in path:
        problems.append(f"the path has an empty segment: {path}")
    content_type = received.header("content-type") or ""
    if content_type.partition(";")[0].strip() != "application/json":
        problems.append(f"content-type is application/json, not {content_type!r}")
    return problems


def bearer_problems(received: Received) -> list[str]:
    """An Authorization header with a bearer token."""
    scheme, _, token = (received.header("authorization") or "").partition(" ")
    return [] if scheme.lower() == "bearer" and token.strip() else ["the header Authorization: Bearer KEY is missing"]


def key_problems(received: Received, header: str) -> list[str]:
    """The key in the header where the provider looks for it; a bearer token is as good."""
    return [] if header != "authorization" and received.header(header) else bearer_problems(received)


def name_problems(names: list[str], allowed: re.Pattern[str]) -> list[str]:
    """Tool names that are not allowed, or offered twice."""
    found = [f"tool name {each!r} does not match {allowed.pattern}" for each in names if not allowed.fullmatch(each)]
    return found + [f"tool name {each!r} is offered twice" for each in sorted(set(names)) if names.count(each) > 1]


def history_problems(messages: tuple[SentMessage, ...], *, ids: bool = True) -> list[str]:
    """Results directly follow the message with their calls, cover each of them, and answer nothing else.

    With `ids=False` the wire may leave ids out, and results are matched by order and name.
    """
    problems: list[str] = []
    open_calls: list[tuple[str, str]] = []
    seen: set[str] = set()
    for number, message in enumerate(messages):
        place = f"message {number}"
        if message.result is not None:
            problems += _answer(open_calls, message, place, ids=ids)
            continue
        problems += _unanswered(open_calls, place)
        open_calls = [(call.id, call.name) for call in message.calls]
        if ids:
            used = [call.id for call in message.calls]
            problems += [
                f"{place} uses call id {each!r} again" for each in used if each in seen or used.count(each) > 1
            ]
            seen.update(used)
    return problems + _unanswered(open_calls, "the end of the history")


def _unanswered(open_calls: list[tuple[str, str]], place: str) -> list[str]:
    return [f"call {call_id or name!r} has no result before {place}" for call_id, name in open_calls]


def _answer(open_calls: list[tuple[str, str]], message: SentMessage, place: str, *, ids: bool) -> list[str]:
    result = message.result
    assert result is not None
    if ids or result.id:
        matching = [call for call in open_calls if call[0] == result.id]
    else:
        matching = [call for call in open_calls if call[1] == result.name][:1]
    if not matching:
        return [f"{place} answers {result.id or result.name!r}, which the message before it did not call"]
    open_calls.remove(matching[0])
    return []
