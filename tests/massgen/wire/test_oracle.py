"""Ours beside the vendors' own clients on every recorded stream: equal in text, calls and counts, or it is said why."""

from __future__ import annotations

import json

import pytest

from .oracles import CLIENTS, Outcome, as_events, blocks, chat_by_hand
from .recordings import Recording, needed, streams

pytestmark = [needed, pytest.mark.filterwarnings("ignore")]  # the clients' own warnings are theirs

_XAI = "xAI counts reasoning outside of completion_tokens, as its total shows; the contract counts it inside"
_X_GROQ = "Groq's counts ride in x_groq.usage, which openai's client does not know"
_NO_REASON = "`[DONE]` came without a finish reason: cut off; the client never looks"

# file -> field -> why ours is right where it differs. A difference that goes away must leave this table.
DIFFERENCES: dict[str, dict[str, str]] = {
    "mistral-chat/mistral/rig-multimodal-content-streaming-agent-sends-audio-0": {
        "usage": "375 tokens of sound beside 11 of text: the total has both, so the prompt does",
    },
    "gemini-generate/google/ai-google-stream-tool-call-arguments-0": {
        "calls": "Vertex streams arguments as partialArgs; google-genai hands the pieces over, one nameless call each",
    },
    "openai-chat/groq/lmnr-python-test-chat-streaming-legacy-0": {"usage": _X_GROQ},
    "openai-chat/groq/openinference-testtokencounts-test-groq-0": {"usage": _X_GROQ},
    "openai-chat/openai/pydantic-ai-test-openai-moderation-stream-0": {
        "usage": "a moderation chunk follows the counts, and the client overwrites them with its null",
    },
    "openai-chat/openrouter/llm-test-tools-streaming-variant-a-0": {
        "failed": _NO_REASON,
        "calls": "the server repeats the name with every fragment, and the client joins the repetitions",
    },
    "openai-chat/openrouter/pydantic-ai-test-openrouter-stream-error-0": {
        "usage": "the counts are in the chunk that reports the error; the client raises before it keeps them",
    },
    "openai-chat/snowflake/pydantic-ai-test-snowflake-thinking-streaming-0": {"failed": _NO_REASON},
    "openai-chat/vercel-gateway/fantasy-testvercelcommon-gemini-2-5-flash-multi-tool-streaming-0": {
        "usage": "37 reasoning tokens beside 10 completion tokens: completion includes reasoning, so it is at least 37",
    },
    "openai-chat/xai/fantasy-testopenaicompatiblecommon-xai-grok-4-fast-multi-tool-streaming-0": {"usage": _XAI},
    "openai-chat/xai/fantasy-testopenaicompatiblecommon-xai-grok-4-fast-tool-streaming-1": {"usage": _XAI},
    "openai-chat/xai/fantasy-testopenaicompatiblecommon-xai-grok-code-fast-tool-streaming-1": {"usage": _XAI},
    "openai-chat/xai/fantasy-testopenaicompatobjectgeneration-xai-grok-4-fast-simple-object-streaming-0": {
        "usage": _XAI
    },
}

# Streams on which openai's accumulator raises; its chunks are joined without it.
BREAKS_THE_CLIENT = {
    "openai-chat/azure/dd-trace-py-azure-chat-completion-streamed-0": AttributeError,  # a choice without a delta
    "openai-chat/unknown-compat/ai-anthropic-fallback-tool-call-0": IndexError,  # calls begin at index 1
}


def ours(recording: Recording) -> Outcome:
    decoder = recording.decoder()
    decoder.feed(recording.body)
    decoder.close()
    calls = [(call.name, json.loads(call.arguments)) for call in decoder.attempt.calls]
    usage = decoder.usage and (decoder.usage.prompt, decoder.usage.completion)
    return Outcome(decoder.failure is not None, decoder.attempt.text, calls, usage)


@pytest.mark.parametrize("recording", streams())
def test_the_vendors_client_agrees(recording: Recording) -> None:
    name = recording.path.removesuffix(".json")
    client = CLIENTS[recording.protocol]
    if name in BREAKS_THE_CLIENT:
        with pytest.raises(BREAKS_THE_CLIENT[name]):
            client(as_events(recording))
        client = chat_by_hand
    theirs, mine = client(as_events(recording)), ours(recording)
    different = {field for field in Outcome._fields if getattr(theirs, field) != getattr(mine, field)}
    assert different == set(DIFFERENCES.get(name, {})), (mine, theirs)


@pytest.mark.parametrize("recording", [each for each in streams() if each.id.startswith("anthropic-messages/")])
def test_the_vendors_client_keeps_the_same_blocks(recording: Recording) -> None:
    decoder = recording.decoder()
    decoder.feed(recording.body)
    theirs = blocks(as_events(recording))
    assert decoder.attempt.response is not None
    assert decoder.attempt.response["content"] == theirs
    assert decoder.attempt.extras["anthropic"]["content"] == theirs


@pytest.mark.parametrize("recording", [each for each in streams() if each.id.startswith("openai-responses/")])
def test_the_final_response_and_its_items_are_the_providers_own(recording: Recording) -> None:
    events = [json.loads(line[5:]) for line in recording.body.split(b"\n") if line.startswith(b"data: {")]
    decoder = recording.decoder()
    decoder.feed(recording.body)
    if decoder.failure is not None:
        return
    final = events[-1]["response"]
    ended = {event["output_index"]: event["item"] for event in events if event["type"] == "response.output_item.done"}
    assert decoder.attempt.response == final
    items = final["output"] or [ended[index] for index in sorted(ended)]
    assert decoder.attempt.extras["openai_responses"] == {"model": final["model"], "items": items}


def test_every_difference_is_about_a_recording() -> None:
    names = {parameter.id for parameter in streams()}
    assert set(DIFFERENCES) | set(BREAKS_THE_CLIENT) <= names
