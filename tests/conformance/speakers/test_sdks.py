"""Each speaker, heard by its vendor's own SDK: the client must have in hand what the turn says."""

from __future__ import annotations

import base64
import json

import pytest

from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import QUIRKS, Text, Thinking, ToolCall, Turn
from massgen_conformance.speakers import UnspeakableTurn
from massgen_conformance.speakers.sse import FRAMING_QUIRKS
from tests.conformance.speakers.sdks import hear
from tests.conformance.speakers.turns import BARE, CALL, HELLO, OTHER, TURNS, Heard

FINISHES = {
    "openai_chat": {"stop": "stop", "tool_calls": "tool_calls", "length": "length", "refusal": "stop"},
    "openai_responses": {
        "stop": "completed",
        "tool_calls": "completed",
        "refusal": "completed",
        "length": "max_output_tokens",
    },
    "anthropic_messages": {
        "stop": "end_turn",
        "tool_calls": "tool_use",
        "length": "max_tokens",
        "refusal": "refusal",
        "pause": "pause_turn",
    },
    "gemini_generate": {"stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"},
    "gemini_interactions": {
        "stop": "completed",
        "tool_calls": "requires_action",
        "length": "incomplete",
        "pause": "requires_continuation",
    },
    "ollama_chat": {"stop": "stop", "tool_calls": "stop", "length": "length"},
}

PLAIN_CHAT = {"a summary", "redacted thinking", "refusal", "pause"}
"""What Chat Completions have no words for, unless a provider found some."""

UNSPEAKABLE = {
    "openai": {"pause"},
    "grok": {"pause"},
    "lmstudio-responses": {"pause"},
    "azure_openai": {"thinking", "signed thinking", *PLAIN_CHAT} - {"refusal"},
    "azure_openai-responses": {"pause"},
    "claude": {"a summary", "content filter"},
    "gemini": {"a summary", "redacted thinking", "refusal", "pause"},
    "gemini-interactions": {"thinking", "signed thinking", "redacted thinking", "content filter", "refusal"},
    "openrouter": {"refusal", "pause"},
    "ollama": PLAIN_CHAT | {"content filter"},
    "poe": PLAIN_CHAT | {"thinking", "signed thinking"},
}

DEAF = {
    "argument_pieces": "the Google SDK hands the pieces on as they come",
    "blocked_prompt": "there is nothing to hear",
    "pictured": "nobody listens for pictures",
    "null_delta": "the OpenAI SDK reads fields of the delta",
    "bom": "the Anthropic and Google SDKs take the mark for a part of the first field",
    "shared_index": "the SDK keys calls by index alone",
    "id_only": "the SDK keys calls by index alone, and there is none",
    "late_name": "the SDK takes the name of the first fragment",
    "late_id": "the SDK takes the id of the first fragment",
    "no_done": "the SDK does not look at the terminator",
    "signature_pieces": "the Anthropic SDK keeps the last piece",
    "empty_finish": "the word of the wire is another one here, which the checks compare",
    "prompt_uncounted": "what is not told is not heard",
    "empty_output": "the OpenAI SDK takes the answer from the last event",
    "no_places": "the OpenAI SDK looks items up by their place",
    "other_item_ids": "the OpenAI SDK refuses an item whose id changes",
    "object_arguments": "the OpenAI SDK's own types of the arguments are text",
    "function_call": "the field holds one call, and the turn has three",
}
"""Quirks that the SDKs do not understand, or not notice: what they hear proves nothing about the speaker."""

COUNTS_REASONING_APART = {"grok-chat"}
"""Providers whose completion is without the reasoning."""

DEAF_AT = {
    ("grok", "no_trailing_blank_line"): "the final event of Responses is the last, and the SDK drops it",
    ("lmstudio-responses", "no_trailing_blank_line"): "the final event is the last, and the SDK drops it",
    ("azure_openai-responses", "no_trailing_blank_line"): "the final event of Responses is the last, as above",
    ("openai", "no_trailing_blank_line"): "the final event of Responses is the last, and the SDK drops it",
    ("groq", "usage_on_finish"): "the counts are in a field of Groq's own, which the OpenAI SDK does not read",
    ("mistral", "interleaved"): "Mistral's SDK wants calls whole",
    ("mistral", "null_first_arguments"): "Mistral's SDK wants calls whole",
    ("mistral", "unknown_event"): "Mistral's SDK takes every event for a chunk",
    ("gemini", "cr"): "the Google SDK reads lines ending in LF",
    ("gemini", "mixed_ends"): "the Google SDK reads lines ending in LF",
    ("gemini", "no_space_after_data"): "the Google SDK looks for `data: `",
    ("gemini", "sse_fields"): "the Google SDK takes other fields for JSON",
    ("gemini", "pings"): "the Google SDK takes a comment for JSON",
    ("ollama", "text_arguments"): "the Ollama SDK refuses arguments that are no object",
    ("ollama", "odd text"): "the Ollama SDK's lines end at NEL as well",
}


CHATS = {"chatcompletion", "groq", "openrouter", "zai", "mistral"}
"""The providers of Chat Completions that stand for the others: a plain one, and those whose calls or reasoning are
built in another way. The rest differ in the fields of their chunks, which a few turns show."""

SHOWN = {"text", "parallel calls", "thinking", "usage in detail", "a summary"}
"""Turns that every provider says."""


