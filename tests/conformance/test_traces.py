"""The monitor sees every change of a legal stream that does not leave it legal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from massgen_conformance import cli
from massgen_conformance.liars import traces
from massgen_conformance.liars.traces import EQUIVALENT, INSIDE, Trace, honest_traces, measure, mutants, rejected


@pytest.fixture(scope="module")
async def legal() -> list[Trace]:
    return await honest_traces()


def test_the_streams_that_are_changed_are_legal_and_of_every_ending(legal: list[Trace]) -> None:
    assert [trace for trace in legal if rejected(trace)] == []
    assert {trace[-1]["status"] for trace in legal} >= {"stop", "tool_calls", "length", "error"}


def test_the_monitor_rejects_every_mutant_that_is_not_equivalent(legal: list[Trace]) -> None:
    score = measure(legal, sample=3000, seed=4)
    assert [str(mutant) for mutant in score.survivors] == []
    assert score.share == 1.0
    assert set(score.killed) == {"truncate", "drop", "duplicate", "swap", "retype", "corrupt"}
    assert score.equivalent.total() < 0.12 * score.killed.total()


def test_a_sample_is_the_same_for_the_same_seed(legal: list[Trace]) -> None:
    assert measure(legal, sample=200, seed=1) == measure(legal, sample=200, seed=1)
    assert measure(legal, sample=200, seed=1) != measure(legal, sample=200, seed=2)


def test_every_rule_of_equivalence_is_needed(legal: list[Trace]) -> None:
    accepted = [(trace, mutant) for trace in legal for mutant in mutants(trace) if not rejected(mutant.stream)]
    idle = [name for name, holds in EQUIVALENT.items() if not any(holds(*pair) for pair in accepted)]
    assert idle == []


def test_a_monitor_that_is_blind_has_survivors(monkeypatch: pytest.MonkeyPatch) -> None:
    sees: Callable[[Trace], bool] = rejected
    monkeypatch.setattr(traces, "rejected", lambda stream: len(stream) < len(INSIDE) and sees(stream))
    score = measure([INSIDE])
    assert {mutant.operator for mutant in score.survivors} >= {"duplicate", "swap", "corrupt", "retype"}
    assert score.share < 1


def test_the_command_prints_the_score_and_the_rules(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one() -> list[Trace]:
        return [INSIDE]

    monkeypatch.setattr("massgen_conformance.commands.kill_matrix.honest_traces", one)
    assert cli.main(["kill-matrix", "--traces"]) == 0
    told = capsys.readouterr().out
    assert "1 legal streams" in told
    assert "100.0% killed" in told
    assert "usage may be unknown" in told
