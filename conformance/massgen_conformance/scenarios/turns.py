"""Scenarios about how a turn is framed: usage, finish reasons, noise, size, errors inside the stream."""

from __future__ import annotations

from massgen_conformance.scenario import Scenario, StreamError, Text, Turn, Usage

HELLO = (Text(("Hello", ", ", "world", "!")),)

DETAILED = Usage(prompt=12345, completion=4567, cached=8192, reasoning=2051)
WRITTEN = Usage(prompt=12345, completion=4567, cached=4099, cache_creation=1027)
PLAIN = Usage(prompt=11, completion=7)


def _turn(name: str, turn: Turn) -> Scenario:
    return Scenario(name, (turn,))


def _quirk(name: str, *quirks: str, usage: Usage | None = PLAIN) -> Scenario:
    return _turn(name, Turn(HELLO, usage=usage, quirks=frozenset(quirks)))


USAGE_PLAIN = _turn("usage", Turn(HELLO, usage=PLAIN))
USAGE_DETAILED = _turn("usage-detailed", Turn(HELLO, usage=DETAILED))
USAGE_WRITTEN = _turn("usage-cache-written", Turn(HELLO, usage=WRITTEN))
USAGE_HEARD = _turn("usage-heard", Turn(HELLO, usage=Usage(prompt=5021, completion=307, heard=4013)))
USAGE_AFTER_FINISH = _quirk("usage-after-finish", "usage_after_finish", usage=DETAILED)
USAGE_ON_FINISH = _quirk("usage-on-finish", "usage_on_finish", usage=DETAILED)
USAGE_CUMULATIVE = _quirk("usage-cumulative", "usage_cumulative", usage=DETAILED)
USAGE_PROMPT_UNCOUNTED = _quirk("usage-prompt-uncounted", "prompt_uncounted")

USAGE_EDGES = {
    "all-cached": _turn("usage-all-cached", Turn(HELLO, usage=Usage(prompt=4096, completion=1, cached=4096))),
    "all-written": _turn("usage-all-written", Turn(HELLO, usage=Usage(5003, 10, cached=1009, cache_creation=3994))),
    "all-thought": _turn("usage-all-thought", Turn(HELLO, usage=Usage(prompt=64, completion=512, reasoning=512))),
    "no-prompt": _turn("usage-no-prompt", Turn(HELLO, usage=Usage(prompt=0, completion=512))),
}
"""Counts whose parts are as large as their whole, or none at all."""

UNCOUNTED = Turn(HELLO, usage=None)


def counted(name: str, usage: Usage) -> Scenario:
    """A greeting with these counts."""
    return _turn(name, Turn(HELLO, usage=usage))


FORMS = {
    quirk: _quirk(f"form-{quirk.replace('_', '-')}", quirk)
    for quirk in ("crlf", "lf", "cr", "no_space_after_data", "multi_line_data", "sse_fields", "bom")
}
"""One stream in the forms that its standard holds equal."""

FORMS_TOGETHER = _quirk("forms-together", "bom", "mixed_ends", "multi_line_data")

WHOLE_AND_OPEN = _quirk("whole-and-open", "whole_answer", "no_trailing_blank_line")
"""An answer of which nothing is known before the end of the bytes."""

PINGS = _quirk("pings", "pings")
EMPTY_CHOICES = _quirk("empty-choices", "empty_choices")
NULL_DELTA = _quirk("null-delta", "null_delta")
NULL_CONTENT = _quirk("null-content", "null_content")
ROLE_ONLY = _quirk("role-only", "role_only")
EMPTY_DELTA = _quirk("empty-delta", "empty_delta")

UNKNOWN_EVENT = _quirk("unknown-event", "unknown_event")
UNKNOWN_FIELD = _quirk("unknown-field", "unknown_field")

FINISHES = {
    finish: _turn(f"finish-{finish.replace('_', '-')}", Turn(HELLO, finish=finish))
    for finish in ("stop", "length", "content_filter", "refusal")
}
OUT_OF_ORDER = "error server, error overloaded"
"""What a word of a provider's for its own failure stands for."""

