"""Drives a subject for a recording, and judges the recording by playing it back to the subject."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from massgen_conformance.cassette import replay
from massgen_conformance.cassette.job import Drive, Verify
from massgen_conformance.cassette.programme import Piece
from massgen_conformance.cassette.sidecar import Sidecar
from massgen_conformance.cassette.store import Cassette
from massgen_conformance.contract import field_of, kind_of
from massgen_conformance.driver import close, drive, replies_to
from massgen_conformance.player import Player
from massgen_conformance.reading import breaches, failed
from massgen_conformance.scenario import JSON, Scenario
from massgen_conformance.subject import Subject
from massgen_conformance.trace import Run


def unretrying(subject: Subject) -> Subject:
    """The subject, asked for no retries so that a refusal is one exchange, if its factory takes such a setting."""

    def make(**settings: Any) -> Any:
        try:
            return subject.factory(**{"max_retries": 0, **settings})
        except TypeError:
            return subject.factory(**settings)

    return replace(subject, factory=make)


def conversation(subject: Subject, scenario: Scenario, api_key: str) -> Drive:
    """Runs the scenario with the subject's backend, tool results and all, against the base URL that it is given."""

    async def run(base_url: str) -> None:
        settings = {"base_url": base_url, "api_key": api_key, "model": subject.model, **subject.config}
        backend = subject.factory(provider=subject.provider, **settings)
        try:
            messages = list(scenario.messages)
            for _ in scenario.turns:
                answer = await _answer(backend, messages, scenario)
                if answer is None:
                    return
                messages += [answer, *replies_to(answer, scenario.results)]
        finally:
            await close(backend)

    return run


async def _answer(backend: Any, messages: list[JSON], scenario: Scenario) -> JSON | None:
    """The assistant message of one call, None when there is none."""
    stream = backend.stream_with_tools(copy.deepcopy(messages), copy.deepcopy(list(scenario.tools)))
    if inspect.isawaitable(stream):
        stream = await stream
    found: JSON | None = None
    async for chunk in stream:
        if kind_of(chunk) == "complete_message":
            found = field_of(chunk, "complete_message")
    return found if isinstance(found, dict) else None


def verification(subject: Subject, piece: Piece, player: Player) -> Verify:
    """Plays the new recording to the subject: the contract holds, it ends as it should, and it asks the same again."""

    async def verify(cassette: Cassette, description: Sidecar) -> Sequence[str]:
        plan = replay.plan(cassette, description)
        runs = await drive(subject, piece.scenario, player=player, plan=plan)
        problems = [problem for run in runs for problem in problems_of(run, refused=piece.refused is not None)]
        then = urlsplit(description.upstream).path
        requests = runs[0].wire.requests
        return problems or replay.drift(requests, cassette, base_path=then, now_base=subject.base_path)

    return verify


def problems_of(run: Run, *, refused: bool) -> list[str]:
    """What is wrong with a run of a recording that was answered, or refused."""
    if run.raised is not None:
        return [f"the backend raised {type(run.raised).__name__}: {run.raised}"]
    if run.timed_out:
        return ["the backend did not come to an end"]
    if failed(run) is not refused:
        told = "".join(f": {field_of(chunk, 'error')}" for chunk in run.of("error"))
        taken, shown = ("an answer", "a refusal") if refused else ("a failure", "an answer")
        return [f"the backend took {shown} for {taken}{told}"]
    return [str(breach) for breach in breaches(run)]
