"""STA, continued: what a backend remembers of a conversation, and how it writes it down for its provider."""

from __future__ import annotations

import inspect
import json
from itertools import pairwise
from typing import Any

from massgen_conformance.check import RECORDED, Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.options import asked_with, told_of
from massgen_conformance.performance import Performance
from massgen_conformance.scenario import JSON
from massgen_conformance.scenarios import histories, reasoning, text, tools
from massgen_conformance.speakers.agents import AGENTS
from massgen_conformance.speakers.base import NeutralRequest
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Received, Run

SESSION_OPTIONS = ("previous_response_id", "previous_interaction_id")
SESSION = "resp_kit5f1d0e"
SECRET = "The word of the day is quagga-5f1d."  # noqa: S105  # what must not be in a later request
HISTORIES = ("messages", "input", "contents")
"""The field that holds the conversation, by wire."""


def stateful(backend: Any) -> bool:
    """Whether a backend says that it remembers the conversation."""
    said = getattr(backend, "is_stateful", None)
    return bool(said() if callable(said) else said)


async def again(play: Performance) -> Received:
    """The request of one more call with the same messages and tools."""
    call = play.another()
    call.options = play.options
    call.begin()
    run = await call.finish()
    return first_request(run, play)


def first_request(run: Run, play: Performance) -> Received:
    requests = play.exchange.log.requests
    require(len(requests) > run.first_request, "a request", "none")
    return requests[run.first_request]


def said_in(stage: Stage, request: Received) -> bytes:
    """The body; of a process what it was told, for the names of the files that it is shown may be new each time."""
    return repr(stage.speaker.read(request)).encode() if stage.subject.wire in AGENTS else request.body


@check(
    "STA-02",
    "The same call twice on one backend is the same request, byte for byte.",
    drive=Drive.METAMORPHIC,
    catches="a history that the backend keeps behind the caller's back, and tools in the order of a set",
    cases=(Case("text", text.TEXT), Case("tools", tools.PARALLEL), Case("history", histories.ANSWERED)),
)
async def the_same_call_is_the_same_request(stage: Stage) -> None:
    reply = stage.reply()
    async with stage.perform(reply, reply) as play:
        if stateful(play.backend):
            raise NotApplicable("the subject says that it remembers the conversation")
        await play.finish()
        stage.reached(play.exchange.log.requests, "a request")
        first, second = play.exchange.log.requests[0], await again(play)
    require(second.target == first.target, f"the target {first.target}", second.target)
    told, again_told = said_in(stage, first), said_in(stage, second)
    place = next((at for at, pair in enumerate(zip(told, again_told, strict=False)) if pair[0] != pair[1]), 0)
    near = again_told[max(0, place - 40) : place + 80].decode("utf-8", "replace")
    require(again_told == told, "the body of the first request", f"another one, near: {near}")


@check(
    "STA-03",
    "A stateless backend keeps nothing of a call; a stateful one says so, and forgets when it is told to.",
    drive=Drive.METAMORPHIC,
    catches="`clear_history` that clears a list which nobody reads, while the session id lives on",
    cases=(Case("text", histories.told(SECRET)),),
)
async def nothing_is_kept(stage: Stage) -> None:
    reply = stage.reply()
    async with stage.perform(reply, reply, begin=False) as play:
        plain = play.another(messages=histories.ASK)
        play.begin()
        await play.finish()
        stage.reached(play.exchange.log.requests, "a request")
        remembers = stateful(play.backend)
        for name in ("clear_history", "reset_state") if remembers else ():
            forget = getattr(play.backend, name, None)
            require(forget is not None, f"{name}, of a backend that remembers", "no such method")
            outcome = forget() if forget is not None else None
            if inspect.isawaitable(outcome):
                await outcome
        plain.run.first_request = len(play.exchange.log.requests)
        plain.begin()
        later = first_request(await plain.finish(), play)
    async with stage.perform(reply, begin=False) as fresh:
        alone = fresh.another(messages=histories.ASK)
        alone.begin()
        wanted = first_request(await alone.finish(), fresh)
    require(SECRET.encode() not in later.body, "a request without what was said before", later.body.decode()[:300])
    kept = "what it was told to forget" if remembers else "something of the call before"
    require(later.body == wanted.body, "the request of a backend that was just made", f"one with {kept}")


