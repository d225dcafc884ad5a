"""Nothing of the catalogue is forgotten: every requirement is a check, or an alias of one with its reason."""

from __future__ import annotations

import pytest

from massgen_conformance.check import CATALOGUE
from massgen_conformance.requirements import ALIASES, FAMILIES, absent, numbered
from massgen_conformance.runner import select


def test_all_174_requirements_are_checks() -> None:
    wanted = {each for family in FAMILIES for each in numbered(family)}
    assert len(wanted) == sum(FAMILIES.values()) == 174
    assert wanted <= CATALOGUE.keys() | ALIASES.keys()


def test_a_check_beyond_the_requirements_has_a_number_of_its_own_in_a_known_family() -> None:
    known = {each for family in FAMILIES for each in numbered(family)}
    further = {check.id for check in select()} - known
    of_the_suite = {"META-06"}  # what the suite asserts of itself, where a subject shows it
    next_ones = {f"{family}-{number + more:02}" for family, number in FAMILIES.items() for more in (1, 2, 3)}
    assert further - of_the_suite <= next_ones


@pytest.mark.parametrize("family", FAMILIES)
def test_every_requirement_of_a_family_is_a_check_or_an_alias(family: str) -> None:
    assert absent(family, CATALOGUE) == []


def test_an_alias_is_of_a_check_and_says_why() -> None:
    wrong = {name: alias for name, alias in ALIASES.items() if alias.of not in CATALOGUE or name in CATALOGUE}
    assert wrong == {}
    assert all(alias.reason.endswith(".") for alias in ALIASES.values())


def test_a_requirement_that_nobody_checks_is_named() -> None:
    assert absent("ISO", {"ISO-01", "ISO-02", "ISO-04", "ISO-05", "ISO-06"}) == ["ISO-03"]
