"""The runner without pytest: what it runs, what it makes of it, and that nothing a subject does can end it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import massgen_conformance
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.record import Mode
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.store import Store
from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.contract import COMMON_FIELDS
from massgen_conformance.expectations import Expectation, Expectations
from massgen_conformance.liars.errors import EndIsSuccess
from massgen_conformance.liars.honest import Honest, honest
from massgen_conformance.liars.honest.answer import Chunk
from massgen_conformance.liars.matrix import CAUGHT, one_each
from massgen_conformance.liars.privacy import KeyInUrl, RepeatsKey, ShowsKey
from massgen_conformance.player import Player
from massgen_conformance.report import Report, document
from massgen_conformance.report.terminal import failures
from massgen_conformance.runner import Runner, UnknownCheck, acheck_backend, check_backend, select
from massgen_conformance.stage import KEY
from massgen_conformance.subject import Subject
from massgen_conformance.targets import subject

HONEST = subject("groq", honest)


def only(report: Report, check: str) -> Verdict:
    return report.checks("groq")[check].verdict


def test_a_backend_is_checked_in_one_call() -> None:
    report = massgen_conformance.check_backend(HONEST, only=["CON-02", "SEC"])
    assert report.green
    assert list(report.checks("groq")) == ["CON-02", *(f"SEC-{number:02}" for number in range(1, 9))]


async def test_a_running_loop_has_its_own_way_in() -> None:
    assert (await acheck_backend([HONEST, subject("claude", honest)], ["LIF-09"])).providers == ["groq", "claude"]


def test_the_exports_are_what_they_say() -> None:
    assert massgen_conformance.check_backend is check_backend
    assert massgen_conformance.Subject is Subject
    with pytest.raises(AttributeError, match="no attribute 'check_everything'"):
        _ = massgen_conformance.check_everything


@pytest.mark.parametrize(("families", "ids"), [(["NOPE"], []), ([], ["LIF-99"])])
def test_an_unknown_check_is_told_with_the_families(families: list[str], ids: list[str]) -> None:
    with pytest.raises(UnknownCheck, match=r"unknown: (NOPE|LIF-99); families are CON, CUS, ERR, "):
        select(families, ids)


def test_an_unknown_check_is_told_with_its_neighbours() -> None:
    with pytest.raises(UnknownCheck, match="USG has USG-01, USG-02"):
        select(ids=["USG-99"])


def test_a_check_may_be_written_small() -> None:
    assert [check.id for check in select(["sta"], ["prm-02"])] == [
        "PRM-02",
        *(f"STA-{number:02}" for number in range(1, 8)),
    ]


def test_without_a_choice_the_whole_catalogue_is_selected() -> None:
    assert [check.id for check in select()] == sorted(CATALOGUE)
    assert [check.id for check in select(["STA"], ["PRM-02"])] == [
        "PRM-02",
        *(f"STA-{number:02}" for number in range(1, 8)),
    ]


class Talkative(Honest):
    """Tries to tell somebody else first."""

    async def stream_with_tools(self, messages: list[Any], tools: Any = None, **options: Any) -> AsyncIterator[Chunk]:
        with suppress(OSError):
            socket.create_connection(("metrics.example.com", 443))
        async for chunk in super().stream_with_tools(messages, tools, **options):
            yield chunk


async def test_whoever_leaves_the_machine_fails_whatever_else_is_right() -> None:
    report = await acheck_backend(subject("groq", Talkative), ["LIF-09"])
    assert only(report, "LIF-09") is Verdict.FAIL
    assert "metrics.example.com:443" in report.items[0].message


async def test_what_a_target_says_that_its_libraries_ask_for_stays_out_of_reach_and_is_no_finding() -> None:
    who = replace(subject("groq", Talkative), contacts=frozenset({"metrics.example.com"}))
    report = await acheck_backend(who, ["LIF-09"])
    assert only(report, "LIF-09") is Verdict.PASS


class Exploding(Honest):
    def body(self, *_arguments: Any) -> Any:
        raise KeyError("boom")


async def test_an_exception_is_a_finding_not_a_crash() -> None:
    report = await acheck_backend(subject("groq", Exploding), ["LIF-01", "LIF-02"])
    assert {item.verdict for item in report.items} <= {Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.NOT_APPLICABLE}
    assert any("KeyError('boom')" in item.message for item in report.items)


def broken_factory(**_config: Any) -> Any:
    raise RuntimeError("no such model")


async def test_a_factory_that_fails_leaves_nothing_green() -> None:
    report = await acheck_backend(subject("groq", broken_factory), ["LIF-01"])
    assert only(report, "LIF-01") is Verdict.NOT_TESTABLE
    assert "RuntimeError: no such model" in report.items[0].message
    assert not report.green


def plain_factory(*, provider: str, base_url: str, api_key: str, model: str) -> Honest:
    """A factory that takes nothing beyond the interface."""
    return Honest(provider=provider, base_url=base_url, api_key=api_key, model=model, max_retries=0)


async def test_a_factory_that_refuses_the_kits_settings_is_called_without_them() -> None:
    report = await acheck_backend(subject("groq", plain_factory), ["LIF-01", "ERR-04"])
    assert report.green


async def test_an_idle_timeout_that_cannot_be_set_is_not_testable() -> None:
    with Runner([subject("groq", plain_factory)], select(ids=["TIM-04"]), guard_seconds=0.3) as runner:
        results = [await runner.run(item) for item in runner.plan()]
    assert {result.verdict for result in results} == {Verdict.NOT_TESTABLE}
    assert "does not take idle_timeout=0.05 s and was still waiting after 0.3 s" in results[0].message


async def test_what_a_subject_does_not_offer_does_not_concern_it() -> None:
    modest = replace(HONEST, abilities=frozenset({"usage"}))
    report = await acheck_backend(modest, ["TOL-01", "LIF-01"])
    assert only(report, "TOL-01") is Verdict.NOT_APPLICABLE
    assert only(report, "LIF-01") is Verdict.PASS
    assert "groq does not offer tools" in report.checks("groq")["TOL-01"].message


EXPECTED = Expectation("ERR-09", "groq", "takes the end for success", "https://example.com/1", date(2027, 1, 1))


async def test_an_expected_failure_is_green_until_it_expires() -> None:
    liar = subject("groq", EndIsSuccess)
    for day, verdict in ((date(2026, 12, 31), Verdict.XFAIL), (date(2027, 1, 2), Verdict.FAIL)):
        report = await acheck_backend(liar, ["ERR-09"], expectations=Expectations((EXPECTED,), day))
        assert only(report, "ERR-09") is verdict
        assert report.green is (verdict is Verdict.XFAIL)


async def test_an_expected_failure_that_passes_is_stale() -> None:
    report = await acheck_backend(HONEST, ["ERR-09"], expectations=Expectations((EXPECTED,), date(2026, 12, 31)))
    assert only(report, "ERR-09") is Verdict.STALE
    assert "remove the entry" in report.checks("groq")["ERR-09"].message


class Kind(str, Enum):  # noqa: UP042  # the kind whose str() is not its value
    CONTENT = "content"
    REASONING = "reasoning"
    REASONING_DONE = "reasoning_done"
    TOOL_CALLS = "tool_calls"
    MESSAGE = "complete_message"
    ERROR = "error"
    DONE = "done"


def with_enum(chunk: Chunk) -> Any:
    return Chunk(Kind(chunk.type), **{name: value for name, value in vars(chunk).items() if name not in COMMON_FIELDS})


def as_dict(chunk: Chunk) -> Any:
    return dict(vars(chunk))


@pytest.mark.parametrize("dress", [with_enum, as_dict])
async def test_what_chunks_are_made_of_does_not_matter(dress: Callable[[Chunk], Any]) -> None:
    class Dressed(Honest):
        async def stream_with_tools(
            self, messages: Any, tools: Any = None, **options: Any
        ) -> AsyncGenerator[Any, None]:
            async with aclosing(super().stream_with_tools(messages, tools, **options)) as stream:
                async for chunk in stream:
                    yield dress(chunk)

    with Runner([subject("groq", Dressed)], select()) as runner:
        results = [await runner.run(item) for item in one_each(runner.plan())]
    assert [f"{each.name}: {each.message}" for each in results if each.verdict in CAUGHT] == []


async def test_an_enum_that_equals_no_string_is_one_finding_and_hides_no_other() -> None:
    class Odd(Enum):
        CONTENT = "content"

    class Mixed(Honest):
        async def stream_with_tools(
            self, messages: Any, tools: Any = None, **options: Any
        ) -> AsyncGenerator[Any, None]:
            async for chunk in super().stream_with_tools(messages, tools, **options):
                chunk.type = Odd.CONTENT if chunk.type == "content" else chunk.type  # type: ignore[assignment]
                yield chunk

    report = await acheck_backend(subject("groq", Mixed), ["LIF-01", "LIF-03", "LIF-04", "CON-02", "TOL-01"])
    failed = [name for name, result in report.checks("groq").items() if result.verdict is Verdict.FAIL]
    assert failed == ["LIF-04"]
    assert "does not equal its plain string 'content'" in report.checks("groq")["LIF-04"].message


async def test_a_stream_that_cannot_be_closed_is_not_testable_where_it_must_be() -> None:
    class Endless:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __aiter__(self) -> Any:
            return self.stream.__aiter__()

    class NoClose(Honest):
        def stream_with_tools(self, *arguments: Any, **options: Any) -> Any:
            return Endless(super().stream_with_tools(*arguments, **options))

    report = await acheck_backend(subject("groq", NoClose), ["ERR-12", "CON-02"])
    assert only(report, "CON-02") is Verdict.PASS
    assert only(report, "ERR-12") is Verdict.NOT_TESTABLE
    assert "Endless, which has no aclose" in report.checks("groq")["ERR-12"].message


async def test_a_failure_shows_the_stream_and_the_wire_around_it() -> None:
    class LateError(Honest):
        def terminal(self, answer: Any) -> list[Chunk]:
            return [*super().terminal(answer), Chunk("backend_status", status="bye")]

    report = await acheck_backend(subject("groq", LateError), ["LIF-01"])
    failure = report.items[0].failure
    assert failure is not None
    assert failure.stream == "content x4, complete_message, done, backend_status"
    assert failure.where == "chunk 6"
    assert "[DONE]" in failure.wire


@pytest.mark.parametrize("liar", [RepeatsKey, ShowsKey, KeyInUrl])
async def test_a_report_of_a_leak_does_not_leak(liar: type[Honest]) -> None:
    report = await acheck_backend(subject("groq", liar), ["SEC", "ERR-01", "LIF-02"])
    written = json.dumps(document(report, CATALOGUE))
    assert not report.green
    assert not [part for start in range(len(KEY) - 11) if (part := KEY[start : start + 12]) in written]


@pytest.fixture
async def store(tmp_path: Path, player: Player) -> Store:
    """The programme as the kit's own player says it to the honest backend."""
    made = Store(tmp_path)
    session = Session(made, player, from_player=True)
    for piece in PROGRAMME.values():
        await session.record(HONEST, piece, Mode.ALL)
    return made


