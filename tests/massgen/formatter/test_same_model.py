"""Which two names can be one model: reasoning goes back to the model that made it only."""

from __future__ import annotations

import pytest

from massgen.formatter._echo import is_same_model

NAMES = [
    ("claude-opus-4-5-20251101", "claude-opus-4-5", True),
    ("claude-opus-4-5-20251101", "claude-opus-4-5@20251101", False),
    ("claude-opus-4-5", "claude-opus-4-5@20251101", True),
    ("claude-opus-4-5", "us.anthropic.claude-opus-4-5-20251101-v1:0", True),
    ("claude-opus-4-5", "claude-opus-4-6", False),
    ("gpt-5-2025-08-07", "gpt-5", True),
    ("gpt-5", "gpt-5-mini", False),
    ("gpt-5", "gpt-5.1", False),
    ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06", False),
    ("gpt-4o-2024-05-13", "gpt-4o", True),
    ("gemini-2.0-flash-001", "models/gemini-2.0-flash", True),
    ("gemini-2.5-flash", "gemini-2.5-flash-lite", False),
    ("mistral-small-latest", "mistral-small-2603", True),
    ("GPT-5", "gpt-5", True),
    (None, "gpt-5", True),
    ("gpt-5", None, True),
]


@pytest.mark.parametrize(("made_by", "asked", "same"), NAMES)
def test_an_alias_and_its_snapshot_are_one_model_and_two_snapshots_are_two(
    made_by: str | None, asked: str | None, same: bool
) -> None:
    assert is_same_model(made_by, asked) is same
    assert is_same_model(asked, made_by) is same
