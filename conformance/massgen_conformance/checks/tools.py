"""TOL: the calls that the caller gets are the calls that the model made, and their results find the way back."""

from __future__ import annotations

import json
from itertools import pairwise

from massgen_conformance import reading
from massgen_conformance.check import RECORDED, Case, Drive, check, generated, require
from massgen_conformance.driver import ONE_BYTE, Cuts
from massgen_conformance.scenario import ToolCall
from massgen_conformance.scenarios import reasoning, tools
from massgen_conformance.shapes import call_problems, is_object_text
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Run

TOOLS = frozenset({"tools"})


def same_call(call: JSON, said: ToolCall) -> bool:
    """Whether a call is the one that was said: its name and the value of its arguments."""
    function = call["function"]
    same_value = json.loads(function["arguments"]) == json.loads(said.whole or "{}")
    return bool(function["name"] == said.name and same_value)


def require_calls(run: Run, said: tuple[ToolCall, ...]) -> None:
    """The run hands over exactly these calls, in this order, each whole and with an id of its own."""
    got = reading.calls(run)
    wanted = ", ".join(f"{call.name}({call.whole or '{}'})" for call in said)
    require(len(got) == len(said), f"{len(said)} calls: {wanted}", f"{len(got)} calls: {got!r}; {reading.outline(run)}")
    for number, (call, spoken) in enumerate(zip(got, said, strict=True)):
        problems = call_problems(call)
        require(not problems, "a well-formed call", "; ".join(problems), f"call {number}")
        require(same_call(call, spoken), f"{spoken.name}({spoken.whole or '{}'})", call["function"], f"call {number}")
    ids = [call["id"] for call in got]
    require(len(set(ids)) == len(ids), "an id for each call", f"ids {ids}")


@check(
    "TOL-01",
    "A call is {id, type: function, function: {name, arguments}}, and its arguments are the JSON text of an object.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=TOOLS,
    catches="arguments handed over as an object, or double-encoded",
    cases=(
        Case("tool", tools.ONE_CALL),
        Case("text-tool", tools.TEXT_AND_CALL),
        Case("camel-case", tools.CAMEL),
        RECORDED,
    ),
)
async def calls_have_their_shape(stage: Stage) -> None:
    async for run in stage.each_run():
        if not stage.recorded and run.first_request == 0:
            require_calls(run, stage.turn.calls)
        for call in reading.calls(run):
            problems = call_problems(call)
            require(not problems, "a well-formed call", "; ".join(problems))


@check(
    "TOL-02",
    'A call without arguments has the arguments "{}".',
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=TOOLS,
    catches="an empty string that nobody can parse, found in three projects",
    cases=(Case("none", tools.NO_ARGUMENTS), Case("empty-object", tools.EMPTY_OBJECT)),
)
async def no_arguments_is_an_empty_object(stage: Stage) -> None:
    run = await stage.first_run()
    require_calls(run, stage.turn.calls)
    held = reading.calls(run)[0]["function"]["arguments"]
    require(held == "{}", '"{}"', repr(held))


@check(
    "TOL-03",
    "Null as the first piece of the arguments does not put `{}` in front of what follows.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    needs=TOOLS,
    catches='`{}{"location": ...}`, seeded by a null first delta',
    cases=(Case("null-first", tools.NULL_FIRST),),
)
async def null_first_is_nothing(stage: Stage) -> None:
    require_calls(await stage.first_run(), stage.turn.calls)


@check(
    "TOL-04",
    "Arguments cut anywhere are put together exactly, with their Unicode and escapes.",
    drive=(Drive.RECHUNKED, Drive.PROPERTY),
    needs=TOOLS,
    catches="fragments parsed before they are whole, or decoded character by character",
    cases=(
        Case("each-character", tools.BYTE_CUT),
        Case("each-byte", tools.ONE_CALL, ONE_BYTE),
        Case("random", tools.BYTE_CUT, Cuts(5)),
        generated("calls", "tools"),
    ),
)
async def arguments_are_joined_exactly(stage: Stage) -> None:
    require_calls(await stage.first_run(), stage.turn.calls)


@check(
    "TOL-05",
    "Parallel calls are all handed over, in order, also when their fragments are interleaved.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    needs=TOOLS,
    catches="fragments of the second call appended to the first",
    cases=(Case("parallel", tools.PARALLEL), Case("interleaved", tools.INTERLEAVED)),
)
async def parallel_calls_are_kept_apart(stage: Stage) -> None:
    require_calls(await stage.first_run(), stage.turn.calls)


@check(
    "TOL-06",
    "Calls that share an index but have different ids are separate calls.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches="a buffer keyed by index only, found in five projects",
    cases=(Case("shared-index", tools.SHARED_INDEX),),
)
async def ids_separate_calls(stage: Stage) -> None:
    require_calls(await stage.first_run(), stage.turn.calls)


