"""Cases that are drawn: a failure shrinks to a script in a file, which repeats it, and the seed decides everything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from massgen_conformance import cli, script
from massgen_conformance.check import CATALOGUE, Case, NotApplicable, NotTestable, Verdict, require
from massgen_conformance.ensemble import GATES
from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.isolation import OneAnswer
from massgen_conformance.plan import Ending, Travel
from massgen_conformance.player import Player
from massgen_conformance.report import ItemResult
from massgen_conformance.runner import Runner
from massgen_conformance.scenario import Text
from massgen_conformance.script import Script, UnreadableScript
from massgen_conformance.search import LEAST, MOST, Search, share
from massgen_conformance.stage import Stage, Theatre
from massgen_conformance.strategies import STRATEGIES
from massgen_conformance.targets import subject
from tests.conformance import planted

Minimal: TypeAlias = Callable[[Case], bool]
PROVIDER = "chatcompletion"


def said(case: Case) -> tuple[str, ...]:
    assert case.scenario is not None
    return tuple(piece for part in case.scenario.turns[0].parts if isinstance(part, Text) for piece in part.deltas)


def arguments(case: Case) -> list[str]:
    assert case.scenario is not None
    return [call.whole for call in case.scenario.turns[0].calls]


def cut_once_at_a_quote(case: Case) -> bool:
    assert isinstance(case.bend, Travel)
    assert said(case) == ("0",)
    return case.bend.every == 1 or [case.spoken[0].body[cut : cut + 1] for cut in case.bend.cuts or ()] == [b'"']


def cut_behind_the_finish(case: Case) -> bool:
    assert isinstance(case.bend, Travel)
    assert case.bend.stop_at is not None
    sent = case.spoken[0].body[: case.bend.stop_at]
    return b'"finish_reason":"stop"' in sent and b"[DONE]" not in sent and len("".join(said(case))) == 1


FAULTS: dict[str, tuple[type[Honest], str, Minimal]] = {
    "a character": (planted.EatsControls, "CON-02", lambda case: said(case) == ("\x80",)),
    "a cut": (planted.StripsReads, "CON-01", cut_once_at_a_quote),
    "an argument": (planted.NoSpaces, "TOL-04", lambda case: [len(told) < 12 for told in arguments(case)] == [True]),
    "a broken stream": (planted.FinishIsEnd, "ERR-09", cut_behind_the_finish),
    "an order": (OneAnswer, "ISO-05", lambda case: sorted(case.value) == sorted([0, 1, 2] * GATES)),
}


async def drawn(backend: type[Honest], check: str, scripts: Path | None, examples: int = 200) -> ItemResult:
    """The verdict on the cases that are drawn for a check."""
    options = {"examples": examples, "scripts": scripts, "shrink_seconds": 120.0}  # a busy machine must not end it
    with Runner([subject(PROVIDER, backend)], [CATALOGUE[check]], **options) as runner:  # type: ignore[arg-type]  # names
        [item] = [item for item in runner.plan() if item.case.generated]
        return await runner.run(item)


@pytest.mark.parametrize(("backend", "check", "minimal"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_shrinks_to_a_file_that_shows_nothing_else(
    backend: type[Honest], check: str, minimal: Minimal, tmp_path: Path
) -> None:
    result = await drawn(backend, check, tmp_path)
    assert result.verdict is Verdict.FAIL
    assert result.failure is not None
    path = tmp_path / f"{check}-{PROVIDER}.json"
    assert result.failure.script == str(path)
    told = script.load(path)
    assert (told.check, told.provider, told.wire) == (check, PROVIDER, "openai_chat")
    assert told.found["expected"] == result.failure.expected
    assert minimal(told.case), told.case


def test_replay_repeats_the_finding_and_clears_the_honest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(drawn(planted.EatsControls, "CON-02", tmp_path))
    [file] = map(str, tmp_path.iterdir())
    target = ("--target", "tests.conformance.planted:EatsControls")
    assert cli.main(["replay", file, *target]) == cli.FINDINGS
    shown = capsys.readouterr().out
    assert "  complete_message " in shown
    assert f"FAIL CON-02[{PROVIDER}-generated] expected '\\x80'; got ''" in shown
    assert (
        cli.main(["replay", file, file, "--json", "--target", "massgen_conformance.liars.honest:honest"]) == cli.CLEAN
    )
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines if "type" in line][:2] == ["content", "complete_message"]
    assert [line["verdict"] for line in lines if "verdict" in line] == ["pass", "pass"]


def test_replay_plays_the_bytes_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(drawn(planted.EatsControls, "CON-02", tmp_path))
    [path] = tmp_path.iterdir()
    document = json.loads(path.read_text())
    events = document["replies"][0]["events"]
    document["replies"][0]["events"] = [event.replace("\x80", "by hand") for event in events]
    path.write_text(json.dumps(document))
    assert cli.main(["replay", str(path), "--target", "massgen_conformance.liars.honest:honest"]) == cli.FINDINGS
    assert "got 'by hand'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "massgen-conformance-script/9"}, "reads massgen-conformance-script/1, not"),
        ({"check": "NOPE-01"}, "unknown: NOPE-01"),
        ({"wire": "gemini_generate"}, "is of the wire gemini_generate, and chatcompletion speaks openai_chat"),
        ({"replies": [{"events": []}]}, "a script has 'headers'"),
        ({"travel": {"ending": "with a bang"}}, "not a script: 'with a bang'"),
    ],
)
def test_a_script_that_cannot_be_played_says_why(
    change: dict[str, object], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads(script.dumps(Script("CON-02", PROVIDER, "openai_chat", "m", Case("generated"))))
    path = tmp_path / "script.json"
    path.write_text(json.dumps({**whole, **change}))
    assert cli.main(["replay", str(path), "--target", "massgen_conformance.liars.honest:honest"]) == cli.USAGE
    assert words in capsys.readouterr().err


def test_the_catalogue_names_strategies_that_there_are() -> None:
    named = {case.generated for check in CATALOGUE.values() for case in check.cases if case.generated}
    assert named == set(STRATEGIES)


async def noted(strategy: str, seed: int, provider: str = "gemini") -> list[Case]:
    """The cases that a search draws."""
    seen: list[Case] = []

    async def judge(case: Case) -> None:
        seen.append(case)

    with Player() as player:
        stage = Stage(Theatre(subject(provider, Honest), player), Case("generated"), alone=True)
        assert await Search(judge, seed, examples=12).run(STRATEGIES[strategy](stage)) is None
    return seen


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_the_seed_decides_what_is_drawn_and_a_file_holds_it(strategy: str) -> None:
    first = await noted(strategy, 1)
    assert len(first) > 8
    assert first == await noted(strategy, 1)
    assert first != await noted(strategy, 2)
    for case in first:
        told = Script("CON-01", "gemini", "gemini_generate", "m", case, seed=3, found={"expected": "\ud800"})
        assert script.loads(script.dumps(told)) == told


def test_bytes_that_are_no_text_are_kept_in_a_file() -> None:
    reply = planted_reply()
    told = Script("CON-01", PROVIDER, "openai_chat", "m", Case("generated", spoken=(reply,)))
    assert script.loads(script.dumps(told)).case.spoken == (reply,)


def planted_reply() -> object:
    from massgen_conformance.plan import Reply

    return Reply((b"\xff\xfe", "é".encode()), 418, (("a", "b"),), sized=True)


NUMBERS = STRATEGIES["orders"]


async def search(judge: Callable[[Case], object], **how: object) -> object:
    async def judged(case: Case) -> None:
        judge(case)

    with Player() as player:
        stage = Stage(Theatre(subject(PROVIDER, Honest), player), Case("generated"), alone=True)
        return await Search(judged, **how).run(NUMBERS(stage))  # type: ignore[arg-type]  # options as they are given


async def test_what_fails_only_once_is_a_finding_all_the_same() -> None:
    judged: list[Case] = []

    def judge(case: Case) -> None:
        judged.append(case)
        require(len(judged) != 3, "the same every time", "something else")

    found = await search(judge)
    assert getattr(found, "case", None) == judged[2]


@pytest.mark.parametrize("refusal", [NotTestable("nobody asked"), NotApplicable("no such thing"), KeyError("broken")])
async def test_a_case_that_cannot_be_judged_is_not_taken_for_one_that_holds(refusal: Exception) -> None:
    def judge(case: Case) -> None:
        raise refusal

    with pytest.raises(type(refusal), match=str(refusal)):
        await search(judge)


async def test_shrinking_ends_when_its_time_is_over() -> None:
    judged: list[Case] = []

    def judge(case: Case) -> None:
        judged.append(case)
        require(False, "nothing", "something")

    assert await search(judge, seconds=0.0) is not None
    assert len(judged) == 1


async def test_a_search_that_is_cancelled_ends_at_once() -> None:
    begun = asyncio.Event()

    async def judge(case: Case) -> None:
        begun.set()
        await asyncio.Event().wait()

    with Player() as player:
        stage = Stage(Theatre(subject(PROVIDER, Honest), player), Case("generated"), alone=True)
        running = asyncio.ensure_future(Search(judge).run(NUMBERS(stage)))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


def test_many_subjects_share_the_cases() -> None:
    assert [share(number) for number in (0, 1, 9, 18, 30, 500)] == [MOST, MOST, MOST, 5, LEAST, LEAST]


def test_an_ending_is_written_by_its_name() -> None:
    told = Script(
        "ERR-09", PROVIDER, "openai_chat", "m", Case("generated", bend=Travel(stop_at=3, ending=Ending.RESET))
    )
    assert json.loads(script.dumps(told))["travel"] == {
        "cuts": None,
        "every": 0,
        "delays": [],
        "stop_at": 3,
        "ending": "reset",
    }


def test_an_unreadable_file_is_named() -> None:
    with pytest.raises(UnreadableScript, match="cannot read /nowhere"):
        script.load(Path("/nowhere"))