@check(
    "STA-05",
    "The id of a conversation that the provider keeps is sent as it was given, and not once more unasked.",
    drive=Drive.SCRIPT,
    catches="an id that sticks to the backend: the next conversation goes on where another one ended",
    cases=tuple(Case(name.replace("_", "-"), text.TEXT, value=name) for name in SESSION_OPTIONS),
)
async def a_session_is_the_callers(stage: Stage) -> None:
    name = stage.case.value
    run = await asked_with(stage, {name: SESSION})
    if not run.wire.requests:
        why = told_of(run, name)
        require(why, f"a request, or a word about {name}", "neither")
        raise NotApplicable(f"the subject refuses it: {why}")
    body = run.wire.requests[0].json()
    sent = SESSION in [body.get(field) for field in SESSION_OPTIONS]  # a wire has its own name for it
    if not sent and told_of(run, name):
        raise NotApplicable(f"the subject tells that it does not send it: {told_of(run, name)}")
    require(sent, f"{name} {SESSION} in the request", "no such field")
    reply = stage.reply()
    async with stage.perform(reply, reply, begin=False) as play:
        play.options = {name: SESSION}
        play.begin()
        await play.finish()
        unasked = play.another()
        unasked.begin()
        later = first_request(await unasked.finish(), play)
    require(SESSION.encode() not in later.body, "a request without the id of an earlier call", "one that holds it")


@check(
    "STA-06",
    "Each request of a conversation begins with the one before, so that the provider's prompt cache can serve it.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    level=Level.SHOULD,
    needs=frozenset({"tools"}),
    catches="the time of day in the system prompt, and tools that change their order: every request is paid in full",
    cases=(Case("tools", tools.TWICE), Case("reasoning", reasoning.THINKING_AND_CALL), RECORDED),
)
async def a_request_begins_with_the_one_before(stage: Stage) -> None:
    requests = [run.wire.requests[run.first_request] for run in await stage.watch()]
    if stage.recorded and len(requests) < 2:
        raise NotApplicable("the recording has one request")
    stage.reached(len(requests) > 1, "a second request")
    for number, (before, after) in enumerate(pairwise(requests), 2):
        said, now = prompt(before.json()), prompt(after.json())
        for name in said.keys() | now.keys():
            first, later = said.get(name), now.get(name)
            if name in HISTORIES and isinstance(first, list) and isinstance(later, list):
                later = later[: len(first)]
            require(later == first, f"{name} as in the request before", later, f"request {number}")


def prompt(body: JSON) -> dict[str, JSON]:
    """What makes the prompt: history, tools, system. Marks of the cache itself may move."""
    names = (*HISTORIES, "tools", "system", "instructions", "systemInstruction", "system_instruction")
    kept = {name: body[name] for name in names if name in body}
    whole: dict[str, JSON] = json.loads(json.dumps(kept), object_hook=_unmarked)
    return whole


def _unmarked(fields: dict[str, JSON]) -> dict[str, JSON]:
    return {name: value for name, value in fields.items() if name != "cache_control"}


@check(
    "STA-07",
    "Whatever roles a history has, each of its texts arrives once, in order, in a request that the provider accepts.",
    drive=Drive.PROPERTY,
    catches="the second system message dropped, and of two user messages in a row only the last",
    cases=tuple(Case(scenario.name, scenario) for scenario in histories.ROLES),
)
async def every_role_arrives(stage: Stage) -> None:
    run = await asked_with(stage)
    stage.performed = run
    if not run.wire.requests:
        why = told_of(run, "message", "role", "system", "assistant")
        require(why, "a request, or a word about the messages", "neither")
        raise NotApplicable(f"the subject refuses it: {why}")
    arrived = texts_of(stage.sent(run))
    for instructions in (True, False):
        wanted = [said for said, role in histories.said(stage.scenario) if (role in histories.SYSTEM) == instructions]
        places = [arrived.find(said) for said in wanted]
        require(-1 not in places, f"each of {wanted}", arrived)
        require(places == sorted(places), f"the order {wanted}", arrived)
    twice = [said for said, _ in histories.said(stage.scenario) if arrived.count(said) > 1]
    require(not twice, "each text once", f"twice: {twice}")


def texts_of(request: NeutralRequest) -> str:
    return "\n".join([request.system, *(message.text for message in request.messages)])