async def test_recordings_are_replayed_beside_the_scripts(store: Store) -> None:
    with Runner([HONEST], select(), store) as runner:
        items = [item for item in runner.plan() if item.recording]
        results = [await runner.run(item) for item in items]
    assert {item.case.name for item in items} == {f"recorded-{name}" for name in PROGRAMME}
    assert {item.check.id for item in items} >= {"LIF-01", "CON-01", "TOL-01", "USG-01", "STA-01", "REC-03"}
    told = {each.message for each in results if each.verdict is not Verdict.PASS}
    assert told <= {"the recording has one request", "the provider says nothing of its time"}
    assert {each.evidence for each in results} == {"synthetic"}


async def test_refusals_are_replayed_only_where_they_belong(store: Store) -> None:
    with Runner([HONEST], select(), store) as runner:
        refusals = {item.check.id for item in runner.plan() if item.case.name.startswith("recorded-error")}
    assert refusals == {"LIF-02"}


async def test_a_recording_that_cannot_be_read_is_a_problem_of_the_run(store: Store) -> None:
    store.path("groq", "text").write_text("not: a cassette", encoding="utf-8")
    with Runner([HONEST], select(ids=["LIF-01"]), store) as runner:
        runner.plan()
    assert any("text.yaml" in problem for problem in runner.report.problems)