def turn_cases() -> list[tuple[str, str]]:
    return [
        (name, provider)
        for name in TURNS
        for provider, profile in PROVIDERS.items()
        if name in SHOWN or profile.wire != "openai_chat" or provider in CHATS
    ]


@pytest.mark.parametrize(("name", "provider"), turn_cases())
async def test_the_sdk_hears_what_the_turn_says(player: Player, provider: str, name: str) -> None:
    turn = TURNS[name]
    if name in UNSPEAKABLE.get(provider, PLAIN_CHAT):
        with pytest.raises(UnspeakableTurn):
            PROVIDERS[provider].speaker.say(turn)
        return
    if (provider, name) in DEAF_AT:
        pytest.skip(DEAF_AT[provider, name])
    require_heard(await hear(player, provider, turn), turn, provider)


def quirk_cases() -> list[tuple[str, str]]:
    heard = [name for name, profile in PROVIDERS.items() if profile.wire != "openai_chat" or name in CHATS]
    known = [(name, quirk) for name in heard for quirk in sorted(PROVIDERS[name].speaker.quirks)]
    return [(name, quirk) for name, quirk in known if quirk not in DEAF and (name, quirk) not in DEAF_AT]


@pytest.mark.parametrize(("provider", "quirk"), quirk_cases())
async def test_the_sdk_hears_the_same_with_a_quirk(player: Player, provider: str, quirk: str) -> None:
    turn = Turn((*HELLO, CALL, OTHER, BARE), finish="tool_calls", quirks=frozenset({quirk}))
    require_heard(await hear(player, provider, turn), turn, provider, ids=quirk != "missing_id")


def require_heard(heard: Heard, turn: Turn, provider: str, *, ids: bool = True) -> None:
    profile = PROVIDERS[provider]
    refused = turn.finish == "refusal" and profile.wire != "anthropic_messages"
    assert (heard.refusal if refused else heard.text) == turn.text
    assert [(name, arguments) for name, arguments, _ in heard.calls] == [
        (call.name, json.loads(call.whole or "{}")) for call in turn.calls
    ]
    given = [call_id for _, _, call_id in heard.calls]
    if profile.wire != "ollama_chat":  # whose SDK drops the ids
        assert not ids or (all(given) and len(set(given)) == len(given))
        assert all(call.id in ("", got) for call, got in zip(turn.calls, given, strict=True))
    words = FINISHES[profile.wire]
    assert heard.finish == words.get(turn.finish, turn.finish)
    require_usage(heard, turn, provider)
    require_thinking(heard, turn, provider)


def require_usage(heard: Heard, turn: Turn, provider: str) -> None:
    assert turn.usage is not None
    said = {
        "prompt": turn.usage.prompt,
        "completion": turn.usage.completion - (turn.usage.reasoning if provider in COUNTS_REASONING_APART else 0),
        "cached": turn.usage.cached,
        "cache_creation": turn.usage.cache_creation,
        "reasoning": turn.usage.reasoning,
    }
    assert heard.usage["prompt"] == said["prompt"]
    assert all(value in (None, said[name]) for name, value in heard.usage.items())


def require_thinking(heard: Heard, turn: Turn, provider: str) -> None:
    assert heard.thinking == "".join(thought.whole for thought in turn.thinking)
    sealed = "".join(thought.signature + thought.redacted for thought in turn.thinking)
    wire = PROVIDERS[provider].wire
    if wire == "gemini_generate" and sealed:
        assert heard.signature == base64.b64decode(sealed).decode("latin-1")
    elif wire in ("anthropic_messages", "openai_responses") and sealed:
        assert heard.signature == sealed


def test_every_quirk_is_known_to_some_speaker_and_every_known_one_is_documented() -> None:
    known = {quirk for profile in PROVIDERS.values() for quirk in profile.speaker.quirks}
    assert known == set(QUIRKS)
    assert set(DEAF) <= known
    assert known >= FRAMING_QUIRKS


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_unknown_quirk_is_refused_and_never_ignored(provider: str) -> None:
    with pytest.raises(UnspeakableTurn, match="sparkles"):
        PROVIDERS[provider].speaker.say(Turn(HELLO, quirks=frozenset({"sparkles"})))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_raw_finish_is_said_verbatim(provider: str) -> None:
    body = b"".join(PROVIDERS[provider].speaker.say(Turn(HELLO, finish="=quantum_decoherence")))
    assert b'"quantum_decoherence"' in body


@pytest.mark.parametrize("provider", PROVIDERS)
def test_ids_differ_between_turns_and_are_the_same_for_the_same_turn(provider: str) -> None:
    speaker = PROVIDERS[provider].speaker
    first, second = Turn((ToolCall("f"),)), Turn((ToolCall("f"), Text(("x",))))
    assert speaker.say(first) == speaker.say(first)
    assert speaker.say(first)[:2] != speaker.say(second)[:2]


@pytest.mark.parametrize("provider", [name for name, each in PROVIDERS.items() if "reasoning" in each.abilities])
def test_reasoning_is_said_before_what_follows_it(provider: str) -> None:
    body = b"".join(PROVIDERS[provider].speaker.say(Turn((Thinking(("zuerst",)), Text(("danach",))))))
    assert body.index(b"zuerst") < body.index(b"danach")
