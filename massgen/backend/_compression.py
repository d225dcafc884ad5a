"""A conversation made shorter so that it fits a context window: what stays is verbatim, what is left out is said.

A history is a row of steps: a message of the user, or what the model said and called together with the results of its
calls. A step is kept or left out whole, so every call keeps its results. System messages and the user's last message
always stay; then the newest steps, as many as fit. No model and no network is asked: the same history gives the same
result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from massgen.backend.call_ids import call_ids_of
from massgen.token_manager.estimate import estimate_messages

Json = Any
Estimate = Callable[[list[Json]], int]

_EXCERPT = 160  # characters of each message in the note
_NOTE_SHARE = 4  # the note may take a quarter of the target


class Compression(msgspec.Struct, frozen=True):
    """The shorter conversation, and how it came about. Tokens are estimates."""

    messages: list[Json]
    left_out: int
    tokens_before: int
    tokens_after: int

    @property
    def summary(self) -> str:
        kept = len(self.messages) - 1
        return (
            f"{self.left_out} messages left out, {kept} kept: about {self.tokens_before:,} tokens before, "
            f"{self.tokens_after:,} now"
        )


class _Step:
    """Indices of messages that stay together. `asks` where the user speaks in one of them."""

    def __init__(self, index: int, role: str, asks: bool) -> None:
        self.indices, self.role, self.asks = [index], role, asks

    def take(self, other: _Step) -> None:
        self.indices += other.indices
        self.asks |= other.asks


def compress(
    messages: Sequence[Json],
    target: int,
    *,
    estimate: Estimate = estimate_messages,
    written: str | None = None,
) -> Compression | None:
    """`messages` in about `target` tokens; None where nothing can be left out or nothing would be gained.

    `written` is what the model had written before it was cut off; its end goes into the note.
    """
    steps = _steps(messages)
    always = _always(steps)
    kept = set(always)
    room = target - target // _NOTE_SHARE - _size(messages, steps, kept, estimate)
    for step in reversed(range(len(steps))):
        if step in always:
            continue
        room -= _size(messages, steps, {step}, estimate)
        if room < 0:
            break
        kept.add(step)
    left_out = [index for number, step in enumerate(steps) if number not in kept for index in step.indices]
    if not left_out:
        return None
    staying = sorted(index for number in kept for index in steps[number].indices)
    note = _note([messages[index] for index in sorted(left_out)], target // _NOTE_SHARE, estimate, written)
    opening = next((place for place, index in enumerate(staying) if not _is_system(messages[index])), len(staying))
    shorter = [messages[index] for index in staying]
    shorter.insert(opening, note)
    before, after = estimate(list(messages)), estimate(shorter)
    return Compression(shorter, len(left_out), before, after) if after < before else None


def _size(messages: Sequence[Json], steps: list[_Step], chosen: set[int], estimate: Estimate) -> int:
    return estimate([messages[index] for number in chosen for index in steps[number].indices])


def _always(steps: list[_Step]) -> set[int]:
    """The steps that stay in any case."""
    asked = [number for number, step in enumerate(steps) if step.asks]
    return {number for number, step in enumerate(steps) if step.role == "system"} | set(asked[-1:])


def _steps(messages: Sequence[Json]) -> list[_Step]:
    steps: list[_Step] = []
    for index, message in enumerate(messages):
        role = _role(message)
        asks = role == "user" or (role == "result" and _speaks(message))
        goes_on = steps and (role == "result" or (role == steps[-1].role == "assistant"))
        if goes_on and steps[-1].role == "assistant":
            steps[-1].take(_Step(index, role, asks))
            if role == "result":
                steps[-1].role = "results"  # what the model says next begins a step
        elif goes_on and role == "result" and steps[-1].role == "results":
            steps[-1].take(_Step(index, role, asks))
        else:
            steps.append(_Step(index, role, asks))
        if role == "result":
            _join(steps, messages, message)
    return steps


def _join(steps: list[_Step], messages: Sequence[Json], result: Json) -> None:
    """A result that comes after other steps pulls them into the step that made its call."""
    wanted = set(_answered(result))
    for number, step in enumerate(steps[:-1]):
        if step.role in ("assistant", "results") and wanted & set(call_ids_of(messages[i] for i in step.indices)):
            for later in steps[number + 1 :]:
                step.take(later)
            step.role = "results"
            del steps[number + 1 :]
            return


def _answered(message: Mapping[str, Json]) -> Iterator[str]:
    """The ids of the calls that a message of results answers, in any wire's shape."""
    content = message.get("content")
    parts = message.get("parts")
    inside = [*(content if isinstance(content, list) else ()), *(parts if isinstance(parts, list) else ())]
    for place in (message, *(block for block in inside if isinstance(block, Mapping))):
        answer = place.get("functionResponse") or place.get("function_response") or {}
        for value in (place.get("tool_call_id"), place.get("call_id"), place.get("tool_use_id"), answer.get("id")):
            if isinstance(value, str) and value:
                yield value


