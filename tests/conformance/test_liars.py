"""The checks are checked: each is broken by a planted fault, and holds on the same backend without it."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import replace

import pytest

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.liars import LIARS, DeafBackend, NullBackend, process
from massgen_conformance.liars.agent import Agent
from massgen_conformance.liars.honest import honest
from massgen_conformance.liars.liar import Liar
from massgen_conformance.liars.matrix import LONG, honest_twin, kill, on_panel, one_each
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.report import ItemResult
from massgen_conformance.runner import Item, Runner
from massgen_conformance.speakers.agents import AGENTS
from massgen_conformance.subject import AGENT_ABILITIES
from massgen_conformance.targets import subject, subjects

HONEST_ABOUT = ("chatcompletion", "groq", "deepseek", "claude", "gemini")

PASS_ON_SILENCE = {
    *("LIF-01", "LIF-03", "LIF-04", "LIF-05", "LIF-13"),  # its one chunk is legal
    *("PRM-02", "REC-01", "REC-04", "REC-07", "SEC-01", "SEC-02", "STA-01"),  # its requests are honest
    *("REC-11", "TOL-17"),  # its requests are those that were recorded, and a tool of the provider's is only shown
    *("TOL-20", "TOL-21"),  # it offers what it is given, and shows what tools gave back
    *("SEC-03", "SEC-07", "STA-02", "STA-03", "STA-07"),  # as are its recordings, and it remembers nothing
    *("PRM-01", "PRM-03", "PRM-04", "PRM-05", "PRM-06", "PRM-08", "PRM-09", "RSN-09"),  # so are their parameters
    *(f"MUL-{number:02}" for number in range(1, 7)),  # and their images
    *("USG-10", "USG-12"),  # its account is honest, and it guesses nothing
    *("RES-01", "RES-02", "RES-03", "RES-04"),  # it gives back what it took
    "LIF-12",  # its silence is the same with tools and without
    "ERR-17",  # it cannot be made without a key
    "ISO-06",  # it leaves the context alone
    "TIM-02",  # it notes the first token, although it does not hand it on
}


def test_every_check_has_a_liar() -> None:
    caught = {name for liar in LIARS.values() for name in liar.caught_by}
    assert caught == set(CATALOGUE)


@pytest.mark.filterwarnings(
    "ignore:coroutine:RuntimeWarning",
    "ignore:unclosed:ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",  # of a child that a liar left to a loop that is gone
)
@pytest.mark.parametrize("liar", LIARS.values(), ids=LIARS)
async def test_a_liar_is_caught_by_exactly_its_checks(liar: Liar) -> None:
    killed = await kill(liar, panel=True)
    if any(name.startswith("RES") for name in liar.caught_by):
        gc.collect()  # what it left must not be found in the tests after it
    assert sorted(killed.caught_by) == sorted(liar.caught_by)


@pytest.mark.parametrize("provider", HONEST_ABOUT)
async def test_the_honest_backend_passes_everything(provider: str) -> None:
    with Runner(subjects([provider], honest), list(CATALOGUE.values())) as runner:
        results = [await runner.run(item) for item in runner.plan()]
    assert not_green(results) == []


@pytest.mark.parametrize("provider", AGENTS)
async def test_the_honest_backend_over_a_process_passes_all_that_concerns_one(provider: str) -> None:
    whole = provider == "claude_code"  # each item starts processes: of the others one for each check
    with Runner([subject(provider, process.honest)], list(CATALOGUE.values())) as runner:
        results = [await runner.run(item) for item in (runner.plan() if whole else one_each(runner.plan()))]
    assert not_green(results) == []
    assert len({each.check for each in results if each.verdict is Verdict.PASS}) > 65


@pytest.mark.parametrize("provider", ["chatcompletion", "claude", "gemini"])
async def test_the_honest_agent_passes_what_concerns_agents_and_all_that_concerns_both(provider: str) -> None:
    with Runner([subject(provider, Agent)], list(CATALOGUE.values())) as runner:
        chosen = [item for item in runner.plan() if provider == "chatcompletion" or of_agents(item)]
        results = [await runner.run(item) for item in chosen]
    assert not_green(results) == []
    of_them = {item.check.id for item in chosen if of_agents(item)}
    assert {each.check for each in results if each.verdict is Verdict.PASS} >= of_them
    assert len(of_them) == 24


def of_agents(item: Item) -> bool:
    return bool(item.check.needs & AGENT_ABILITIES.keys())


def not_green(results: Iterable[ItemResult]) -> list[str]:
    return [f"{each.name}: {each.message}" for each in results if each.verdict in (Verdict.FAIL, Verdict.NOT_TESTABLE)]


async def test_a_backend_without_tools_of_its_own_is_asked_once_for_each_such_check() -> None:
    with Runner([subject("groq", honest)], list(CATALOGUE.values())) as runner:
        chosen = [item for item in runner.plan() if of_agents(item)]
        results = [await runner.run(item) for item in chosen]
    assert {each.verdict for each in results} == {Verdict.NOT_APPLICABLE}
    assert len(results) == len({each.check for each in results})
    assert results[0].message.startswith("groq does not offer ")


@pytest.mark.parametrize(
    ("backend", "passing"), [(NullBackend, set()), (DeafBackend, PASS_ON_SILENCE)], ids=["null", "deaf"]
)
async def test_a_backend_that_only_says_done_passes_almost_nothing(backend: type, passing: set[str]) -> None:
    claims = replace(subject("gemini", backend), abilities=PROVIDERS["gemini"].abilities | AGENT_ABILITIES.keys())
    with Runner([claims], list(CATALOGUE.values()), guard_seconds=0.5) as runner:
        results = [await runner.run(item) for item in runner.plan()]
    failed = {each.check for each in results if each.verdict in (Verdict.FAIL, Verdict.NOT_TESTABLE)}
    passed = {each.check for each in results if each.verdict is Verdict.PASS} - failed
    assert passed == passing


def test_a_panel_has_every_short_check_once_and_the_catchers_whole() -> None:
    liar = LIARS["EndIsSuccess"]
    with Runner([subject("chatcompletion", honest)], list(CATALOGUE.values())) as runner:
        everything = runner.plan()
        chosen = list(on_panel(liar, everything))
    assert {item.check.id for item in chosen} == set(CATALOGUE) - LONG
    assert {item.check.id for item in on_panel(LIARS["KeepsTexts"], everything)} >= {"RES-02"}
    for name in liar.caught_by:
        wanted = [item.name for item in everything if item.check.id == name and not item.case.generated]
        assert [item.name for item in chosen if item.check.id == name] == wanted


async def test_the_twin_of_a_liar_is_honest() -> None:
    killed = await kill(honest_twin(LIARS["LastPiece"]), panel=True)
    assert killed.caught_by == frozenset()
