"""Conversations that have a past: who said what before the model is asked."""

from __future__ import annotations

from typing import Final

from massgen_conformance.scenario import JSON, WEATHER_TOOL, Scenario
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

LENGTHY: Final = _history(
    "lengthy",
    ("system", "Rule-5f1d."),
    *(("user", "Tell me more. " * 40), ("assistant", "There is more to tell. " * 40)) * 4,
    ("user", "Question-5f1d."),
)

DEVELOPER: Final = _history("developer", ("developer", "Rule-5f1d."), ("user", "Question-5f1d."))

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
    DEVELOPER,
    _history(
        "late-system",
        ("user", "Question-5f1d."),
        ("assistant", "Answer-5f1d."),
        ("system", "Late-rule-5f1d."),
        ("user", "Again-5f1d."),
    ),
)
"""Orders of roles that callers produce."""

_CALL: JSON = {
    "id": "toolu_01A09q90qw90lq917835lq9",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
_EMPTY: JSON = {"refusal": None, "annotations": [], "audio": None, "function_call": None}
_MARKS: JSON = {"cache_control": {"type": "ephemeral"}, "prompt_cache_breakpoint": {"mode": "explicit"}}
_STRICT: JSON = {**WEATHER_TOOL, "function": {**WEATHER_TOOL["function"], "strict": True}}

SAID_ELSEWHERE: Final = ("Rule-5f1d.", "Question-5f1d.", "Look-5f1d.", "Sunny-5f1d.", "Answer-5f1d.", "More-5f1d.")
ELSEWHERE: Final = Scenario(
    "history-elsewhere",
    TEXT.turns,
    (
        {"role": "system", "name": "house", "content": "Rule-5f1d."},
        {"role": "user", "name": "ann", "content": [{"type": "text", "text": "Question-5f1d.", **_MARKS}]},
        {"role": "assistant", "name": "guide", "content": "Look-5f1d.", "tool_calls": [_CALL], **_EMPTY},
        {
            "role": "tool",
            "name": "get_weather",
            "tool_call_id": _CALL["id"],
            "content": [{"type": "text", "text": "Sunny-5f1d."}],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "Answer-5f1d."}], **_EMPTY},
        {"role": "user", "content": "More-5f1d."},
    ),
    (_STRICT,),
    needs=frozenset({"tools"}),
)
"""A conversation that was had with other providers, as their SDKs write it down."""

BEGUN: Final = Scenario(
    "history-begun", TEXT.turns, ({"role": "user", "content": "Say hello."}, {"role": "assistant", "content": "Hel"})
)
"""An answer that the caller has begun; the provider's mark for that is added."""