class Stuck(Honest):
    """Asks, and is never done with the answer."""

    async def stream_with_tools(self, *arguments: Any, **options: Any) -> AsyncGenerator[Any, None]:
        async for chunk in super().stream_with_tools(*arguments, **options):
            yield chunk
        await asyncio.Event().wait()


async def test_a_subject_that_hangs_costs_its_time_once() -> None:
    started = time.monotonic()
    with Runner([subject("groq", Stuck)], select(["LIF", "TOL", "ERR"]), run_seconds=0.2) as runner:
        runner.report.items = [await runner.run(item) for item in runner.plan()]
    results = [item for item in runner.report.items if item.verdict is not Verdict.NOT_APPLICABLE]
    assert {item.verdict for item in results} == {Verdict.NOT_TESTABLE}
    assert "still busy with the plainest answer" in results[0].message
    assert "seen: content x4, complete_message, done" in results[0].message
    assert time.monotonic() - started < 10, "over a hundred items, of which one waited"
    assert len(list(failures(document(runner.report, CATALOGUE)))) == 2, "one reason, told once"


class Blocking(Honest):
    async def stream_with_tools(self, *_arguments: Any, **_options: Any) -> AsyncGenerator[Any, None]:
        threading.Event().wait()
        yield


async def test_a_subject_that_blocks_its_loop_for_good_is_woken() -> None:
    with Runner([subject("groq", Blocking)], select(ids=["LIF-01"]), blocked_seconds=0.1) as runner:
        results = [await runner.run(item) for item in runner.plan()]
    assert results[0].verdict is Verdict.NOT_TESTABLE
    assert "the event loop was blocked for 0.1 s" in results[0].message


