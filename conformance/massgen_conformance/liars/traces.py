"""Trace mutation: legal streams with one change each, and whether the monitor sees it.

A mutant that the monitor accepts is either equivalent, by a rule of `EQUIVALENT` that says why it is still a legal
stream, or it is a survivor: a blind spot. The rules look at the change, never at the monitor.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from massgen_conformance.contract import COMMON_FIELDS, FIELD_TYPES, MESSAGE_DUE, SPECS, STATUSES, Role
from massgen_conformance.driver import drive
from massgen_conformance.liars.honest import honest
from massgen_conformance.liars.leaves import changed_leaves
from massgen_conformance.monitor import Monitor
from massgen_conformance.player import Player
from massgen_conformance.providers import speaker_for
from massgen_conformance.scenarios import reasoning, text, tools, turns
from massgen_conformance.speakers.base import UnspeakableTurn
from massgen_conformance.targets import subject

Chunk = dict[str, Any]
Trace = list[Chunk]

PROVIDERS = ("chatcompletion", "deepseek", "claude", "gemini")
SCENARIOS = (text.TEXT, text.EMPTY, tools.TEXT_AND_CALL, tools.PARALLEL, reasoning.THINKING_AND_CALL)
ENDINGS = (turns.USAGE_DETAILED, turns.FINISHES["length"], turns.OVERLOADED_MIDWAY)

_WORK_CALL = {"id": "call_w", "type": "function", "function": {"name": "look", "arguments": "{}"}}
INSIDE: Trace = [
    {"type": "backend_status", "status": "retrying", "detail": "server said 503"},
    {"type": "reasoning_summary", "reasoning_summary_delta": "Look", "summary_index": 0, "item_id": "rs_1"},
    {"type": "reasoning_summary", "reasoning_summary_delta": "ing.", "summary_index": 0, "item_id": "rs_1"},
    {"type": "reasoning_summary_done", "reasoning_summary_text": "Looking.", "summary_index": 0, "item_id": "rs_1"},
    {
        "type": "complete_message",
        "complete_message": {"role": "assistant", "content": None, "tool_calls": [_WORK_CALL]},
    },
    {"type": "mcp_status", "status": "mcp_tool_called", "detail": "look", "tool_call_id": "call_w"},
    {"type": "content", "content": "Here it is."},
    {"type": "complete_message", "complete_message": {"role": "assistant", "content": "Here it is."}},
    {"type": "complete_response", "response": {"id": "resp_1"}},
    {"type": "done", "status": "stop", "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}},
]
"""What no honest subject of the kit does: a retry told, a summary, a tool run inside the backend, a raw response."""

_BLANK = dict.fromkeys(FIELD_TYPES)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A legal trace with one change, made to the chunk at `position`."""

    operator: str
    position: int
    change: str
    stream: Trace
    field: str = ""

    def __str__(self) -> str:
        return f"{self.operator} at {self.position}: {self.change}"


