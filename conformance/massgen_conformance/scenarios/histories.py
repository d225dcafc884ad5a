"""Conversations that have a past: who said what before the model is asked."""

from __future__ import annotations

from typing import Final

from massgen_conformance.scenario import JSON, Scenario
from massgen_conformance.scenarios.text import TEXT

SYSTEM: Final = ("system", "developer")
ASK: Final[tuple[JSON, ...]] = ({"role": "user", "content": "Say hello."},)


def _history(name: str, *messages: tuple[str, str]) -> Scenario:
    told = tuple({"role": role, "content": content} for role, content in messages)
    return Scenario(f"history-{name}", TEXT.turns, told)


def told(secret: str) -> Scenario:
    """A conversation in which something was said."""
    return _history("told", ("user", secret))


def said(scenario: Scenario) -> list[tuple[str, str]]:
    """Text and role of every message."""
    return [(message["content"], message["role"]) for message in scenario.messages]


ANSWERED: Final = _history(
    "answered",
    ("system", "Be brief."),
    ("user", "First question."),
    ("assistant", "First answer."),
    ("user", "Second question."),
)

ROLES: Final = (
    ANSWERED,
    _history("two-users", ("user", "One-5f1d."), ("user", "Two-5f1d."), ("user", "Three-5f1d.")),
    _history(
        "two-assistants",
        ("user", "Question-5f1d."),
        ("assistant", "Half-5f1d."),
        ("assistant", "Rest-5f1d."),
        ("user", "More-5f1d."),
    ),
    _history(
        "two-systems",
        ("system", "Rule-one-5f1d."),
        ("system", "Rule-two-5f1d."),
        ("user", "Question-5f1d."),
    ),
    _history("developer", ("developer", "Rule-5f1d."), ("user", "Question-5f1d.")),
    _history(
        "late-system",
        ("user", "Question-5f1d."),
        ("assistant", "Answer-5f1d."),
        ("system", "Late-rule-5f1d."),
        ("user", "Again-5f1d."),
    ),
)
"""Orders of roles that callers produce."""
