"""Every recorded stream of these wires through its backend, from a loopback server, whole and broken off."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from massgen.backend.call_ids import CallIds
from massgen.backend.http import HTTPBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.cli import create_backend
from massgen_conformance.cassette import framing, import_
from massgen_conformance.monitor import Monitor
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.player import Player

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="needs the recordings folder ../shared/recordings")

BACKENDS = {
    "openai-chat": ("chatcompletion", "/v1"),
    "openai-responses": ("openai", "/v1"),
    "anthropic-messages": ("claude", ""),
    "gemini-generate": ("gemini", ""),
    "gemini-interactions": ("gemini", ""),
    "ollama-chat": ("ollama", ""),
    "mistral-chat": ("mistral", "/v1"),
}
# The provider of a Chat recording -> the type that is its own; every other one is a server for `chatcompletion`.
OWN_BACKEND = {
    "groq": "groq",
    "deepseek": "deepseek",
    "openrouter": "openrouter",
    "together": "together",
    "fireworks": "fireworks",
    "cerebras": "cerebras",
    "moonshot": "moonshot",
    "alibaba": "qwen",
    "zai": "zai",
    "vllm": "vllm",
    "llamacpp": "inference",
    "mistralrs": "inference",
    "gpustack": "inference",
}

# (Protocol, provider) -> type and options, for providers that speak several protocols.
ON_VERTEX = {"vertexai": True, "project": "p", "access_token": "not-a-token"}
BY_WIRE: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("gemini-interactions", "google"): ("gemini", {"api": "interactions"}),
    ("gemini-generate", "google-vertex"): ("gemini", ON_VERTEX),
    ("anthropic-messages", "google-vertex"): ("claude", ON_VERTEX),
    ("openai-responses", "xai"): ("grok", {}),
    ("openai-chat", "xai"): ("grok", {"api": "chat"}),
    ("openai-chat", "ollama"): ("ollama", {"api": "chat"}),
    ("openai-chat", "ollama-cloud"): ("ollama", {"api": "chat"}),
    ("openai-responses", "lmstudio"): ("lmstudio", {"api": "responses"}),
    ("openai-chat", "azure"): ("azure_openai", {}),
    ("openai-chat", "azure-ai-foundry"): ("azure_openai", {}),
    ("openai-responses", "azure"): ("azure_openai", {"api": "responses"}),
    ("openai-responses", "azure-ai-foundry"): ("azure_openai", {"api": "responses"}),
}

# Servers that end a stream without `[DONE]`: seen in their recordings.
NO_SENTINEL = {"huggingface-router", "perplexity"}

# A stream that says by itself that it failed, so that `error` is the right end: file -> the kind it must have.
FAILED = {
    "openai-chat/groq/pydantic-ai-test-tool-use-failed-error-streaming-with-text-0.json": "bad_request",
    "openai-chat/openrouter/pydantic-ai-test-openrouter-stream-error-0.json": "bad_request",
    "openai-responses/openai/ai-openai-error-0.json": "quota",
}

OFFSETS = 50


def left_out(entry: dict[str, Any]) -> str | None:
    """Why a recording is not replayed here; None where it is."""
    if entry["protocol"] not in BACKENDS:
        return "no backend speaks this protocol here"
    if entry["provenance"] == "hand-written":
        return "nobody sent it: somebody wrote it"
    if not entry["streaming"] and (entry["status"] or 200) < 400:
        return "an answer that is no stream: backends ask for streams only"
    return None


class Recording(NamedTuple):
    path: str
    backend: str
    base_path: str
    config: dict[str, Any]
    complete: bool
    status: int


def manifest() -> list[dict[str, Any]]:
    if not RECORDINGS.is_dir():
        return []
    files: list[dict[str, Any]] = json.loads((RECORDINGS / "manifest.json").read_text())["files"]
    return files


def listed(*, streaming: bool) -> list[Recording]:
    chosen = []
    for entry in manifest():
        if left_out(entry) or entry["streaming"] is not streaming:
            continue
        kind, base_path = BACKENDS[entry["protocol"]]
        kind = OWN_BACKEND.get(entry["provider"], kind) if kind == "chatcompletion" else kind
        kind, options = BY_WIRE.get((entry["protocol"], entry["provider"]), (kind, {}))
        config: dict[str, Any] = {"model": entry["model"] or "unrecorded", **options}
        if entry["provider"] in NO_SENTINEL:
            config["dialect"] = {"done_sentinel": False}
        complete = bool(entry["complete"])
        chosen.append(Recording(entry["path"], kind, base_path, config, complete, entry["status"] or 200))
    return chosen


def named(recordings: list[Recording]) -> list[Any]:
    return [pytest.param(recording, id=recording.path.removesuffix(".json")) for recording in recordings]


STREAMS, REFUSALS = listed(streaming=True), listed(streaming=False)


def reply_of(recording: Recording) -> Reply:
    answer = import_.load(RECORDINGS / recording.path).cassette.interactions[0].response
    kind = dict(answer.headers)["content-type"]
    return Reply(framing.events(answer.body, kind), status=answer.status, headers=(("content-type", kind),))


async def stream(player: Player, recording: Recording, reply: Reply, client: Any = None) -> list[StreamChunk]:
    with player.exchange(Plan((reply,))) as exchange:
        base_url = exchange.base_url + recording.base_path
        backend = create_backend(
            recording.backend,
            api_key="not-a-key",
            base_url=base_url,
            max_retries=0,
            http_client=client,
            **recording.config,
        )
        async with backend:
            return [chunk async for chunk in backend.stream_with_tools([{"role": "user", "content": "hi"}], [])]


def breaches(chunks: list[StreamChunk]) -> list[str]:
    monitor = Monitor()
    found = [breach for chunk in chunks for breach in monitor.feed(chunk)]
    return [str(breach) for breach in [*found, *monitor.finish()]]


def test_every_recorded_stream_of_the_chat_wire_is_replayed() -> None:
    chat = [entry for entry in manifest() if entry["protocol"] == "openai-chat"]
    assert {left_out(entry) for entry in chat if entry["streaming"]} == {None}
    assert {entry["provider"] for entry in chat} >= OWN_BACKEND.keys()


@pytest.mark.parametrize("recording", named(STREAMS))
async def test_a_recorded_stream_keeps_the_contract(player: Player, recording: Recording) -> None:
    chunks = await stream(player, recording, reply_of(recording))
    assert breaches(chunks) == []
    kinds = [chunk.error_info.kind for chunk in chunks if chunk.error_info]
    expected = FAILED.get(recording.path) or (None if recording.complete else "incomplete")
    assert kinds == ([expected] if expected else [])


@pytest.mark.parametrize("recording", named(REFUSALS))
async def test_a_recorded_refusal_is_one_classified_error(player: Player, recording: Recording) -> None:
    reply = reply_of(recording).with_(sized=True)
    chunks = await stream(player, recording, reply)
    assert [chunk.type for chunk in chunks] == ["error", "done"]
    info = chunks[0].error_info
    assert info is not None
    assert info.http_status == recording.status
    assert info.kind in CLASSES[recording.status], chunks[0].error


# What each status may mean; which of them it is, the provider's own words decide.
CLASSES = {
    400: {"bad_request", "context_length", "auth", "content_filter", "not_found", "quota"},
    401: {"auth"},
    403: {"permission", "auth", "quota"},
    404: {"not_found"},
    413: {"bad_request", "context_length"},
    422: {"bad_request"},
    429: {"rate_limit", "quota"},
    500: {"server"},
    503: {"overloaded", "server"},
    529: {"overloaded"},
}


def end_of_answer(recording: Recording, body: bytes) -> int:
    """The offset at which the answer is whole: from there on a broken connection loses nothing."""
    backend = create_backend(recording.backend, api_key="k", base_url="http://127.0.0.1/v1", **recording.config)
    assert isinstance(backend, HTTPBackend)
    decoder = backend.new_decoder(CallIds(b""))
    low, high = 0, len(body)
    decoder.feed(body)
    if not decoder.ended:
        return len(body)
    while high - low > 1:
        middle = (low + high) // 2
        decoder = backend.new_decoder(CallIds(b""))
        decoder.feed(body[:middle])
        low, high = (low, middle) if decoder.ended else (middle, high)
    return high


@pytest.mark.parametrize("recording", named([recording for recording in STREAMS if recording.complete]))
async def test_a_broken_stream_is_never_a_success_and_never_hangs(player: Player, recording: Recording) -> None:
    reply = reply_of(recording)
    end = end_of_answer(recording, reply.body)
    offsets = sorted(random.Random(recording.path).sample(range(1, end), min(OFFSETS, end - 1)))
    async with httpx2.AsyncClient(timeout=10, verify=False) as client, asyncio.timeout(60):  # loopback
        for offset in offsets:
            broken = reply.with_(stop_at=offset, ending=Ending.RESET)
            chunks = await stream(player, recording, broken, client)
            assert breaches(chunks) == [], offset
            assert (chunks[-1].type, chunks[-1].status) == ("done", "error"), offset
            assert chunks[-2].type == "error"
            assert not any(chunk.type == "complete_message" for chunk in chunks), offset
