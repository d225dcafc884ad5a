"""Four subjects that are not ours: adapters over the vendors' SDKs, honest but for what the SDKs cannot tell them.

What fails is data below, each with its reason in the SDK's own source. The kit must report these things, and nothing
that is not so. The adapters are thin: options, images and a conversation's id go to the SDK as they are given or not at
all, nothing counts a stream that broke, and a refusal is read by its status and `retry-after` alone. What the kit says
of that is true of the adapters, and not looked at here.
"""

from __future__ import annotations

from types import ModuleType

import pytest

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.liars.matrix import one_each
from massgen_conformance.report import ItemResult
from massgen_conformance.runner import Runner
from massgen_conformance.targets import subjects

from .adapters import anthropic_sdk, google_sdk, mistral_sdk, openai_sdk

WHOLE = ("LIF-02", "ERR-09", "CON-04", "CON-06")
"""Checks of which every case is played; of the others the first."""

THIN = ("PRM-", "MUL-", "USG-11", "STA-05", "ERR-06", "ERR-16", "ERR-18", "ERR-19", "CON-14")
"""Checks that fail for what an adapter leaves out, not for what its SDK does."""

CUTS = {"text-clean-eof", "text-tool-clean-eof"}
NO_END = {"LIF-10": {"text"}, "ERR-09": CUTS}  # the end of the bytes ends the stream, without a word
BODIES = {"LIF-02": {"eof", "empty-body", "html"}}  # so does a body that holds no event at all
TOGETHER = {"together", "together-held"}
DEAD_LOOP = {"RES-06": {"two-loops"}}  # a pooled connection of a loop that is gone: openai-python issue 1254

FAILS: dict[str, dict[str, set[str]]] = {
    "openai": {**NO_END, **BODIES, **DEAD_LOOP, "CON-04": TOGETHER},  # a byte order mark is taken for text
    "anthropic": {**NO_END, **BODIES, **DEAD_LOOP},
    "google": {
        **NO_END,
        **DEAD_LOOP,
        "LIF-02": {"empty-body"},  # what is half an event, or a page, is told as a response that cannot be parsed
        "CON-04": {"no-space-after-data", "sse-fields", "bom", *TOGETHER},  # every line but `data: {` is read as JSON
        "CON-06": {"pings"},  # a comment is such a line
        "ERR-12": {"aclose"},  # closing the stream closes the outer generator only, and the response stays open
    },
    "mistral": {
        **NO_END,
        "LIF-02": {"empty-body"},  # half an event and a page are told
        "CON-04": {"together-held"},  # a byte order mark is looked for in the first read alone
        "CON-08": {"event"},  # every event is validated as a completion
        "ERR-02": {"overloaded"},  # so is an error, and what it says is lost
        "SEC-04": {"302"},  # a redirect in place of a stream raises httpx2's ResponseNotRead, no error of the SDK
    },
}

UNREACHED = {"google": {"TOL-21"}}  # its typed schema takes no `$ref`, and the adapter gives tools as they are

ADAPTERS: dict[str, ModuleType] = {
    "openai": openai_sdk,
    "anthropic": anthropic_sdk,
    "google": google_sdk,
    "mistral": mistral_sdk,
}

Results = dict[str, ItemResult]


@pytest.fixture(scope="module", params=ADAPTERS)
async def judged(request: pytest.FixtureRequest) -> tuple[str, Results]:
    name = request.param
    with Runner(subjects(["all"], ADAPTERS[name].make), list(CATALOGUE.values())) as runner:
        return name, {item.name: await runner.run(item) for item in one_each(runner.plan(), all_of=WHOLE)}


def of(results: Results, verdict: Verdict) -> list[ItemResult]:
    return [result for result in results.values() if result.verdict is verdict]


async def test_what_is_listed_is_all_that_fails(judged: tuple[str, Results]) -> None:
    name, results = judged
    failed: dict[str, set[str]] = {}
    for result in of(results, Verdict.FAIL):
        if not result.check.startswith(THIN):
            failed.setdefault(result.check, set()).add(result.case)
    assert failed == FAILS[name]
    unreached = {result.check for result in of(results, Verdict.NOT_TESTABLE)}
    assert unreached == {"PRM-05"} | UNREACHED.get(name, set())  # no constructor takes parameters of the model


async def test_every_stream_that_stops_early_is_reported_as_taken_for_an_answer(judged: tuple[str, Results]) -> None:
    _, results = judged
    cut = [result for result in of(results, Verdict.FAIL) if result.check in ("LIF-02", "ERR-09", "LIF-10")]
    assert {result.case for result in cut} >= CUTS
    for result in cut:
        assert result.failure is not None
        assert result.failure.stream.endswith("complete_message, done")


async def test_a_reset_and_an_http_error_are_not_blamed_on_them(judged: tuple[str, Results]) -> None:
    passed = {result.case for result in of(judged[1], Verdict.PASS)}
    assert {"http-500", "refused", "reset", "text-reset", "text-tool-reset"} <= passed


async def test_what_does_not_concern_them_says_why(judged: tuple[str, Results]) -> None:
    name, results = judged
    reasons = {result.check: result.message for result in of(results, Verdict.NOT_APPLICABLE)}
    assert "record_first_token" in reasons["TIM-02"]
    if name == "mistral":
        assert "has no null_first_arguments" in reasons["TOL-03"]