def _role(message: Json) -> str:
    """`system`, `user`, `assistant` or `result`, whatever the shape."""
    if not isinstance(message, Mapping):
        return "user"
    role, kind = message.get("role"), str(message.get("type"))
    if role in ("system", "developer"):
        return "system"
    if role in ("tool", "function") or (role is None and kind.endswith("_output")):
        return "result"
    if role == "user":
        return "result" if any(_is_result(block) for block in _blocks(message)) else "user"
    return "assistant" if role in ("assistant", "model") or role is None else "user"


def _is_system(message: Json) -> bool:
    return _role(message) == "system"


def _blocks(message: Mapping[str, Json]) -> list[Json]:
    content = message.get("parts") if "parts" in message else message.get("content")
    return content if isinstance(content, list) else []


def _is_result(block: Json) -> bool:
    return isinstance(block, Mapping) and (
        block.get("type") == "tool_result" or "functionResponse" in block or "function_response" in block
    )


def _speaks(message: Mapping[str, Json]) -> bool:
    """Whether a message with results holds something of the user's beside them."""
    return any(not _is_result(block) for block in _blocks(message)) and message.get("role") == "user"


def _note(left_out: list[Json], room: int, estimate: Estimate, written: str | None) -> dict[str, Json]:
    """What stands for the messages that were left out: how many, and the beginnings of as many as fit, newest first."""
    head = (
        f"[{len(left_out)} earlier messages of this conversation were left out, because it did not fit the model's "
        "context window. What follows is the beginning of the latest of them; ask for what is missing.]"
    )
    tail = [f"[The answer was cut off. It ended with:]\n{written[-_EXCERPT * 4 :]}"] if written else []
    lines: list[str] = []
    for message in reversed(left_out):
        line = f"{_speaker(message)}: {_excerpt(message)}"
        if estimate([{"role": "user", "content": "\n".join([head, line, *lines, *tail])}]) > room:
            break
        lines.insert(0, line)
    return {"role": "user", "content": "\n".join([head, *lines, *tail])}


def _speaker(message: Json) -> str:
    return {"result": "tool"}.get(role := _role(message), role)


def _excerpt(message: Json) -> str:
    text = " ".join(" ".join(_texts(message)).split())
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 4] + " ..."


_SPOKEN = ("content", "parts", "text", "output", "name", "arguments", "input", "tool_calls", "function",
           "functionCall", "functionResponse", "response", "args")  # fmt: skip


def _texts(value: Json, depth: int = 0) -> Iterator[str]:
    """The texts of a message that a reader would see, without ids, signatures and files."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < 8:
        for inner in value:
            yield from _texts(inner, depth + 1)
    elif isinstance(value, Mapping) and depth < 8:
        for key in _SPOKEN:
            inner = value.get(key)
            if key in ("arguments", "input", "args", "response") and isinstance(inner, Mapping):
                yield msgspec.json.encode(inner).decode()
            elif inner is not None:
                yield from _texts(inner, depth + 1)
