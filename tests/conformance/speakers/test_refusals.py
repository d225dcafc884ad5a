"""Errors, as the vendors' own SDKs understand them: before the stream, and inside it."""

from __future__ import annotations

from typing import Any

import anthropic
import ollama
import openai
import pytest
from google.genai import errors as google
from mistralai.client.errors import MistralError

from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import StreamError, Text, Turn
from tests.conformance.speakers.sdks import client_of

TERMINALS = {
    "openai_chat": b'"finish_reason":"stop"',
    "openai_responses": b"response.completed",
    "anthropic_messages": b"message_stop",
    "gemini_generate": b'"finishReason": "STOP"',
    "gemini_interactions": b"interaction.completed",
    "ollama_chat": b'"done":true',
}
OPENAI = ("openai", "chatcompletion", "groq", "deepseek", "openrouter", "together")

REFUSALS: list[tuple[str, int, str, type[Exception], str]] = [
    *((name, 401, "auth", openai.AuthenticationError, "") for name in OPENAI),
    *((name, 429, "rate_limit", openai.RateLimitError, "rate_limit_exceeded") for name in OPENAI),
    ("fireworks", 401, "auth", openai.AuthenticationError, ""),
    ("cerebras", 429, "overloaded", openai.RateLimitError, "queue_exceeded"),
    ("moonshot", 429, "quota", openai.RateLimitError, "exceeded_current_quota_error"),
    ("qwen", 400, "content_filter", openai.BadRequestError, "data_inspection_failed"),
    ("zai", 429, "quota", openai.RateLimitError, "1113"),
    ("poe", 402, "quota", openai.APIStatusError, "insufficient_quota"),
    ("nebius", 404, "not_found", openai.NotFoundError, ""),
    ("openai", 429, "quota", openai.RateLimitError, "insufficient_quota"),
    ("openai", 400, "context_length", openai.BadRequestError, "context_length_exceeded"),
    ("openai", 404, "not_found", openai.NotFoundError, "model_not_found"),
    ("groq", 503, "overloaded", openai.InternalServerError, ""),
    ("openrouter", 402, "quota", openai.APIStatusError, "payment_required"),
    ("grok", 400, "bad_request", openai.BadRequestError, "Not like this."),
    ("mistral", 401, "auth", MistralError, "detail"),
    ("mistral", 429, "rate_limit", MistralError, "rate_limit_error"),
    ("claude", 401, "auth", anthropic.AuthenticationError, "authentication_error"),
    ("claude", 403, "permission", anthropic.PermissionDeniedError, "permission_error"),
    ("claude", 429, "rate_limit", anthropic.RateLimitError, "rate_limit_error"),
    ("claude", 529, "overloaded", anthropic.APIStatusError, "overloaded_error"),
    ("claude", 500, "server", anthropic.InternalServerError, "api_error"),
    ("claude", 400, "context_length", anthropic.BadRequestError, "invalid_request_error"),
    ("gemini", 400, "auth", google.ClientError, "API_KEY_INVALID"),
    ("gemini", 403, "permission", google.ClientError, "PERMISSION_DENIED"),
    ("gemini", 429, "rate_limit", google.ClientError, "RESOURCE_EXHAUSTED"),
    ("gemini", 500, "server", google.ServerError, "INTERNAL"),
    *(("ollama", status, kind, ollama.ResponseError, "") for status, kind in ((404, "not_found"), (500, "server"))),
]


async def complaint(player: Player, provider: str, reply: Reply) -> Exception:
    profile = PROVIDERS[provider]
    with player.exchange(Plan((reply,) * 4)) as exchange:
        with pytest.raises(Exception) as caught:  # noqa: PT011  # the tests look at its class
            await client_of(profile)(profile, exchange.base_url + profile.base_path)
        return caught.value


@pytest.mark.parametrize(("provider", "status", "kind", "error", "word"), REFUSALS)
async def test_the_sdk_raises_the_error_that_was_meant(
    player: Player, provider: str, status: int, kind: str, error: type[Exception], word: str
) -> None:
    raised: Any = await complaint(player, provider, PROVIDERS[provider].speaker.refuse(status, kind, "Not like this."))
    assert isinstance(raised, error)
    assert "Not like this." in str(raised) + repr(getattr(raised, "body", ""))
    assert word in repr(getattr(raised, "body", "")) + repr(getattr(raised, "details", ""))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("parts", [(), (Text(("Hel", "lo")),)], ids=["at once", "after text"])
async def test_the_sdk_notices_an_error_inside_the_stream(
    player: Player, provider: str, parts: tuple[Text, ...]
) -> None:
    turn = Turn(parts, error=StreamError("overloaded", "Try again later."))
    raised: Any = await complaint(player, provider, PROVIDERS[provider].speaker.reply(turn))
    vendors = openai.APIError | anthropic.APIError | google.APIError | ollama.ResponseError | MistralError
    assert isinstance(raised, vendors)
    assert "Try again later." in str(raised) + repr(getattr(raised, "body", ""))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_keeps_its_headers_or_says_the_wait_in_the_body(provider: str) -> None:
    reply = PROVIDERS[provider].speaker.refuse(429, "rate_limit", "Slow down.", (("retry-after", "7"), ("x-a", "b")))
    assert (reply.status, reply.sized) == (429, True)
    assert ("x-a", "b") in reply.headers
    assert ("retry-after", "7") in reply.headers or b'"retryDelay":"7s"' in reply.body


@pytest.mark.parametrize("provider", PROVIDERS)
def test_text_before_an_error_is_said_and_no_end_after_it(provider: str) -> None:
    speaker = PROVIDERS[provider].speaker
    failed = b"".join(speaker.say(Turn((Text(("Hello",)),), error=StreamError("server", "broken"))))
    assert failed.index(b"Hello") < failed.index(b"broken")
    assert TERMINALS[speaker.wire] not in failed
    assert TERMINALS[speaker.wire] in b"".join(speaker.say(Turn((Text(("Hello",)),))))
