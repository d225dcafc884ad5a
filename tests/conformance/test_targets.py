"""Targets: whose backend is tested, and as which provider."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from massgen_conformance.providers import PROVIDERS
from massgen_conformance.targets import GROUP, TargetError, load_target, subject, subjects


def factory(**_config: Any) -> object:
    return object()


@pytest.fixture
def module() -> Iterator[ModuleType]:
    """A module as somebody's package would have it."""
    made = ModuleType("acme_backends")
    vars(made).update(make=factory, number=7)
    sys.modules["acme_backends"] = made
    yield made
    del sys.modules["acme_backends"]


def point(name: str, value: str = "acme_backends:make") -> EntryPoint:
    return EntryPoint(name, value, GROUP)


@pytest.mark.usefixtures("module")
def test_a_target_is_taken_by_its_name() -> None:
    assert load_target("acme_backends:make") == ("acme_backends:make", factory)


@pytest.mark.usefixtures("module")
def test_the_only_installed_target_is_taken() -> None:
    assert load_target("", [point("acme")]) == ("acme_backends:make", factory)


@pytest.mark.usefixtures("module")
def test_a_named_target_wins_over_an_installed_one() -> None:
    assert load_target("acme_backends:make", [point("other", "other:make")])[1] is factory


@pytest.mark.parametrize(
    ("spec", "installed", "told"),
    [
        ("", [], "give one with --target module:factory"),
        ("", [point("a"), point("b")], "choose one with --target: a .*, b "),
        ("acme_backends", [], "is module:factory, not 'acme_backends'"),
        ("acme_backends:", [], "is module:factory"),
        ("no_such_package_here:make", [], "cannot be imported: No module named"),
        ("acme_backends:absent", [], "has no factory 'absent'"),
        ("acme_backends:number", [], "has no factory 'number'"),
    ],
)
@pytest.mark.usefixtures("module")
def test_a_target_that_cannot_be_had_says_what_to_do(spec: str, installed: list[EntryPoint], told: str) -> None:
    with pytest.raises(TargetError, match=told):
        load_target(spec, installed)


def test_all_means_every_known_provider() -> None:
    assert [each.provider for each in subjects(["all"], factory)] == list(PROVIDERS)


def test_all_means_those_that_the_target_serves() -> None:
    def make(**_config: Any) -> object:
        return object()

    make.providers = ("groq", "claude")  # type: ignore[attr-defined]
    assert [each.provider for each in subjects(["all"], make)] == ["groq", "claude"]


def test_a_provider_named_twice_is_tested_once() -> None:
    assert [each.provider for each in subjects(["groq", "groq"], factory)] == ["groq"]


def test_an_unknown_provider_needs_a_wire() -> None:
    with pytest.raises(TargetError, match="unknown provider 'acme'; name its protocol with --wire"):
        subjects(["acme"], factory)
    assert subjects(["acme"], factory, "openai_chat")[0].wire == "openai_chat"


def test_an_unknown_wire_is_told_with_the_known_ones() -> None:
    with pytest.raises(TargetError, match=r"unknown wire 'carrier_pigeon'; known: .*openai_chat"):
        subjects(["groq"], factory, "carrier_pigeon")


def test_a_target_may_say_what_its_backends_offer() -> None:
    def make(**_config: Any) -> object:
        return object()

    make.abilities = ["tools"]  # type: ignore[attr-defined]
    make.contacts = ("tables.example.com",)  # type: ignore[attr-defined]
    make.config = {"flavour": "mild"}  # type: ignore[attr-defined]
    made = subject("claude", make)
    assert made.abilities == frozenset({"tools"})
    assert made.contacts == frozenset({"tables.example.com"})
    assert made.config == {"flavour": "mild"}
    assert subject("claude", factory).abilities == PROVIDERS["claude"].abilities


def test_an_ability_that_nobody_knows_is_told_with_the_known_ones() -> None:
    def make(**_config: Any) -> object:
        return object()

    make.abilities = ["tools", "mpc"]  # type: ignore[attr-defined]
    with pytest.raises(TargetError, match=r"unknown abilities mpc; known: .*mcp"):
        subject("claude", make)
