"""What the checks read out of a run: kinds, the parts of an answer, a transcript that can be compared with another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from massgen_conformance.contract import SPECS, Role, field_of, kind_of
from massgen_conformance.monitor import Breach, Monitor
from massgen_conformance.trace import JSON, Run

DELTAS = {
    "content": "content",
    "reasoning": "reasoning_delta",
    "reasoning_summary": "reasoning_summary_delta",
}
PAYLOADS = {
    "tool_calls": "tool_calls",
    "reasoning_done": "reasoning_text",
    "reasoning_summary_done": "reasoning_summary_text",
    "complete_message": "complete_message",
}


def kinds(run: Run) -> list[str]:
    """The type of every chunk, as plain strings."""
    return [kind_of(timed.chunk) for timed in run.chunks]


def outline(run: Run) -> str:
    """The chunk types in order, repeated ones counted: `content x4, complete_message, done`."""
    counted = ((kind, len(list(group))) for kind, group in groupby(kinds(run)))
    return ", ".join(kind if number == 1 else f"{kind} x{number}" for kind, number in counted) or "no chunks"


def course(run: Run) -> str:
    """How a run went, in words: what came, and what it raised or that it did not end."""
    ending = "; it did not end" if run.timed_out else f"; it raised {run.raised!r}" if run.raised is not None else ""
    return f"{outline(run)}{ending}"


def field(run: Run, kind: str, name: str) -> Any:
    """The field of the only chunk of this type, None when there is none."""
    found = [field_of(chunk, name) for chunk in run.of(kind)]
    return found[-1] if found else None


def text(run: Run) -> str:
    return "".join(str(field_of(chunk, "content") or "") for chunk in run.of("content"))


def reasoning(run: Run) -> str:
    """Everything thought, raw and summarised, in order."""
    names = {"reasoning": "reasoning_delta", "reasoning_summary": "reasoning_summary_delta"}
    return "".join(str(field_of(chunk, names[kind_of(chunk)]) or "") for chunk in run.of(*names))


def calls(run: Run) -> list[JSON]:
    """The calls handed to the caller."""
    return [call for chunk in run.of("tool_calls") for call in field_of(chunk, "tool_calls") or ()]


def message(run: Run) -> JSON:
    return field(run, "complete_message", "complete_message")


def status(run: Run) -> str:
    """The normalised finish reason, empty when there is no `done`."""
    return str(field(run, "done", "status") or "")


def usage(run: Run) -> JSON:
    return field(run, "done", "usage")


def error_kind(run: Run) -> str:
    """The class of the failure, empty when there is none."""
    return str(field_of(field(run, "error", "error_info"), "kind") or "")


def failed(run: Run) -> bool:
    """Whether the run told its caller that it failed."""
    return bool(run.of("error")) and status(run) == "error"


def breaches(run: Run, *rules: str, known_ids: Iterable[str] = ()) -> list[Breach]:
    """What the monitor says of the whole stream, of these rules (all of them when none is named)."""
    monitor = Monitor(known_ids)
    found = [breach for timed in run.chunks for breach in monitor.feed(timed.chunk)]
    found += monitor.finish() if run.raised is None and not run.timed_out else []
    return [breach for breach in found if not rules or breach.rule in rules]


def transcript(run: Run, *, joined: bool = True) -> list[tuple[str, str]]:
    """The run as (type, text) pairs in which adjacent deltas are joined and the ids of calls are numbered.

    Two runs over the same bytes have equal transcripts however the bytes travelled; with `joined=False`, where every
    delta stands alone, if they travelled alike.
    """
    entries = [entry for timed in run.chunks for entry in _entry(timed.chunk)]
    pairs = (
        entries
        if not joined
        else [(kind, "".join(value for _, value in group)) for kind, group in groupby(entries, key=lambda e: e[0])]
    )
    names = {call["id"]: f"call {number}" for number, call in enumerate(calls(run)) if _has_id(call)}
    return [(kind, _renamed(value, names)) for kind, value in pairs]


def _entry(chunk: Any) -> list[tuple[str, str]]:
    kind = kind_of(chunk)
    spec = SPECS.get(kind)
    if spec is None or spec.role in (Role.STATUS, Role.WORK, Role.RESPONSE):
        return []
    if kind in DELTAS:
        return [(kind, str(field_of(chunk, DELTAS[kind])))]
    if kind in PAYLOADS:
        return [(kind, json.dumps(field_of(chunk, PAYLOADS[kind]), sort_keys=True, ensure_ascii=False, default=repr))]
    if kind == "done":
        return [(kind, json.dumps([status_of(chunk), field_of(chunk, "usage")], sort_keys=True))]
    return [(kind, str(field_of(field_of(chunk, "error_info"), "kind")))] if kind == "error" else [(kind, "")]


def status_of(chunk: Any) -> str:
    return str(field_of(chunk, "status"))


def _has_id(call: JSON) -> bool:
    return isinstance(call, dict) and isinstance(call.get("id"), str) and bool(call["id"])


def _renamed(value: str, names: dict[str, str]) -> str:
    for given, name in names.items():
        value = value.replace(given, name)
    return value


def first_difference(left: list[tuple[str, str]], right: list[tuple[str, str]]) -> str:
    """Where two transcripts part, as a sentence; empty when they do not."""
    for number, (mine, other) in enumerate(zip(left, right, strict=False)):
        if mine != other:
            return f"entry {number}: {_shown(mine)} against {_shown(other)}"
    if len(left) != len(right):
        longer = left if len(left) > len(right) else right
        return f"entry {min(len(left), len(right))}: only one has {_shown(longer[min(len(left), len(right))])}"
    return ""


def _shown(entry: tuple[str, str]) -> str:
    kind, value = entry
    return f"{kind} {value!r}" if len(value) <= 120 else f"{kind} of {len(value)} characters {value[:90]!r}..."
