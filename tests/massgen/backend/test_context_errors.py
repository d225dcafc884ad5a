"""An exceeded context window: which errors say it, with which numbers, and what becomes of the conversation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from massgen.backend._compression import compress
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.context_errors import (
    ContextLengthExceededError,
    compress_messages_for_recovery,
    get_provider_from_error,
    is_context_length_error,
    parse_context_error_info,
)
from massgen.backend.stream_chunk import StreamChunk
from massgen.formatter import ChatCompletionsFormatter
from massgen.token_manager.estimate import estimate_messages
from massgen.wire.failure import from_error
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Exchange, Player

from .test_circuit_breaker import APIStatusError

Json = Any
KEY = "key-Zx81mQ77veryLongSecret9"

# Each of the first four once counted as an exceeded context, and the history was compressed for it.
NOT_CONTEXT = {
    "Gemini's quota": APIStatusError(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota"}}),
    "OpenAI's tokens a minute": APIStatusError(429, {"error": {"message": "token limit per minute", "code": None}}),
    "a text about tokens a minute": RuntimeError("Rate limit reached: token limit per minute, maximum tokens 30000"),
    "a text about a quota": RuntimeError("429 RESOURCE_EXHAUSTED: reduce the length of the messages"),
    "a body that is too large": APIStatusError(413, {"error": {"type": "request_too_large", "message": "32 MB"}}),
    "a parameter that is too long": APIStatusError(400, {"error": {"code": "string_above_max_length", "message": "m"}}),
    "a bug": KeyError("maximum"),
}


@pytest.mark.parametrize("error", NOT_CONTEXT.values(), ids=NOT_CONTEXT.keys())
def test_limits_of_rate_and_quota_and_size_are_not_the_context(error: Exception) -> None:
    assert not is_context_length_error(error)
    assert parse_context_error_info(error) is None


# wording -> input, output and limit in tokens
WORDINGS: dict[str, tuple[int | None, int | None, int | None]] = {
    "This model's maximum context length is 1048565 tokens. However, you requested 1250025 tokens (1250025 in the "
    "messages, 0 in the completion).": (1250025, 0, 1048565),
    "This endpoint's maximum context length is 200000 tokens. However, you requested about 2500021 tokens (2500021 of "
    "text input). Please reduce the length of either one.": (2500021, None, 200000),
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.": (
        9000, None, 8192,
    ),
    "prompt is too long: 3333404 tokens > 200000 maximum": (3333404, None, 200000),
    "input length and `max_tokens` exceed context limit: 199,000 + 8,000 > 200,000": (199000, 8000, 200000),
    "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).": (1250074, None, 1048576),
    "request (2009 tokens) exceeds the available context size (512 tokens), try increasing it": (2009, None, 512),
    "prompt too long; exceeded max context length by 1119046 tokens (ref: 9)": (None, None, None),
    "too many tokens: size limit exceeded by 25836 tokens. The limit for this model is 288000 tokens.": (
        313836, None, 288000,
    ),
    "Please reduce the length of the messages or completion. Current length is 9 while limit is 8": (9, None, 8),
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8. Given: 7 `inputs` tokens and 2 `m`": (
        7, 2, 8,
    ),
    "Range of input length should be [1, 30720]": (None, None, 30720),
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.": (537812, None, 131072),
    "The input (9 tokens) is longer than the model's context length (8 tokens).": (9, None, 8),
    "Prompt contains 9 tokens and 0 draft tokens, too large for model with 8 maximum context length": (9, None, 8),
}  # fmt: skip


@pytest.mark.parametrize("message", WORDINGS)
def test_the_numbers_of_every_wording_are_read(message: str) -> None:
    failure = from_error("acme", {"error": {"message": message}}, status=400)
    assert is_context_length_error(failure)
    assert is_context_length_error(failure.info)
    assert is_context_length_error(RuntimeError(message))
    info = parse_context_error_info(failure)
    assert info is not None
    assert (info.input_tokens, info.max_tokens, info.context_limit) == WORDINGS[message]
    assert (info.provider, info.http_status) == ("acme", 400)


def test_an_exception_of_our_own_carries_what_is_known() -> None:
    original = APIStatusError(400, {"error": {"message": "prompt is too long: 9 tokens > 8 maximum"}})
    error = ContextLengthExceededError(original, "claude")
    assert is_context_length_error(error)
    assert (error.info.input_tokens, error.info.context_limit, error.original_error) == (9, 8, original)
    assert get_provider_from_error(error) == "claude"
    assert get_provider_from_error(original) is None


SYSTEM = {"role": "system", "content": "Answer briefly."}
LAST = {"role": "user", "content": "And now?"}


class Estimator:
    def estimate_tokens(self, text: Any, method: str = "auto") -> int:
        return estimate_messages(text)


def long_history(turns: int = 20) -> list[Json]:
    messages: list[Json] = [SYSTEM]
    for turn in range(turns):
        call = {"id": f"c{turn}", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
        messages += [
            {"role": "user", "content": f"question {turn} " + "x" * 400},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{turn}", "content": f"result {turn} " + "y" * 400},
            {"role": "assistant", "content": f"answer {turn}"},
        ]
    return [*messages, LAST]


def test_the_instructions_the_last_question_and_the_newest_turns_stay() -> None:
    messages = long_history()
    shorter = compress_messages_for_recovery(messages, Estimator())
    assert shorter[0] == SYSTEM
    assert shorter[-1] == LAST
    assert shorter[2:] == messages[-len(shorter) + 2 :]
    assert estimate_messages(shorter) <= 0.2 * estimate_messages(messages)
    left_out = len(messages) - len(shorter) + 1
    assert shorter[1]["content"].startswith(f"[{left_out} earlier messages of this conversation were left out")
    assert "answer" in shorter[1]["content"]


def test_of_an_agents_one_long_turn_the_oldest_steps_go_and_the_question_stays() -> None:
    messages = [SYSTEM, LAST, *(step for step in long_history(30)[1:-1] if step["role"] != "user")]
    shorter = compress_messages_for_recovery(messages, Estimator())
    assert shorter[0] == SYSTEM
    assert LAST in shorter
    assert shorter[-1] == messages[-1]
    assert len(shorter) < len(messages) / 2
    ChatCompletionsFormatter().format_messages(shorter)


def test_a_call_keeps_its_result_however_far_behind_it_comes() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    early = [{"role": "user", "content": "z" * 2000}, {"role": "assistant", "content": "a" * 300, "tool_calls": [call]}]
    late = [{"role": "user", "content": "wait"}, {"role": "tool", "tool_call_id": "c", "content": "done"}, LAST]
    kept = set()
    for target in range(40, 800, 20):
        found = compress([*early, *late], target)
        if found is not None:
            ChatCompletionsFormatter().format_messages(found.messages)
            assert early[0] not in found.messages
            kept.add(len(found.messages) - 1)
    assert kept == {1, 4}


def test_what_had_been_written_is_told_at_the_end_of_the_note() -> None:
    shorter = compress_messages_for_recovery(long_history(), Estimator(), buffer_content="The answer is fo")
    assert shorter[1]["content"].endswith("It ended with:]\nThe answer is fo")


@pytest.mark.parametrize("messages", [[], [LAST], [SYSTEM, LAST], [SYSTEM]])
def test_what_cannot_be_shortened_stays_as_it_is(messages: list[Json]) -> None:
    assert compress_messages_for_recovery(messages, Estimator()) == messages


# Through a real backend.


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


SAID = event(choices=[{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}])
HELLO = Reply((SAID, b"data: [DONE]\n\n"))
REFUSED = {"message": "This model's maximum context length is 1000 tokens.", "code": "context_length_exceeded"}
TOO_LONG = Reply(
    (json.dumps({"error": REFUSED}).encode(),),
    status=400,
    headers=(("content-type", "application/json"),),
    sized=True,
)
LATE = Reply((event(choices=[{"index": 0, "delta": {"content": "Hi"}}]), event(error=REFUSED)))
MADE: list[ChatCompletionsBackend] = []


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    yield
    while MADE:
        await MADE.pop().aclose()


async def run(exchange: Exchange, messages: list[Json], **config: Any) -> list[StreamChunk]:
    MADE.append(ChatCompletionsBackend(KEY, base_url=exchange.base_url + "/v1", model="m", **config))
    return [chunk async for chunk in MADE[-1].stream_with_tools(messages, [])]


async def test_a_conversation_that_does_not_fit_is_tried_once_more_without_its_oldest_part(player: Player) -> None:
    messages = long_history()
    with player.exchange(Plan((TOO_LONG, HELLO))) as exchange:
        chunks = await run(exchange, messages)
        first, second = (request.json()["messages"] for request in exchange.log.requests)
    assert [chunk.status for chunk in chunks[:2]] == ["compressing", "compression_complete"]
    assert "messages left out" in (chunks[1].detail or "")
    assert [chunk.type for chunk in chunks[2:]] == ["content", "complete_message", "done"]
    assert chunks[-1].status == "stop"
    assert first == messages
    assert estimate_messages(second) <= 200
    assert (second[0], second[-1]) == (SYSTEM, LAST)


async def test_it_is_tried_only_once(player: Player) -> None:
    with player.exchange(Plan((TOO_LONG, TOO_LONG, HELLO))) as exchange:
        chunks = await run(exchange, long_history())
        assert len(exchange.log.requests) == 2
    assert [chunk.type for chunk in chunks[2:]] == ["error", "done"]


@pytest.mark.parametrize(
    ("messages", "config", "reply"),
    [
        pytest.param(long_history(), {"context_compression": False}, TOO_LONG, id="switched-off"),
        pytest.param(long_history(), {"previous_response_id": "r"}, TOO_LONG, id="the-provider-keeps-the-history"),
        pytest.param([SYSTEM, LAST], {}, TOO_LONG, id="nothing-can-be-left-out"),
        pytest.param(long_history(), {}, LATE, id="the-model-had-begun"),
    ],
)
async def test_otherwise_it_is_an_error_at_once(
    player: Player, messages: list[Json], config: dict[str, Any], reply: Reply
) -> None:
    with player.exchange(Plan((reply, HELLO))) as exchange:
        chunks = await run(exchange, messages, **config)
        assert len(exchange.log.requests) == 1
    assert [chunk.type for chunk in chunks[-2:]] == ["error", "done"]
    assert chunks[-2].error_info is not None
    assert chunks[-2].error_info.kind == "context_length"
