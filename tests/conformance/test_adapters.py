"""Two subjects that are not ours: adapters over the vendors' SDKs, honest but for what the SDKs cannot tell them.

Their pooled connections belong to one event loop. Both SDKs take a stream that stops early for one that is over: no
error when the last events are missing, when the body is empty, or when a proxy's page stands in its place. The kit must
report these things, and nothing that is not so.

The adapters are thin: options and images go to the SDK as they are given, and nothing counts a stream that broke. What
the kit says of that is true and not looked at here.
"""

from __future__ import annotations

import pytest

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.liars.matrix import one_each
from massgen_conformance.report import ItemResult
from massgen_conformance.runner import Runner
from massgen_conformance.targets import subjects

from .adapters import anthropic_sdk, openai_sdk

TRUNCATION = {"LIF-02", "ERR-09"}
NO_FINISH = "LIF-10"  # the same where no finish reason came
DEAD_LOOP = "RES-06"  # a pooled connection of a loop that is gone: openai-python issue 1254

ADAPTERS = {"openai": openai_sdk.make, "anthropic": anthropic_sdk.make}


@pytest.fixture(scope="module", params=ADAPTERS)
async def results(request: pytest.FixtureRequest) -> dict[str, ItemResult]:
    """Every case of the checks that concern truncation, and one case of each other check."""
    with Runner(subjects(["all"], ADAPTERS[request.param]), list(CATALOGUE.values())) as runner:
        return {item.name: await runner.run(item) for item in one_each(runner.plan(), all_of=TRUNCATION)}


def verdicts(results: dict[str, ItemResult], verdict: Verdict) -> dict[str, ItemResult]:
    return {result.case: result for result in results.values() if result.verdict is verdict}


def test_truncation_and_a_second_loop_are_all_that_fails(results: dict[str, ItemResult]) -> None:
    failed = {result.check for result in results.values() if result.verdict is Verdict.FAIL}
    thin = {check for check in failed if check.startswith(("PRM-", "MUL-"))} | {"USG-11"}
    assert failed - thin == {*TRUNCATION, NO_FINISH, DEAD_LOOP}
    unreached = {result.check for result in verdicts(results, Verdict.NOT_TESTABLE).values()}
    assert unreached == {"PRM-05"}  # their constructors take no parameters of the model


def test_every_stream_that_stops_early_is_reported_as_taken_for_an_answer(results: dict[str, ItemResult]) -> None:
    failed = {case: each for case, each in verdicts(results, Verdict.FAIL).items() if each.check in TRUNCATION}
    assert set(failed) == {"eof", "empty-body", "html", "text-clean-eof", "text-tool-clean-eof"}
    for result in failed.values():
        assert result.failure is not None
        assert result.failure.stream.endswith("complete_message, done")


def test_a_reset_and_an_http_error_are_not_blamed_on_them(results: dict[str, ItemResult]) -> None:
    assert {"http-500", "refused", "reset", "text-reset", "text-tool-reset"} <= set(verdicts(results, Verdict.PASS))


def test_what_does_not_concern_them_says_why(results: dict[str, ItemResult]) -> None:
    reasons = {result.check: result.message for result in results.values() if result.verdict is Verdict.NOT_APPLICABLE}
    assert "record_first_token" in reasons["TIM-02"]
    assert "does not offer call_signatures" in reasons["RSN-05"]
