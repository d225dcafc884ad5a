"""Access tokens that are made when a request goes out, and what happens when none can be had."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from massgen.backend import tokens
from massgen.backend.gemini import GeminiBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.backend.tokens import GoogleCredentials, TokenError, current
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Exchange, Player

from .test_http import FakeClock

SAID = b'data: {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}\r\n\r\n'
JSON_TYPE = (("content-type", "application/json"),)
SECRET = "ya29.a-token-that-must-not-be-shown"


def subject(exchange: Exchange, token: Any, **config: Any) -> GeminiBackend:
    settings = {"vertexai": True, "project": "p", "model": "m", "clock": FakeClock(), **config}
    return GeminiBackend(base_url=f"{exchange.base_url}/v1", access_token=token, **settings)


async def run(backend: GeminiBackend) -> list[StreamChunk]:
    async with backend:
        return [chunk async for chunk in backend.stream_with_tools([{"role": "user", "content": "hi"}], [])]


async def coroutine() -> str:
    return "token-1"


class Waiting:
    async def __call__(self) -> str:
        return "token-1"


@pytest.mark.parametrize("token", ["token-1", " token-1\t", lambda: "token-1", coroutine, Waiting()])
async def test_a_token_is_a_text_or_what_gives_one(token: Any) -> None:
    assert await current(token) == "token-1"


async def test_a_plain_function_runs_in_a_thread() -> None:
    ran: list[int] = []

    def give() -> str:
        ran.append(threading.get_ident())
        return "token-1"

    await current(give)
    assert ran != [threading.get_ident()]


def fails() -> str:
    raise OSError("the metadata server is away")


BROKEN: dict[str, tuple[Callable[[], Any], str]] = {
    "it raises": (fails, "the metadata server is away"),
    "it gives nothing": (lambda: None, "gave NoneType"),
    "it gives what no header can carry": (lambda: "two\nlines", "gave str that is none"),
}


@pytest.mark.parametrize(("give", "why"), BROKEN.values(), ids=BROKEN.keys())
async def test_no_token_is_one_error_without_a_request_or_a_timing(
    player: Player, give: Callable[[], Any], why: str
) -> None:
    with player.exchange(Plan((Reply((SAID,)),))) as exchange:
        backend = subject(exchange, give)
        chunks = await run(backend)
    assert [chunk.type for chunk in chunks] == ["error", "done"]
    assert chunks[0].error_info is not None
    assert chunks[0].error_info.kind == "auth"
    assert why in (chunks[0].error or "")
    assert exchange.log.requests == []
    assert backend.get_api_call_history() == []


async def test_a_token_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(tokens, "_SECONDS", 0.01)
    try:
        with pytest.raises(TokenError, match="no access token came"):
            await current(lambda: str(gate.wait()))
    finally:
        gate.set()


async def test_every_attempt_asks_for_its_own_token(player: Player) -> None:
    given = iter(("token-1", "token-2"))
    busy = Reply((b'{"error": {"code": 503, "message": "m"}}',), status=503, headers=JSON_TYPE, sized=True)
    with player.exchange(Plan((busy, Reply((SAID,))))) as exchange:
        chunks = await run(subject(exchange, lambda: next(given)))
    assert chunks[-1].status == "stop"
    assert [sent.header("authorization") for sent in exchange.log.requests] == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_does_not_come_back_to_people(player: Player) -> None:
    body = f'{{"error": {{"code": 401, "message": "the token {SECRET} has expired"}}}}'.encode()
    refused = Reply((body,), status=401, headers=JSON_TYPE, sized=True)
    with player.exchange(Plan((refused,))) as exchange:
        chunks = await run(subject(exchange, lambda: SECRET))
    assert "has expired" in (chunks[0].error or "")
    assert SECRET not in (chunks[0].error or "")


def service_account(token_uri: str) -> str:
    """The file of a service account whose tokens come from `token_uri`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    about = {"type": "service_account", "project_id": "p", "client_email": "a@p.example", "private_key_id": "1"}
    return json.dumps({**about, "private_key": pem, "token_uri": token_uri})


def granted(token: str, seconds: int) -> Reply:
    body = json.dumps({"access_token": token, "expires_in": seconds, "token_type": "Bearer"}).encode()
    return Reply((body,), headers=JSON_TYPE, sized=True)


async def test_default_credentials_are_fetched_once_and_renewed_when_they_expire(
    player: Player, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = Reply((SAID,))
    plan = Plan((granted("adc-1", 1), said, granted("adc-2", 3600), said, said))
    with player.exchange(plan) as exchange:
        file = tmp_path / "account.json"
        file.write_text(service_account(f"{exchange.base_url}/token"))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "billed")
        backend = subject(exchange, None)
        for _ in range(3):
            assert (await run(backend))[-1].status == "stop"
    asked = [sent for sent in exchange.log.requests if not sent.target.endswith("/token")]
    assert [sent.header("authorization") for sent in asked] == ["Bearer adc-1", "Bearer adc-2", "Bearer adc-2"]
    assert [sent.header("x-goog-user-project") for sent in asked] == ["billed"] * 3


def test_without_google_auth_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"massgen-backends\[vertex\], or pass access_token"):
        GoogleCredentials()
