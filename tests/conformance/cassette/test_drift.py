"""What a provider does not send any more is found, on a server of this machine that stands in for the provider."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from massgen_conformance.cassette.outline import drift, outline
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.store import Store
from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.driver import AS_IS, CANARY, Delivery, responses
from massgen_conformance.liars.honest import honest
from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.report import ItemResult
from massgen_conformance.runner import Runner
from massgen_conformance.targets import subject

BEFORE = {"type": "end", "usage": {"input": 3, "parts": [{"name": "text"}]}, "id": "a", "model": None}
NOW = {
    "the same with more": ({**BEFORE, "more": 1}, []),
    "a null": ({**BEFORE, "usage": None}, []),
    "an empty list": ({**BEFORE, "usage": {"input": 4, "parts": []}}, []),
    "a value for a null": ({**BEFORE, "model": "m"}, []),
    "another type": ({**BEFORE, "id": 7}, ["end.id is a number, and was a string"]),
    "a field less": ({"type": "end", "usage": BEFORE["usage"], "model": None}, ["end.id is not sent any more"]),
    "a field less inside": (
        {**BEFORE, "usage": {"input": 3, "parts": [{}]}},
        ["end.usage.parts[].name is not sent any more"],
    ),
    "another event": ({"type": "stop"}, ["no event end any more"]),
}


def lines(*values: object) -> list[bytes]:
    return [b"data: " + json.dumps(value).encode() + b"\n\n" for value in values]


@pytest.mark.parametrize(("now", "told"), NOW.values(), ids=NOW)
def test_what_is_gone_or_of_another_type_is_told(now: object, told: list[str]) -> None:
    assert drift([outline(lines(BEFORE))], outline(lines(now))) == told


def test_what_only_some_answers_had_may_be_absent() -> None:
    known = [outline(lines(BEFORE)), outline(lines({"type": "end"}))]
    assert drift(known, outline(lines({"type": "end"}))) == []


def test_a_line_says_whether_the_kit_still_sends_it() -> None:
    [line] = drift([outline(lines(BEFORE))], outline(lines({"type": "stop"})), outline(lines(BEFORE)))
    assert line == "no event end any more; the kit's player sends it as well"


def changed(change: Callable[[bytes], bytes]) -> Delivery:
    return lambda reply: replace(reply, events=tuple(change(event) for event in reply.events))


async def record_from(player: Player, folder: Path, delivery: Delivery) -> Store:
    """Recordings of a text and a call, from a server that answers as Groq does, in this way."""
    store, profile = Store(folder), PROVIDERS["groq"]
    for name in ("text", "tool"):
        piece = PROGRAMME[name]
        with player.exchange(responses(piece.scenario, profile.speaker, delivery)) as exchange:
            base_url = exchange.base_url + profile.base_path
            session = Session(store, player, base_url, key_variable="KEY", keys={"KEY": CANARY})
            await session.record(subject("groq", honest), piece)
    return store


async def judged(store: Store, stored: Store | None) -> list[ItemResult]:
    checks = [CATALOGUE["REC-11"]]
    with Runner([subject("groq", honest)], checks, store, live=stored is not None, stored=stored) as runner:
        return [await runner.run(item) for item in runner.plan()]


CHANGES: dict[str, tuple[Delivery, Verdict]] = {
    "the same": (AS_IS, Verdict.PASS),
    "renamed": (changed(lambda event: event.replace(b'"created":', b'"created_at":')), Verdict.FAIL),
    "more": (changed(lambda event: event.replace(b'"created":', b'"weather":"blue","created":')), Verdict.PASS),
}


@pytest.mark.parametrize(("delivery", "verdict"), CHANGES.values(), ids=CHANGES)
async def test_a_live_run_is_compared_with_what_was_recorded(
    player: Player, tmp_path: Path, delivery: Delivery, verdict: Verdict
) -> None:
    stored = await record_from(player, tmp_path / "stored", AS_IS)
    fresh = await record_from(player, tmp_path / "fresh", delivery)
    made, *live = await judged(fresh, stored)
    assert made.verdict is Verdict.PASS
    assert [(each.case, each.verdict) for each in live] == [("recorded-text", verdict), ("recorded-tool", verdict)]
    if verdict is Verdict.FAIL:
        assert (
            "chat.completion.chunk.created is not sent any more; the kit's player sends it as well" in live[0].message
        )


async def test_nothing_live_is_asked_of_a_run_without_a_live_recording(player: Player, tmp_path: Path) -> None:
    stored = await record_from(player, tmp_path, AS_IS)
    assert [each.case for each in await judged(stored, None)] == ["made"]


async def test_a_live_run_without_older_recordings_has_nothing_to_compare_with(player: Player, tmp_path: Path) -> None:
    fresh = await record_from(player, tmp_path / "fresh", AS_IS)
    _, *live = await judged(fresh, Store(tmp_path / "nothing"))
    assert {each.verdict for each in live} == {Verdict.NOT_APPLICABLE}
    assert "no older recording of text" in live[0].message
