"""Scenarios about reasoning: what was thought, what is signed, and what must be shown to the provider again."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance.scenario import (
    JSON,
    WEATHER_TOOL,
    Scenario,
    StreamError,
    Text,
    Thinking,
    ToolCall,
    Turn,
    Usage,
)
from massgen_conformance.scenarios.tools import ANSWER, ASK, PARIS, TOKYO

SIGNATURE = "RXF1YXRvciBzaWduYXR1cmUgb2YgdGhlIGZpcnN0IGJsb2Nr"
SECOND_SIGNATURE = "U2lnbmF0dXJlIG9mIHRoZSBzZWNvbmQgYmxvY2sgaGVyZQ=="

THOUGHT = ("The user greets me. ", "I should ", "greet back.")
PLAN = ("They want the weather, ", "so I call the tool.")

_REASONING = frozenset({"reasoning"})
_SUMMARIES = frozenset({"summaries"})
_BOTH = frozenset({"reasoning", "tools"})
_SIGNED = frozenset({"reasoning", "tools", "signatures"})

THINKING = Scenario("reasoning", (Turn((Thinking(THOUGHT), Text(("Hello", "!")))),), needs=_REASONING)

THOUGHT_ONLY = Scenario("reasoning-only", (Turn((Thinking(THOUGHT),), finish="length"),), needs=_REASONING)

COUNTED = Scenario(
    "reasoning-counted",
    (Turn((Thinking(THOUGHT), Text(("Hello", "!"))), usage=Usage(prompt=1201, completion=907, reasoning=613)),),
    needs=_REASONING,
)

SUMMARY = Scenario(
    "reasoning-summary", (Turn((Thinking(THOUGHT, summary=True), Text(("Hello", "!")))),), needs=_SUMMARIES
)

SUMMARIES = Scenario(
    "reasoning-summaries",
    (Turn((Thinking(THOUGHT, summary=True), Thinking(PLAN, summary=True), Text(("Hello", "!")))),),
    needs=_SUMMARIES,
)

SAID_ELSEWHERE = "Said by another model."
FOREIGN_MARK = "Rm9yZWlnblNpZ25hdHVyZU9mQW5vdGhlclByb3ZpZGVy"
FOREIGN_THOUGHT = "A thought of another model."
FOREIGN: JSON = {
    "reasoning_content": FOREIGN_THOUGHT,
    "reasoning": FOREIGN_THOUGHT,
    "reasoning_details": [
        {"type": "reasoning.text", "text": FOREIGN_THOUGHT, "signature": FOREIGN_MARK, "index": 0},
        {"type": "reasoning.encrypted", "data": FOREIGN_MARK, "index": 1},
    ],
    "thinking_blocks": [{"type": "thinking", "thinking": FOREIGN_THOUGHT, "signature": FOREIGN_MARK}],
    "reasoning_items": [{"type": "reasoning", "id": "rs_0", "summary": [], "encrypted_content": FOREIGN_MARK}],
}
"""Reasoning under the keys in which other clients keep it in a message."""

THINKING_AND_CALL = Scenario(
    "reasoning-tool",
    (Turn((Thinking(PLAN), ToolCall("get_weather", PARIS)), finish="tool_calls"), ANSWER),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    _BOTH,
)

THINKING_BETWEEN = Scenario(
    "reasoning-between-calls",
    (
        Turn(
            (Thinking(PLAN), ToolCall("get_weather", PARIS), Thinking(THOUGHT), ToolCall("get_weather", TOKYO)),
            finish="tool_calls",
        ),
    ),
    ASK,
    (WEATHER_TOOL,),
    needs=_BOTH,
)

OVERLOADED_THINKING = Scenario(
    "error-after-reasoning",
    (Turn((Thinking(THOUGHT),), error=StreamError("overloaded", "The model is overloaded, try later.")),),
    needs=_REASONING,
)

SIGNED = Scenario(
    "reasoning-signed",
    (Turn((Thinking(PLAN, SIGNATURE), ToolCall("get_weather", PARIS)), finish="tool_calls"), ANSWER),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    _SIGNED,
)

SIGNED_TWICE = Scenario(
    "reasoning-signed-twice",
    (
        Turn(
            (
                Thinking(THOUGHT, SIGNATURE),
                Text(("Let me ", "look.")),
                Thinking(PLAN, SECOND_SIGNATURE),
                ToolCall("get_weather", PARIS),
            ),
            finish="tool_calls",
        ),
        ANSWER,
    ),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    _SIGNED,
)
"""Two blocks and what was said between them."""

SIGNED_SUMMARY = Scenario(
    "reasoning-signed-summary",
    (
        Turn(
            (Thinking(PLAN, SIGNATURE, summary=True), Text(("Let me ", "look.")), ToolCall("get_weather", PARIS)),
            finish="tool_calls",
        ),
        ANSWER,
    ),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    frozenset({"tools", "summaries", "signatures"}),
)

SIGNED_IN_PIECES = Scenario(
    "reasoning-signed-in-pieces",
    (
        Turn(
            (Thinking(PLAN, SIGNATURE), ToolCall("get_weather", PARIS)),
            finish="tool_calls",
            quirks=frozenset({"signature_pieces"}),
        ),
        ANSWER,
    ),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    _SIGNED,
)

REDACTED = Scenario(
    "reasoning-redacted",
    (Turn((Thinking((), redacted=SECOND_SIGNATURE), ToolCall("get_weather", PARIS)), finish="tool_calls"), ANSWER),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    _SIGNED | {"redacted"},
)

_COMPACTING = replace(REDACTED.turns[0], quirks=frozenset({"compacted"}))
COMPACTED = replace(REDACTED, name="reasoning-compacted", turns=(_COMPACTING, ANSWER))

SIGNED_CALLS = Scenario(
    "signed-parallel-calls",
    (
        Turn(
            (ToolCall("get_weather", PARIS, signature=SIGNATURE), ToolCall("get_weather", TOKYO)),
            finish="tool_calls",
        ),
        ANSWER,
    ),
    ASK,
    (WEATHER_TOOL,),
    ("21 C", "70 F"),
    frozenset({"tools", "call_signatures"}),
)

CUT_THOUGHT = Scenario(
    "reasoning-cut",
    (Turn((Text(("Let me ", "think.")), Thinking(THOUGHT)), finish="length", quirks=frozenset({"unsigned"})),),
    needs=frozenset({"reasoning", "signatures"}),
)

_SEALED = (SIGNED, SIGNED_TWICE, SIGNED_SUMMARY, CUT_THOUGHT, SIGNED_IN_PIECES, REDACTED, COMPACTED, SIGNED_CALLS)
REASONING = (THINKING, THINKING_AND_CALL, THINKING_BETWEEN, OVERLOADED_THINKING, *_SEALED)