async def test_a_failure_shows_what_the_provider_had_said() -> None:
    class Forgets(Honest):
        """Its second answer has no message."""

        calls = 0

        async def stream_with_tools(
            self, messages: Any, tools: Any = None, **options: Any
        ) -> AsyncGenerator[Any, None]:
            async for chunk in super().stream_with_tools(messages, tools, **options):
                if chunk.type != "complete_message" or messages[-1]["role"] != "tool":
                    yield chunk

    report = await acheck_backend(subject("groq", Forgets), ["LIF-07"])
    told = next(item.failure for item in report.items if item.case == "text-tool")
    assert told is not None
    assert told.stream == "content x2, done", "the run at fault, not the first of the conversation"
    assert told.wire.startswith("status 200: b'data: ")
    assert "21 degrees." in told.wire


async def test_an_iterator_that_cannot_be_closed_is_judged_wherever_nobody_closes_it() -> None:
    class Iterates(Honest):
        def stream_with_tools(self, *arguments: Any, **options: Any) -> Any:
            async def given() -> AsyncIterator[Any]:
                async for chunk in stream:
                    yield chunk

            class Only:
                """Nothing but what `async for` asks for."""

                def __init__(self) -> None:
                    self.inner = given()

                def __aiter__(self) -> Any:
                    return self

                async def __anext__(self) -> Any:
                    return await anext(self.inner)

            stream = Honest.stream_with_tools(self, *arguments, **options)
            return Only()

    report = await acheck_backend(subject("groq", Iterates), ["SEC-01", "TIM", "LIF-03", "LIF-14"])
    verdicts = {check: result.verdict for check, result in report.checks("groq").items()}
    assert verdicts.pop("LIF-14") is Verdict.NOT_TESTABLE
    assert verdicts["SEC-01"] is verdicts["LIF-03"] is Verdict.PASS
    assert set(verdicts.values()) <= {Verdict.PASS, Verdict.NOT_APPLICABLE}
