"""The catalogue as data: it can be read without running anything, and nothing in it is left empty or twice."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from massgen_conformance.check import CATALOGUE, Check
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.runner import items, select
from massgen_conformance.scenario import QUIRKS, Scenario
from massgen_conformance.scenarios import SCENARIOS
from massgen_conformance.speakers import UnspeakableTurn
from massgen_conformance.subject import AGENT_ABILITIES
from massgen_conformance.targets import subject

FIRST = {
    "LIF": (1, 2, 3, 4, 5, 7, 8, 9, 11, 14),
    "CON": (1, 2, 3, 4, 5, 6, 7, 8, 10, 13),
    "TOL": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13),
    "RSN": (1, 4, 5),
    "USG": (1, 2, 3, 4, 5),
    "TIM": (1, 2, 4, 5, 9),
    "ERR": (1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 15, 17),
    "STA": (1, 4),
    "PRM": (2,),
    "SEC": (1, 2),
    "REC": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12),
    "ISO": (1, 2, 3, 4, 5, 6),
    "RES": (1, 2, 3, 4, 6, 7, 8),
    "MCP": tuple(range(1, 12)),
    "CUS": (1, 2, 3, 4, 5),
    "HOK": (1, 2, 3, 4, 5),
    "FLT": (1,),
    "META": (6,),
}


def test_no_check_of_the_first_cut_is_missing() -> None:
    wanted = {f"{family}-{number:02}" for family, numbers in FIRST.items() for number in numbers}
    assert wanted <= {check.id for check in select()}


@pytest.mark.parametrize("check", select(), ids=lambda check: check.id)
def test_a_check_says_what_it_requires_and_what_it_catches(check: Check) -> None:
    assert re.fullmatch(r"[A-Z]{3,4}-\d\d", check.id)
    assert check.requirement.endswith(".")
    assert check.catches
    assert check.drive
    assert check.cases


@pytest.mark.parametrize("check", select(), ids=lambda check: check.id)
def test_the_items_of_a_check_have_different_names(check: Check) -> None:
    counted = Counter(item.name for item in items(check, subject("gemini", object), ()))
    assert [name for name, number in counted.items() if number > 1] == []
    assert all(re.fullmatch(r"[A-Z]{3,4}-\d\d\[gemini(-[a-z0-9-]+)?\]", name) for name in counted)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_scenario_can_be_said_by_somebody(scenario: Scenario) -> None:
    """A scenario that no wire can say would be not applicable everywhere, and nobody would notice."""
    assert {quirk for turn in scenario.turns for quirk in turn.quirks} <= set(QUIRKS)
    assert [profile.name for profile in PROVIDERS.values() if sayable(profile.name, scenario)]


def test_every_quirk_is_said_in_some_scenario() -> None:
    """A speaker's quirk that no scenario asks for is a fault that nobody looks for."""
    said = {quirk for scenario in SCENARIOS.values() for turn in scenario.turns for quirk in turn.quirks}
    cut_instead = {"no_done", "no_trailing_blank_line"}  # ERR-09 and CON-05 cut those bytes off
    assert set(QUIRKS) - said == cut_instead


def sayable(provider: str, scenario: Scenario) -> bool:
    profile = PROVIDERS[provider]
    if not scenario.needs <= profile.abilities:
        return False
    try:
        for turn in scenario.turns:
            profile.speaker.say(turn)
    except UnspeakableTurn:
        return False
    return True


@pytest.mark.parametrize("check", select(), ids=lambda check: check.id)
def test_every_check_concerns_at_least_one_known_provider(check: Check) -> None:
    concerned = [
        name
        for name, profile in PROVIDERS.items()
        if check.needs <= profile.abilities | AGENT_ABILITIES.keys()
        and any(case.scenario is None or sayable(name, case.scenario) for case in check.cases if not case.recorded)
    ]
    assert concerned


def test_every_ability_of_agents_is_asked_for_and_no_other() -> None:
    """An ability that no check needs would be promised in vain."""
    known = {ability for profile in PROVIDERS.values() for ability in profile.abilities} | AGENT_ABILITIES.keys()
    scenarios = {need for scenario in SCENARIOS.values() for need in scenario.needs}
    needed = {need for check in select() for needs in (check, *check.cases) for need in needs.needs}
    assert needed | scenarios <= known
    assert needed >= AGENT_ABILITIES.keys()


def test_a_check_cannot_be_defined_twice() -> None:
    from massgen_conformance.check import Drive, check

    with pytest.raises(ValueError, match="check LIF-01 is defined twice"):
        check("LIF-01", "Again.", drive=Drive.UNIT, catches="")(CATALOGUE["LIF-01"].function)
