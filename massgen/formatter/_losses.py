"""What of a history a wire has no place for, a sentence each.

What a wire refuses is an error of its formatter instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, kind_of
from massgen.formatter._echo import NATIVE, is_extra, unsaid

Json = Any

_KEYS = {"anthropic": "anthropic", "gemini": "gemini", "responses": "openai_responses"}
_WITH_NAMES = frozenset({"chat"})
_WITH_DETAIL = frozenset({"chat", "responses"})
_WITH_REFUSALS = frozenset({"chat"})


def losses(history: Sequence[h.Message], wire: str, marks: Collection[str], echoed: Collection[int] = ()) -> list[str]:
    """`marks` are the keys of parts that the wire knows; `echoed` the turns that go back as they came, by identity."""
    found: list[str] = []
    for message in history:
        if isinstance(message, h.System | h.User):
            found.extend(_of_parts(message.parts, message.where, wire, marks))
        if isinstance(message, h.Assistant):
            found.extend(_of_turn(message, wire, marks, id(message) in echoed))
        if isinstance(message, h.Assistant | h.Answers):
            found.extend(loss for result in message.results for loss in _of_result(result, wire, marks))
        if isinstance(message, h.System | h.User | h.Assistant) and message.name and wire not in _WITH_NAMES:
            found.append(f"{message.where}: the name {message.name!r}")
    return found


def _of_turn(turn: h.Assistant, wire: str, marks: Collection[str], echoed: bool) -> Iterator[str]:
    if not echoed and not any(turn.source.get(key) for key in NATIVE):
        yield from _of_parts(turn.parts, turn.where, wire, marks)
    if turn.refusal and turn.text and not echoed and wire not in _WITH_REFUSALS:
        yield f"{turn.where}: the refusal beside the text"
    for key, blocks_key in NATIVE.items():
        kept = turn.source.get(key)
        if kept and not (echoed and _KEYS.get(wire) == key):
            blocks = kept.get(blocks_key) if isinstance(kept, Mapping) else kept
            yield from (f"{turn.where}: {key} {what}" for what in unsaid(key, blocks))
    yield from (f"{turn.where}: {key}" for key, value in turn.source.items() if value and is_extra(key))


def _of_result(result: h.Result, wire: str, marks: Collection[str]) -> Iterator[str]:
    yield from _of_parts(result.parts or (), result.where, wire, marks)
    if wire != "anthropic":
        yield from (f"{result.where}: {key} of a tool result" for key in result.marks)


def _of_parts(parts: Sequence[Part], where: str, wire: str, marks: Collection[str]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Native):
            continue
        known = {*marks, "detail"} if isinstance(part, Media) and wire in _WITH_DETAIL else marks
        what = part.kind if isinstance(part, Media) else "text"
        yield from (f"{where}: {key} of {what}" for key in part.marks if key not in known)
        if isinstance(part, Media) and wire == "gemini":
            yield from _untold(part, where)


def _untold(part: Media, where: str) -> Iterator[str]:
    """What Gemini's parts cannot say of media."""
    if part.filename:
        yield f"{where}: the file name {part.filename!r}"
    if part.url and part.kind != kind_of(part.media_type, part.url):
        yield f"{where}: that {part.url!r} is {part.kind}, without a mime_type"