WORDS = {
    "openai_chat": {"function_call": "stop"},
    "chatcompletion": {"max_tokens": "length", "refusal": "refusal"},
    "anthropic_messages": {
        "stop_sequence": "stop",
        "model_context_window_exceeded": "length",
        "pause_turn": "pause",
        "compaction": "pause",
    },
    "gemini_generate": {
        **dict.fromkeys(("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT"), "content_filter"),
        **dict.fromkeys(("SPII", "ESCALATION", "MODEL_ARMOR"), "content_filter"),
        **dict.fromkeys(("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"), "content_filter"),
        **dict.fromkeys(("CONTINUATION", "TOO_MANY_TOOL_CALLS"), "pause, length"),
        **dict.fromkeys(("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"), "error malformed"),
        "MISSING_THOUGHT_SIGNATURE": "error bad_request",
        "PUP_LIMITED_DISABLED": "error permission, error auth",
    },
    "gemini_interactions": {
        "budget_exceeded": "length",
        "requires_continuation": "pause, length",
        **dict.fromkeys(("queued", "in_progress"), "pause, error incomplete"),
        "failed": OUT_OF_ORDER,
        "cancelled": f"{OUT_OF_ORDER}, error incomplete",
    },
    "ollama_chat": dict.fromkeys(("load", "unload"), "stop"),
    "mistral": {"model_length": "length", "error": OUT_OF_ORDER},
    "zai": {"sensitive": "content_filter", "model_context_window_exceeded": "length", "network_error": OUT_OF_ORDER},
    "together": {"eos": "stop"},
    "deepseek": {"insufficient_system_resource": OUT_OF_ORDER},
    "vllm": {"abort": OUT_OF_ORDER},
}
"""By wire or provider: its further words for the end of an answer, and what they may be told as: a status, of an error
with its kind. From each one's documents: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons,
https://ai.google.dev/api/generate-content, google-genai's `FinishReason`, https://docs.ollama.com/api/chat,
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/Status, and the pages of the chat
providers. Behind a plain server may be a gateway that hands Claude's words on: one-api and new-api pass those that they
do not know, and early ones `max_tokens`."""


def ending_with(word: str) -> Scenario:
    """A greeting that ends with a provider's own word."""
    return _turn(f"finish-word-{word.lower().replace('_', '-')}", Turn(HELLO, finish=f"={word}"))


CALLS_CLAIMED = _turn("finish-calls-claimed", Turn(HELLO, finish="tool_calls"))
FINISH_UNKNOWN = _turn("finish-unknown", Turn(HELLO, finish="=quantum_decoherence"))

_NOTHING = Usage(prompt=11, completion=0)
BLOCKED = _turn(
    "prompt-blocked", Turn((), finish="content_filter", usage=_NOTHING, quirks=frozenset({"blocked_prompt"}))
)

OVERLOADED_MIDWAY = _turn(
    "error-overloaded", Turn(HELLO, error=StreamError("overloaded", "The model is overloaded, try later."))
)
RATE_LIMITED_MIDWAY = _turn(
    "error-rate-limit", Turn(HELLO, error=StreamError("rate_limit", "Too many tokens per minute."))
)
ERROR_AT_END = _turn(
    "error-at-end",
    Turn(HELLO, error=StreamError("rate_limit", "Too many tokens per minute."), quirks=frozenset({"error_at_end"})),
)
BARE_ERROR = _turn(
    "error-bare",
    Turn(HELLO, error=StreamError("overloaded", "The model is overloaded."), quirks=frozenset({"bare_error"})),
)
ERROR_AND_END = _turn(
    "error-and-end",
    Turn(HELLO, error=StreamError("overloaded", "The model is overloaded."), quirks=frozenset({"error_and_end"})),
)
ERROR_FIRST = _turn("error-first", Turn((), error=StreamError("server", "Internal error.")))

LONG_TEXT = _turn("five-megabytes", Turn((Text(tuple(("lorem ipsum " * 4096)[:49152] for _ in range(107))),)))
HUGE_EVENT = _turn("huge-event", Turn((Text(("a", "x" * 200_000, "z")),)))


def tiny_deltas(count: int) -> Scenario:
    """`count` deltas of a few characters each."""
    return _turn(f"tiny-deltas-{count}", Turn((Text(tuple(f"{number} " for number in range(count))),)))


TURNS = (
    USAGE_PLAIN,
    USAGE_DETAILED,
    USAGE_WRITTEN,
    USAGE_HEARD,
    USAGE_AFTER_FINISH,
    USAGE_ON_FINISH,
    USAGE_CUMULATIVE,
    PINGS,
    EMPTY_CHOICES,
    NULL_DELTA,
    NULL_CONTENT,
    ROLE_ONLY,
    EMPTY_DELTA,
    UNKNOWN_EVENT,
    UNKNOWN_FIELD,
    *FINISHES.values(),
    CALLS_CLAIMED,
    FINISH_UNKNOWN,
    BLOCKED,
    OVERLOADED_MIDWAY,
    RATE_LIMITED_MIDWAY,
    ERROR_FIRST,
    BARE_ERROR,
    ERROR_AT_END,
    ERROR_AND_END,
    USAGE_PROMPT_UNCOUNTED,
    *FORMS.values(),
    FORMS_TOGETHER,
)
