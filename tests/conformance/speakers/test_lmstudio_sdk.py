"""LM Studio's WebSockets, heard by its own SDK, recorded on the way, and played again from the recording."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from massgen_conformance.cassette import kinds, websockets
from massgen_conformance.cassette.keep import Origin, keep
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.store import Store
from massgen_conformance.cassette.websocket_relay import WebSocketRelay
from massgen_conformance.player import Player
from massgen_conformance.scenario import StreamError, Text, Thinking, ToolCall, Turn, Usage
from massgen_conformance.speakers import UnspeakableTurn
from massgen_conformance.speakers.lmstudio_sdk import LMStudioSdkServer, prediction
from tests.conformance.conftest import SHARED

lmstudio = pytest.importorskip("lmstudio", reason="the vendor's SDK is one of the development tools: make installs it")

FRAMES = SHARED / "peers" / "samples" / "lmstudio" / "frames.jsonl"
HELLO = Turn((Thinking(("Let me ", "see.")), Text(("Hel", "lo \U0001f680"))), usage=Usage(20, 10))
CALL = Turn((ToolCall("add", ('{"a": 2, ', '"b": 3}')),), finish="tool_calls", usage=Usage(30, 5))
FIVE = Turn((Text(("It is 5.",)),), finish="length", usage=Usage(40, 4))


@pytest.fixture
def root() -> Iterator[Player]:
    """A player of its own: the SDK takes a host and no path."""
    with Player() as playing:
        yield playing


def heard(address: str) -> dict[str, Any]:
    """What the SDK has in hand of a prediction."""
    with lmstudio.Client(address) as client:
        stream = client.llm.model("openai/gpt-oss-20b").respond_stream("Say hello.")
        pieces = [(fragment.content, fragment.reasoning_type) for fragment in stream]
        stats = stream.result().stats
        return {
            "thinking": "".join(text for text, kind in pieces if kind != "none"),
            "text": "".join(text for text, kind in pieces if kind == "none"),
            "finish": stats.stop_reason,
            "usage": (stats.prompt_tokens_count, stats.predicted_tokens_count),
        }


SAID = {"thinking": "Let me see.", "text": "Hello \U0001f680", "finish": "eosFound", "usage": (20, 10)}


@pytest.mark.parametrize("travel", [{}, {"fragment": 3}, {"every": 7}], ids=["plain", "fragments", "cut"])
def test_the_sdk_hears_what_the_turn_says(root: Player, travel: dict[str, int]) -> None:
    server = LMStudioSdkServer([HELLO], **travel)
    with root.exchange(server.respond, root=True):
        assert heard(f"127.0.0.1:{root.port}") == SAID
    assert server.asked[0]["history"]["messages"][0]["content"] == [{"type": "text", "text": "Say hello."}]


def test_the_sdk_runs_a_tool_and_asks_again(root: Player) -> None:
    added: list[tuple[int, int]] = []

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        added.append((a, b))
        return a + b

    server = LMStudioSdkServer([CALL, FIVE])
    said: list[str] = []
    with root.exchange(server.respond, root=True), lmstudio.Client(f"127.0.0.1:{root.port}") as client:
        model = client.llm.model("openai/gpt-oss-20b")
        model.act("Add 2 and 3.", [add], on_message=lambda message: said.append(type(message).__name__))
    assert added == [(2, 3)]
    assert said == ["AssistantResponse", "ToolResultMessage", "AssistantResponse"]
    assert [message["role"] for message in server.asked[1]["history"]["messages"]] == ["user", "assistant", "tool"]


def test_the_sdk_raises_what_went_wrong(root: Player) -> None:
    server = LMStudioSdkServer([Turn((), error=StreamError("server", "The model crashed."))])
    with (
        root.exchange(server.respond, root=True),
        lmstudio.Client(f"127.0.0.1:{root.port}") as client,
        pytest.raises(lmstudio.LMStudioPredictionError, match=r"The model crashed\."),
    ):
        client.llm.model("openai/gpt-oss-20b").respond("Say hello.")


@pytest.mark.parametrize(
    "turn",
    [
        Turn((Text(("x",)),), finish="content_filter"),
        Turn((Thinking((), redacted="eA=="),)),
        Turn((ToolCall("f", ('{"a":',)),), finish="length"),
    ],
    ids=["a filter", "hidden thoughts", "half a call"],
)
def test_what_the_wire_has_no_word_for_is_refused(turn: Turn) -> None:
    with pytest.raises(UnspeakableTurn, match="LM Studio"):
        LMStudioSdkServer([turn])


def paths(value: Any, place: str = "") -> set[str]:
    if isinstance(value, dict):
        return {f"{place}.{key}" for key in value} | {
            path for key, inner in value.items() if key != "arguments" for path in paths(inner, f"{place}.{key}")
        }
    return set()


def test_every_event_has_a_shape_that_the_sdk_was_seen_to_take() -> None:
    if not FRAMES.is_file():
        pytest.skip("the recorded frames are not here: they are not part of the repository")
    known: dict[str, list[set[str]]] = {}
    for line in FRAMES.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)["msg"].get("message") or {}
        known.setdefault(event.get("type", ""), []).append(paths(event))
    for turn in (HELLO, CALL, Turn((), error=StreamError("server", "no"))):
        for event in prediction(turn, "tiny"):
            assert any(paths(event) == shape for shape in known[event["type"]]), event


def test_a_recording_is_played_to_the_sdk_again(root: Player, tmp_path: Path) -> None:
    with (
        root.exchange(LMStudioSdkServer([HELLO]).respond, root=True),
        WebSocketRelay(f"ws://127.0.0.1:{root.port}") as relay,
    ):
        assert heard(relay.given) == SAID
    cassette = relay.taken()
    said = [json.loads(data) for data in cassette.connections[0].of("client")]
    passkey = said[0]["clientPasskey"]
    today = datetime.date(2026, 11, 21)
    origin = Origin("lmstudio-sdk", "text", Provenance.PEER, f"ws://127.0.0.1:{root.port}", today=today)
    path = keep(Store(tmp_path), kinds.WEBSOCKET, cassette, origin)
    assert passkey not in path.read_text()
    stored = kinds.load(path)
    with root.exchange(websockets.respond(stored), root=True) as exchange:
        assert heard(f"127.0.0.1:{root.port}") == SAID
        asked = tuple(message for _, _, message in exchange.log.messages)
    assert websockets.drift(asked, stored.connections[0]) == []
    [line] = websockets.drift((*asked[:-1], asked[-1].replace("Say hello.", "Say no.")), stored.connections[0])
    assert "Say no." in line