@check(
    "TOL-07",
    "A call whose id or name comes late, that has no id or nothing but one, is one call with all of its arguments.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches="a call cut in two when its id arrives, and calls with the id `None` or an empty one",
    cases=(
        Case("late", tools.LATE_ID),
        Case("missing", tools.MISSING_ID),
        Case("id-only", tools.ID_ONLY),
        Case("late-name", tools.LATE_NAME),
        Case("function-call", tools.FUNCTION_CALL),
    ),
)
async def late_ids_split_no_call(stage: Stage) -> None:
    require_calls(await stage.first_run(), stage.turn.calls)


@check(
    "TOL-08",
    "The id of a call is never used again in a conversation, also where the provider sends none.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches="ids made up as `call_0`, `call_1` in each turn anew, so that a result finds two calls",
    cases=(Case("twice", tools.TWICE), Case("missing", tools.MISSING_ID)),
)
async def ids_are_never_used_again(stage: Stage) -> None:
    runs = await stage.watch()
    stage.reached(len(runs) > 1 and reading.calls(runs[1]), "calls in a second answer")
    used: list[str] = []
    for run in runs:
        ids = [str(call.get("id")) for call in reading.calls(run)]
        again = [each for each in ids if each in used]
        require(not again, f"ids other than {used}", again)
        used += ids


@check(
    "TOL-10",
    "A call whose arguments were cut off by the limit of tokens is not handed over, nor repaired.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches='`{"path": "/home/me/proj` closed by a repair, or replaced by `{}`, and then executed',
    cases=(Case("length", tools.TRUNCATED),),
)
async def cut_arguments_are_not_executed(stage: Stage) -> None:
    run = await stage.first_run()
    require(run.raised is None, "a stream that ends", f"the generator raised {run.raised!r}")
    require(not reading.calls(run), "no call to execute", reading.calls(run))
    held = (reading.message(run) or {}).get("tool_calls") or []
    require(not held, "no call in complete_message, which would wait for its result", held)
    ended = reading.status(run)
    require(ended in ("length", "error"), "done.status length or error", repr(ended))


@check(
    "TOL-09",
    "Calls are handed over even when the finish reason says stop.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches="calls dropped because the provider, like Gemini, says stop after a call",
    cases=(Case("finish-stop", tools.FINISH_STOP),),
)
async def calls_count_more_than_the_finish(stage: Stage) -> None:
    run = await stage.first_run()
    require_calls(run, stage.turn.calls)
    require(reading.status(run) == "tool_calls", "status tool_calls", reading.status(run))


@check(
    "TOL-12",
    "The next request carries each result with the id of its call, in the order of the calls.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=TOOLS,
    catches="results matched to the wrong call, or sent under a new id",
    cases=(Case("tool", tools.ONE_CALL), Case("parallel", tools.PARALLEL), Case("twice", tools.TWICE)),
)
async def results_find_their_calls(stage: Stage) -> None:
    runs = await stage.watch()
    stage.reached(len(runs) > 1, "the request after the calls")
    for earlier, later in pairwise(runs):
        made, sent = reading.calls(earlier), stage.sent(later)
        calls, results = sent.calls[-len(made) :], sent.results[-len(made) :]
        names = [call["function"]["name"] for call in made]
        require([call.name for call in calls] == names, f"the calls {names}", [call.name for call in calls])
        values = [json.loads(call["function"]["arguments"]) for call in made]
        require([json.loads(call.arguments) for call in calls] == values, f"the arguments {values}", calls)
        require(len(results) == len(made), f"{len(made)} results", results)
        for given, call, result, told in zip(made, calls, results, stage.results(len(made)), strict=True):
            require(call.id in ("", given["id"]), f"the call under its id {given['id']}", call.id)
            require(result.id in ("", call.id), f"the result under its call's id {call.id}", result.id)
            require(result.name in ("", call.name), f"a result of {call.name}", result.name)
            require(told in result.text, f"the result {told!r} with {call.name} ({call.id})", result.text)


@check(
    "TOL-13",
    "Every call in the outgoing history has its result; none is orphaned.",
    drive=(Drive.PROPERTY, Drive.UNIT),
    needs=TOOLS,
    catches="a trimmed or rebuilt history that the provider refuses",
    cases=(
        Case("parallel", tools.PARALLEL),
        Case("twice", tools.TWICE),
        Case("no-arguments", tools.NO_ARGUMENTS),
        Case("reasoning", reasoning.THINKING_AND_CALL),
        generated("conversations", "tools"),
    ),
)
async def no_call_is_orphaned(stage: Stage) -> None:
    runs = await stage.watch()
    stage.reached(len(runs) > 1, "the request after the calls")
    made = 0
    for earlier, later in pairwise(runs):
        made += len(reading.calls(earlier))
        sent = stage.sent(later)
        require(len(sent.calls) == made, f"{made} calls in the history", [call.name for call in sent.calls])
        require(
            len(sent.results) == made, f"{made} results in the history", [each.id or each.name for each in sent.results]
        )
        for call in sent.calls:
            require(is_object_text(call.arguments), "arguments that are an object", call.arguments)
        answered = sorted(result.id for result in sent.results if result.id)
        called = sorted(call.id for call in sent.calls if call.id)
        require(not answered or not called or answered == called, f"results for {called}", answered)
