"""TOL: calls that are not as they should be reach nobody as something else, and a model that only calls has an end."""

from __future__ import annotations

from massgen_conformance import driver, reading
from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.checks.resources import owned
from massgen_conformance.checks.tools import TOOLS, require_calls
from massgen_conformance.plan import Reply
from massgen_conformance.scenarios import calls, tools
from massgen_conformance.stage import Stage, spoken
from massgen_conformance.trace import Received, Run

BOUND = 60
"""Requests of one call of the backend, after which a model that never stops calling has long gone too far."""


@check(
    "TOL-11",
    "A call whose arguments are no JSON object is an error of kind malformed: it is not handed over, nor mended.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    needs=TOOLS,
    catches="`json.loads` outside of any `try`, and repairs that turn `{city: Paris}` into a call that nobody made",
    cases=tuple(Case(name, scenario) for name, scenario in calls.MALFORMED.items()),
)
async def malformed_arguments_are_told(stage: Stage) -> None:
    run = await stage.first_run()
    require(run.raised is None, "an error chunk", f"the generator raised {run.raised!r}")
    said = stage.turn.calls[0].whole
    held = (reading.message(run) or {}).get("tool_calls") or []
    require(not [*reading.calls(run), *held], f"no call of {said}", [*reading.calls(run), *held])
    require(run.of("error"), "an error chunk", reading.outline(run))
    require(reading.error_kind(run) == "malformed", "error kind malformed", reading.error_kind(run))
    require(not run.of("complete_message"), "no complete_message of a failed attempt", reading.outline(run))


@check(
    "TOL-15",
    "A call of a tool that was not offered is handed over under its own name, or is an error that names it.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches="the call dropped in silence, so that the model waits for its result, or given to the tool of a like name",
    cases=(Case("unknown", calls.UNKNOWN_TOOL),),
)
async def unknown_tools_are_told(stage: Stage) -> None:
    first = await stage.first_run()
    require(first.raised is None, "a stream that ends", f"the generator raised {first.raised!r}")
    if reading.failed(first):
        told = str(reading.field(first, "error", "error"))
        require(calls.UNKNOWN_NAME in told, f"an error that names {calls.UNKNOWN_NAME}", told)
        return
    names = [call["function"]["name"] for call in reading.calls(first)]
    require(names == [calls.UNKNOWN_NAME], f"a call of {calls.UNKNOWN_NAME}", names)


@check(
    "TOL-16",
    "A call that is told twice under one id is one; two calls under one id, of one turn or of two, have each its own.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    needs=TOOLS,
    catches="a payment made twice, because a gateway repeats the call in its last event",
    cases=(
        Case("told-twice", calls.TOLD_TWICE),
        Case("one-id-for-two", calls.ONE_ID_FOR_TWO),
        Case("next-turn", calls.ID_AGAIN),
    ),
)
async def a_repeated_call_is_one(stage: Stage) -> None:
    runs = await stage.watch()
    said = stage.turn.calls[:1] if stage.case.name == "told-twice" else stage.turn.calls
    require_calls(runs[0], said)
    stage.reached(len(runs) == len(stage.scenario.turns), "the request after the calls")
    if len(runs) > 2:
        require_calls(runs[1], stage.scenario.turns[1].calls)
        said += stage.scenario.turns[1].calls
    handed = [call["id"] for run in runs for call in reading.calls(run)]
    require(len(set(handed)) == len(handed), "an id for each call of the conversation", f"ids {handed}")
    sent = stage.speaker.read(runs[-1].wire.requests[runs[-1].first_request])
    ids = [call.id for call in sent.calls]
    require(len(ids) == len(said), f"{len(said)} calls in the history", f"calls {ids}")
    apart = len(runs) > 2  # a provider may see its own ids again, where the results stand between the calls
    require(apart or "" in ids or len(set(ids)) == len(ids), "an id for each call in the history", f"ids {ids}")


@check(
    "TOL-18",
    "One call asks the provider a bounded number of times, also when the model does nothing but call tools.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches="a loop of answers and results without an end, which spends the budget of a month in a night",
    cases=(Case("offered", tools.ONE_CALL), Case("unknown", calls.UNKNOWN_TOOL)),
)
async def endless_calls_have_an_end(stage: Stage) -> None:
    def calls_again(number: int, request: Received) -> Reply | None:
        return spoken(lambda: stage.speaker.reply(stage.turn, request=request)) if number <= BOUND else None

    async with owned(stage, calls_again) as play:
        play.begin()
        run: Run = await play.finish()
        await driver.close(play.backend)
        asked = len(play.exchange.log.requests)
        stage.reached(asked, "a request")
    require(asked <= BOUND, f"at most {BOUND} requests", f"{asked} requests and no end")
    require(not run.timed_out, "a stream that ends", f"it was still running after {asked} requests")
    told = bool(reading.calls(run)) or reading.failed(run)
    require(told, "the calls handed over, or an error that says why it stopped", reading.outline(run))
