"""The contract's tables agree with each other and with the words of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from massgen_conformance.contract import (
    COMMON_FIELDS,
    DELTA_FIELDS,
    ERROR_KINDS,
    FIELD_TYPES,
    MESSAGE_DUE,
    SPECS,
    STATUSES,
    TRANSITIONS,
    USAGE_COUNTS,
    USAGE_PARTS,
    USAGE_REQUIRED,
    Place,
    Role,
    field_of,
)


def test_the_vocabulary_is_the_contracts() -> None:
    assert set(SPECS) == {
        "content",
        "tool_calls",
        "reasoning",
        "reasoning_done",
        "reasoning_summary",
        "reasoning_summary_done",
        "complete_message",
        "complete_response",
        "done",
        "error",
        "agent_status",
        "backend_status",
        "compression_status",
        "mcp_status",
        "custom_tool_status",
        "hook_execution",
        "media",
        "media_progress",
        "attachment",
        "attachment_complete",
        "checkpoint_activated",
        "checkpoint_completed",
        "compression_needed",
    }


@pytest.mark.parametrize("name", SPECS)
def test_every_field_of_a_type_is_typed_once_and_not_common(name: str) -> None:
    fields = SPECS[name].required + SPECS[name].optional
    assert set(fields) <= set(FIELD_TYPES)
    assert len(set(fields)) == len(fields)
    assert not set(fields) & set(COMMON_FIELDS)


def test_every_field_belongs_to_some_type() -> None:
    used = {name for spec in SPECS.values() for name in spec.required + spec.optional}
    assert used == set(FIELD_TYPES)
    assert set(FIELD_TYPES) >= DELTA_FIELDS


def test_only_done_ends_a_stream_and_nothing_follows_it() -> None:
    assert TRANSITIONS[Place.ENDED] == {}
    assert {role for row in TRANSITIONS.values() for role, place in row.items() if place is Place.ENDED} == {Role.DONE}
    assert all(Role.DONE in row for place, row in TRANSITIONS.items() if place is not Place.ENDED)


def test_after_an_error_only_done_is_legal() -> None:
    assert set(TRANSITIONS[Place.FAILED]) == {Role.DONE}


def test_every_place_has_a_row_and_is_reachable() -> None:
    assert set(TRANSITIONS) == set(Place)
    reached = {following for row in TRANSITIONS.values() for following in row.values()}
    assert reached == set(Place)


def test_status_and_usage_words_fit_together() -> None:
    assert set(STATUSES) >= MESSAGE_DUE
    assert {part for part, _ in USAGE_PARTS} == set(USAGE_COUNTS)
    assert {whole for _, whole in USAGE_PARTS} <= set(USAGE_REQUIRED)
    assert len(set(ERROR_KINDS)) == len(ERROR_KINDS) == 16


@dataclass
class _Chunk:
    type: str
    content: str | None = None


@pytest.mark.parametrize(
    "chunk",
    [{"type": "content", "content": "a"}, SimpleNamespace(type="content", content="a"), _Chunk("content", "a")],
    ids=["dict", "namespace", "dataclass"],
)
def test_fields_are_read_from_any_kind_of_chunk(chunk: object) -> None:
    assert field_of(chunk, "type") == "content"
    assert field_of(chunk, "content") == "a"
    assert field_of(chunk, "usage") is None
