"""The suite as a whole: nothing drops out of it unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from massgen_conformance.cassette.store import Store
from massgen_conformance.check import CATALOGUE
from massgen_conformance.liars.honest import honest
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.recordings import recordings_of
from massgen_conformance.runner import Runner, concerns
from massgen_conformance.stage import Recording
from massgen_conformance.subject import Subject
from massgen_conformance.targets import subject
from massgen_conformance.unsuited import reason_against

CASSETTES = Path(__file__).parents[2] / "cassettes"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_check_is_planned_for_every_provider_as_often_as_its_cases_say(provider: str) -> None:
    """A green run says nothing of the checks that were not in it."""
    who = subject(provider, honest)
    problems: list[str] = []
    store = Store(CASSETTES)
    with Runner([who], list(CATALOGUE.values()), store) as runner:
        planned = runner.plan()
    recordings = recordings_of(provider, store, problems)
    assert problems == []
    counted = {check: runner.report.planned.get((provider, check), 0) for check in CATALOGUE}
    assert sum(counted.values()) == len(planned)
    assert counted == {check.id: cases_of(check.id, who, recordings) for check in CATALOGUE.values()}


def cases_of(name: str, who: Subject, recordings: list[Recording]) -> int:
    """How many items a check has: one where it does not concern the subject, else one a case and one a recording."""
    check = CATALOGUE[name]
    if not check.needs <= who.abilities or reason_against(name, who.wire):
        return 1
    played = [
        [each for each in recordings if concerns(case, each)] if case.recorded else [case]
        for case in check.cases
        if not case.live
    ]
    return sum(map(len, played))