@dataclass(slots=True)
class Score:
    """What became of the mutants."""

    killed: Counter[str] = field(default_factory=Counter)  # by operator
    equivalent: Counter[str] = field(default_factory=Counter)  # by rule
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of the mutants that are not equivalent which the monitor rejects, from 0 to 1."""
        killed = self.killed.total()
        return killed / (killed + len(self.survivors)) if killed else 0.0


async def honest_traces() -> list[Trace]:
    """The streams of the honest subjects on a choice of scenarios, and `INSIDE`; equal ones once."""
    traces: list[Trace] = [INSIDE]
    with Player() as player:
        for provider in PROVIDERS:
            who = subject(provider, honest)
            for scenario in (*SCENARIOS, *ENDINGS):
                if not scenario.needs <= who.abilities:
                    continue
                try:
                    runs = await drive(who, scenario, player=player, speaker=speaker_for(who))
                except UnspeakableTurn:
                    continue
                found = [[_plain(timed.chunk) for timed in run.chunks] for run in runs]
                traces += [trace for trace in found if trace not in traces]
    return traces


def _plain(chunk: Any) -> Chunk:
    shown = {name: getattr(chunk, name, None) for name in ("type", *FIELD_TYPES)}
    info = shown["error_info"]
    if info is not None and not isinstance(info, dict):
        shown["error_info"] = {name: getattr(info, name, None) for name in ("kind", "provider", "retryable")}
    return {name: value for name, value in shown.items() if value is not None}


def rejected(stream: Trace) -> bool:
    """Whether the monitor finds a breach, in dicts and in objects alike: it judges objects by a shorter way."""
    return _breached(stream) and _breached([SimpleNamespace(**{**_BLANK, **chunk}) for chunk in stream])


def _breached(stream: Sequence[Any]) -> bool:
    monitor = Monitor()
    return any(monitor.feed(chunk) for chunk in stream) or bool(monitor.finish())


def mutants(trace: Trace) -> Iterator[Mutant]:
    """Every mutant of a trace, by operator."""
    for at, chunk in enumerate(trace):
        kind, before, after = chunk["type"], trace[:at], trace[at + 1 :]
        yield Mutant("truncate", at, f"nothing from {kind} on", before)
        yield Mutant("drop", at, f"{kind} is missing", before + after)
        yield Mutant("duplicate", at, f"{kind} comes twice", [*before, chunk, chunk, *after])
        if after:
            swapped = [*before, after[0], chunk, *after[1:]]
            yield Mutant("swap", at, f"{after[0]['type']} before {kind}", swapped)
        for other in SPECS:
            if other != kind:
                yield Mutant("retype", at, f"{kind} as {other}", [*before, {**chunk, "type": other}, *after], other)
        for name, value in _corruptions(chunk):
            changed = value if name in FIELD_TYPES else "another"
            told = f"{kind}: {name} is {changed!r}"
            yield Mutant("corrupt", at, told, [*before, {**chunk, name.partition(".")[0]: value}, *after], name)


def _corruptions(chunk: Chunk) -> Iterator[tuple[str, Any]]:
    """Other values for each field: none, another type, empty, another value, a change inside; and foreign fields."""
    for name, value in chunk.items():
        if name in COMMON_FIELDS:
            continue
        yield name, None
        yield name, object() if isinstance(value, (str, int, dict, list)) else 7
        if isinstance(value, str):
            yield from ((name, ""), (name, value + "x"))
        for path, changed in changed_leaves(value):
            yield f"{name}.{path}", changed
    spec = SPECS[chunk["type"]]
    if spec.role is Role.DONE:
        yield from (("status", other) for other in STATUSES)
    for name in FIELD_TYPES.keys() - {*spec.required, *spec.optional}:
        yield name, _sample(name)


def _sample(name: str) -> Any:
    wanted = FIELD_TYPES[name]
    return {str: "x", int: 1, list: ["x"], dict: {"x": 1}}.get(wanted, "x") if isinstance(wanted, type) else "x"


def measure(traces: Sequence[Trace], *, sample: int = 0, seed: int = 0) -> Score:
    """Put the mutants (a seeded `sample` of them, or all) before the monitor."""
    pairs = [(trace, mutant) for trace in traces for mutant in mutants(trace) if mutant.stream != trace]
    if sample and sample < len(pairs):
        pairs = random.Random(seed).sample(pairs, sample)  # noqa: S311  # repeatable, not secret
    score = Score()
    for trace, mutant in pairs:
        if rejected(mutant.stream):
            score.killed[mutant.operator] += 1
        elif rule := next((name for name, holds in EQUIVALENT.items() if holds(trace, mutant)), ""):
            score.equivalent[rule] += 1
        else:
            score.survivors.append(mutant)
    return score


def _role(trace: Trace, at: int) -> Role:
    return SPECS[trace[at]["type"]].role


def _progress(trace: Trace, mutant: Mutant) -> bool:
    touched = trace[mutant.position : mutant.position + (2 if mutant.operator == "swap" else 1)]
    moved = mutant.operator in ("drop", "duplicate", "swap")
    return moved and any(SPECS[chunk["type"]].role in (Role.STATUS, Role.WORK) for chunk in touched)


def _free_text(trace: Trace, mutant: Mutant) -> bool:
    kind = trace[mutant.position]["type"]
    words = {"detail", "tool_call_id"} | ({"error"} if kind == "error" else set())
    words |= {"status"} if SPECS[kind].role in (Role.STATUS, Role.WORK) else set()
    value = mutant.stream[mutant.position].get(mutant.field) if mutant.operator == "corrupt" else None
    return mutant.field in words and (isinstance(value, str) or (value is None and mutant.field != "error"))


def _raw_response(trace: Trace, mutant: Mutant) -> bool:
    is_raw = trace[mutant.position]["type"] == "complete_response"
    return is_raw and (mutant.operator == "drop" or mutant.field.startswith("response."))


def _unrepeated(trace: Trace, mutant: Mutant) -> bool:
    """A change of the body of an attempt that has no message to be compared with: it failed, or was cut off."""
    later = trace[mutant.position :]
    told = any(chunk["type"] in ("complete_message", "reasoning_done", "reasoning_summary_done") for chunk in later)
    whole = trace[-1].get("status") in MESSAGE_DUE
    return not told and not whole and _role(trace, mutant.position) is Role.BODY


def _other_reason(trace: Trace, mutant: Mutant) -> bool:
    """Whole, cut off or filtered: only the wire knows which of them an answer was. Calls and errors show here."""
    before, after = trace[-1].get("status"), mutant.stream[-1].get("status")
    return mutant.field == "status" and "error" not in (before, after) and after in {*STATUSES} - {"tool_calls"}


def _no_usage(trace: Trace, mutant: Mutant) -> bool:
    return mutant.operator == "corrupt" and mutant.field == "usage" and mutant.stream[-1].get("usage") is None


def _counts_within(trace: Trace, mutant: Mutant) -> bool:
    return mutant.field.startswith("usage.") and not mutant.field.endswith(("prompt_tokens", "completion_tokens"))


def _providers_own(trace: Trace, mutant: Mutant) -> bool:
    name, _, inside = mutant.field.partition(".")
    return name == "complete_message" and inside.partition(".")[0] not in ("", "role", "content", "tool_calls")


def _extra_of_error(trace: Trace, mutant: Mutant) -> bool:
    leaf = mutant.field.partition("error_info.")[2]
    info = mutant.stream[mutant.position].get("error_info")
    value = info.get(leaf) if isinstance(info, dict) else None
    if leaf in ("provider", "retryable"):
        return isinstance(value, (str, bool))
    if leaf in ("http_status", "retry_after"):
        return value is None or (isinstance(value, int | float) and value >= 0)
    return leaf in ("code", "request_id")


def _nothing_said(trace: Trace, mutant: Mutant) -> bool:
    message = mutant.stream[mutant.position].get("complete_message") if mutant.operator == "corrupt" else None
    return (
        mutant.field == "complete_message.content"
        and isinstance(message, dict)
        and message.get("content") in (None, "")
    )


def _message_of_a_cut(trace: Trace, mutant: Mutant) -> bool:
    is_message = trace[mutant.position]["type"] == "complete_message"
    return mutant.operator == "drop" and is_message and trace[-1].get("status") not in MESSAGE_DUE


def _run_inside(trace: Trace, mutant: Mutant) -> bool:
    """The calls of a message after which tools ran inside the backend: they were handed to nobody."""
    if trace[mutant.position]["type"] != "complete_message" or not any(
        SPECS[chunk["type"]].role is Role.WORK for chunk in trace[mutant.position :]
    ):
        return False
    return mutant.operator == "drop" or mutant.field.startswith("complete_message.tool_calls")


def _another_progress(trace: Trace, mutant: Mutant) -> bool:
    """A word of progress as another type that has the same fields, one of a payload's progress included."""
    was = _role(trace, mutant.position) in (Role.STATUS, Role.WORK)
    return (
        was and mutant.operator == "retype" and "status" in SPECS[mutant.field].required + SPECS[mutant.field].optional
    )


EQUIVALENT: dict[str, Callable[[Trace, Mutant], bool]] = {
    "progress may be told more, less or elsewhere": _progress,
    "words for people may be any": _free_text,
    "the provider's raw response is free, and may be absent": _raw_response,
    "nothing repeats the text of an attempt that failed or was cut off": _unrepeated,
    "why a provider ended an answer is its own word": _other_reason,
    "usage may be unknown": _no_usage,
    "other counts lie anywhere within their whole": _counts_within,
    "what a message holds under the provider's own keys is the checks' business: they know the wire": _providers_own,
    "an error may be of another provider and may be worth a retry or not": _extra_of_error,
    "a message without text says so by None, by an empty text or by no content": _nothing_said,
    "an answer that was cut off need not have a message": _message_of_a_cut,
    "calls that ran inside the backend are told by the message alone": _run_inside,
    "progress may be of another type with the same fields": _another_progress,
}
"""Rule -> whether it makes the mutant a legal stream."""
