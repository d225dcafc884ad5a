"""LIF: which chunks a stream has, in which order, and how it ends."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance import reading
from massgen_conformance.bends import FAILURES
from massgen_conformance.check import (
    RECORDED,
    RECORDED_ERRORS,
    Case,
    Drive,
    Level,
    NotApplicable,
    NotTestable,
    check,
    require,
)
from massgen_conformance.checks.timing import content_events
from massgen_conformance.contract import field_of, kind_of
from massgen_conformance.plan import Ending
from massgen_conformance.scenarios import reasoning, text, tools, turns
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run

LEAST_TOLD = 5
"""Characters of a piece of text that are not in a status by chance."""

FEW = 10
"""Pieces of text of a scripted answer at most."""

FOREIGN_END = b"data: [DONE]\n\n"
"""What gateways put behind every stream, of whichever wire, also when they have lost the provider."""

SSE = (b"data:", b"event:", b"id:", b"retry:", b":")

STREAMS = tuple(
    Case(scenario.name, scenario)
    for scenario in (
        text.TEXT,
        text.UNICODE,
        text.EMPTY,
        tools.TEXT_AND_CALL,
        tools.PARALLEL,
        reasoning.THINKING,
        reasoning.THINKING_AND_CALL,
        turns.USAGE_DETAILED,
        turns.FINISHES["length"],
    )
)
BROKEN = (
    *(Case(name, text.TEXT, bend) for name, bend in FAILURES.items()),
    *(Case(scenario.name, scenario) for scenario in (turns.OVERLOADED_MIDWAY, turns.ERROR_FIRST)),
)
TALKING = (Case("text", text.TEXT), Case("tool", tools.TEXT_AND_CALL), Case("reasoning", reasoning.THINKING_AND_CALL))


@check(
    "LIF-01",
    "A stream has exactly one `done`, and it is its last chunk, on every path.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.FAULT),
    catches="a backend with seven separate places that yield `done`, and a path that reaches none of them",
    cases=(*STREAMS, *BROKEN, RECORDED),
)
async def one_done_and_it_is_last(stage: Stage) -> None:
    async for run in stage.each_run():
        seen = reading.kinds(run)
        require(run.raised is None, "a stream that ends with done", f"it raised {run.raised!r}")
        require(not run.timed_out, "a stream that ends with done", "it did not end")
        require(seen.count("done") == 1, "exactly one done", f"{seen.count('done')} of them: {reading.outline(run)}")
        require(seen[-1] == "done", "done as the last chunk", f"{seen[-1]} as the last chunk", chunk=len(seen) - 1)


@check(
    "LIF-02",
    "A stream that fails ends with one `error` and then `done` with status error: never silence, never an exception.",
    drive=Drive.FAULT,
    catches="an error without done (a CLI backend), and neither of the two after a mid-stream error",
    cases=(*BROKEN, RECORDED_ERRORS),
)
async def failure_is_error_then_done(stage: Stage) -> None:
    run = await stage.first_run(max_retries=0)
    require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}")
    seen = reading.kinds(run)
    require(seen[-2:] == ["error", "done"], "a stream that ends error, done", reading.outline(run))
    require(seen.count("error") == 1, "exactly one error", f"{seen.count('error')} of them")
    require(reading.status(run) == "error", "done with status error", f"status {reading.status(run)!r}")
    require(not run.of("complete_message"), "no complete_message of a failed attempt", reading.outline(run))


@check(
    "LIF-03",
    "Nothing follows `done`, the order of chunks is the contract's, and the generator stays exhausted.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    catches="a second stream-start after the end, when a retry wrapper restarts a finished stream",
    cases=(*TALKING, RECORDED),
)
async def nothing_follows_done(stage: Stage) -> None:
    async for run in stage.each_run():
        for breach in reading.breaches(run, "order"):
            require(False, "chunks in the contract's order", breach.message, chunk=breach.position)
    async with stage.perform(begin=False) as play:
        stream = await play.stream()
        chunks = [chunk async for chunk in stream]
        stage.reached(chunks, "a chunk")
        again = await anext(stream, None)
    require(again is None, "an exhausted generator", f"another chunk after the end: {again!r}", chunk=len(chunks))


@check(
    "LIF-04",
    "Every chunk's type is in the vocabulary and compares equal to its plain string.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.FAULT),
    catches="one chunk class with plain strings and another with an enum that equals none of them",
    cases=(*STREAMS, *BROKEN, RECORDED),
)
async def types_are_known(stage: Stage) -> None:
    async for run in stage.each_run():
        stage.reached(run.chunks, "a chunk")
        for breach in reading.breaches(run, "type"):
            require(False, "a chunk type of the vocabulary", breach.message, chunk=breach.position)


@check(
    "LIF-05",
    "Every chunk has the fields of its type, of their types, and no field of another type.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.FAULT),
    catches="reasoning text in the `content` field",
    cases=(*STREAMS, *BROKEN, RECORDED),
)
async def fields_belong_to_their_type(stage: Stage) -> None:
    async for run in stage.each_run():
        stage.reached(run.chunks, "a chunk")
        for breach in reading.breaches(run, "fields"):
            require(False, "the fields of the chunk's type", breach.message, chunk=breach.position)


@check(
    "LIF-06",
    "`tool_calls` comes before `complete_message`, that before `done`; an attempt has one message and hands over once.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    catches="a history built from a message that came before the calls that belong to it, or twice",
    cases=(*TALKING, Case("parallel", tools.PARALLEL), RECORDED),
)
async def calls_then_message_then_done(stage: Stage) -> None:
    async for run in stage.each_run():
        seen = reading.kinds(run)
        attempts = seen.count("complete_message")
        whole = reading.status(run) in ("stop", "tool_calls")
        stage.reached(whole or stage.recorded, "a whole answer")
        if not whole:
            continue
        again = any(kind.startswith(("mcp_", "custom_tool_", "hook_")) for kind in seen)  # tools run inside
        require(attempts == 1 or (again and attempts), "one complete_message an attempt", reading.outline(run))
        handed = [index for index, kind in enumerate(seen) if kind == "tool_calls"]
        require(len(handed) <= attempts, "one tool_calls an attempt", reading.outline(run))
        for index in handed:
            after = next((kind for kind in seen[index + 1 :] if not kind.endswith("_status")), "nothing")
            require(after == "complete_message", "complete_message after tool_calls", after, chunk=index)


@check(
    "LIF-07",
    "`complete_message` holds exactly the text that was yielded and the calls that were handed over.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.METAMORPHIC),
    catches="merge bugs: a history that differs from what the user saw",
    cases=(*STREAMS[:6], Case("whitespace", text.WHITESPACE), RECORDED),
)
async def message_is_what_was_yielded(stage: Stage) -> None:
    async for run in stage.each_run():
        if reading.status(run) not in ("stop", "tool_calls"):
            raise NotTestable(f"the run ended with status {reading.status(run)!r}, so it has no whole message")
        held = reading.message(run)
        require(isinstance(held, dict), "a complete_message", reading.outline(run))
        require((held.get("content") or "") == reading.text(run), repr(reading.text(run)), held.get("content"))
        require((held.get("tool_calls") or []) == reading.calls(run), repr(reading.calls(run)), held.get("tool_calls"))


@check(
    "LIF-08",
    "`reasoning_done` ends a block that had deltas, equals them, and comes before the next content.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=frozenset({"reasoning"}),
    catches="a block that is never closed, or closed twice, when thinking gives way to a tool call",
    cases=(
        Case("reasoning", reasoning.THINKING),
        Case("reasoning-tool", reasoning.THINKING_AND_CALL),
        Case("nothing-else", reasoning.THOUGHT_ONLY),
        Case("summaries", reasoning.SUMMARIES, needs=frozenset({"summaries"})),
        Case("between-calls", reasoning.THINKING_BETWEEN, needs=frozenset({"signatures"})),
        RECORDED,
    ),
)
async def reasoning_blocks_are_closed(stage: Stage) -> None:
    async for run in stage.each_run():
        for breach in reading.breaches(run, "reasoning"):
            require(False, "a reasoning block that ends once, as its deltas", breach.message, chunk=breach.position)
        if run.first_request or stage.recorded:
            continue  # what was thought is known of the first answer of a script only
        deltas = len(run.of("reasoning", "reasoning_summary"))
        stage.reached(deltas, "a reasoning delta")
        closed = len(run.of("reasoning_done", "reasoning_summary_done"))
        blocks = len(stage.turn.thinking)
        require(closed == blocks, f"{blocks} ends of blocks", f"{closed}: {reading.outline(run)}")
        ends = ("reasoning_done", "reasoning_summary_done", "content", "tool_calls", "complete_message")
        first = [kind for kind in reading.kinds(run) if kind in ends][:blocks]
        soon = all(kind.endswith("_done") for kind in first)
        require(soon, "the end of every block before what follows it", reading.outline(run))


@check(
    "LIF-09",
    "An empty completion still yields `complete_message` and `done`, not an error.",
    drive=Drive.SCRIPT,
    catches="validators that take zero events for a stream, and clients that raise on an empty message",
    cases=(Case("empty", text.EMPTY),),
)
async def empty_completion_is_an_answer(stage: Stage) -> None:
    run = await stage.first_run()
    require(run.raised is None, "an answer", f"the generator raised {run.raised!r}")
    require(not run.of("error"), "no error", f"{reading.error_kind(run)}: {reading.outline(run)}")
    held = reading.message(run)
    require(isinstance(held, dict), "a complete_message", reading.outline(run))
    require(not held.get("content") and not held.get("tool_calls"), "an empty message", held)
    require(reading.status(run) == "stop", "status stop", f"status {reading.status(run)!r}")


@check(
    "LIF-10",
    "The end of the bytes without a finish signal is an `incomplete` error, also when it is a proper end of the body.",
    drive=Drive.FAULT,
    catches="a stream cut between two events and yielded as a whole answer: a backend that says done after its loop",
    cases=(
        Case("text", text.TEXT),
        Case("text-tool", tools.TEXT_AND_CALL),
        Case("reasoning", reasoning.THINKING, needs=frozenset({"reasoning"})),
        Case("foreign-end", text.TEXT, value=FOREIGN_END),
    ),
)
async def an_end_without_a_finish_is_incomplete(stage: Stage) -> None:
    said = stage.reply()
    before, size = content_events(stage)
    sizes = [sum(map(len, said.events[:count])) for count in range(len(said.events))]
    ends = [each for each in sizes if 0 < each < size] + [size, (before + size) // 2]
    if stage.case.value:
        if not said.body.lstrip(b"\xef\xbb\xbf").startswith(SSE):
            raise NotApplicable("the wire has no events that could end another's stream")
        said, ends = replace(said, events=(said.body[:size], stage.case.value)), [size + len(stage.case.value)]
    for offset in ends:
        run = await stage.first_run(replies=(replace(said, stop_at=offset, ending=Ending.CLEAN_EOF),))
        where = f"ended after byte {offset} of {len(said.body)}"
        require(reading.failed(run), "an error, then done with status error", reading.course(run), where)
        kind = reading.error_kind(run)
        require(kind == "incomplete", "error kind incomplete", kind, where)
        require(not run.of("tool_calls", "complete_message"), "nothing handed over", reading.outline(run), where)


@check(
    "LIF-11",
    "`done.status` is the normalised finish reason, also for a reason that nobody knows.",
    drive=Drive.SCRIPT,
    catches="a backend that handles stop, length and tool_calls, and falls through on every other reason",
    cases=(
        *(Case(name.replace("_", "-"), scenario, value=(name,)) for name, scenario in turns.FINISHES.items()),
        Case("tool-calls", tools.ONE_CALL, value=("tool_calls",)),
        Case("calls-claimed", turns.CALLS_CLAIMED, value=("stop", "error")),
        Case("unknown", turns.FINISH_UNKNOWN, value=("stop", "error")),
        Case("words", turns.FINISHES["stop"]),
    ),
)
async def finish_reason_is_mapped(stage: Stage) -> None:
    if stage.case.name == "words":
        await _words_are_known(stage)
        return
    run = await stage.first_run()
    require(run.raised is None, "a done chunk", f"the generator raised {run.raised!r}")
    wanted = ("length", "error") if _says_incomplete(stage) else stage.case.value
    require(reading.status(run) in wanted, f"done.status {' or '.join(wanted)}", f"{reading.status(run)!r}")
    said = stage.turn.text
    if stage.case.name != "refusal" or reading.text(run):
        require(reading.text(run) == said, repr(said), reading.text(run))
    held = reading.message(run) or {"content": said}
    kept = (held.get("content") or "", held.get("refusal"))
    require(said in kept, f"{said!r} as content or refusal of complete_message", repr(kept))


def _says_incomplete(stage: Stage) -> bool:
    """Whether the wire says itself that the answer stops short, whatever the word for the reason is."""
    return stage.case.name == "unknown" and b'"response.incomplete"' in stage.reply().body


async def _words_are_known(stage: Stage) -> None:
    """The provider's and its wire's further words, of which its documents tell the meaning."""
    words = {**turns.WORDS.get(stage.subject.wire, {}), **turns.WORDS.get(stage.subject.provider, {})}
    if not words:
        raise NotApplicable("the wire has no further words for the end of an answer")
    for word, wanted in words.items():
        run = await stage.first_run(scenario=turns.ending_with(word))
        require(run.raised is None, "a done chunk", f"the generator raised {run.raised!r}", word)
        status = reading.status(run)
        told = f"error {reading.error_kind(run)}" if status == "error" else status
        require(told in wanted.split(", "), f"done.status {wanted.replace(', ', ' or ')}", told, word)
        whole = status == "error" and run.of("complete_message")
        require(not whole, "no complete_message of a failure", reading.outline(run), word)


@check(
    "LIF-13",
    "Status chunks carry no text of the model, and wherever one appears the stream stays in order.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.FAULT),
    catches="the answer repeated as progress, so that a log or a screen shows it twice",
    cases=(*TALKING, Case("retried", text.TEXT, value=503), RECORDED),
)
async def statuses_carry_no_text(stage: Stage) -> None:
    if stage.case.value:
        refused = stage.speaker.refuse(stage.case.value, "overloaded", "Try later.", (("retry-after", "0"),))
        runs = [await stage.first_run(replies=(refused, stage.reply()), max_retries=1)]
    else:
        runs = await stage.watch()
    stage.reached(runs[0].chunks, "a chunk")
    for run in runs:
        stage.performed = run
        told = [reading.text(run), *(delta.strip() for delta in deltas_of(run))]
        said = [each for each in told if len(each) >= LEAST_TOLD]
        statuses = [timed for timed in run.chunks if kind_of(timed.chunk).endswith("_status")]
        for timed in statuses:
            words = f"{field_of(timed.chunk, 'status')} {field_of(timed.chunk, 'detail')}"
            shown = [each for each in said if each in words]
            require(not shown, "a status without the model's text", repr(words), chunk=timed.index)
        illegal = "; ".join(map(str, reading.breaches(run, "order")))
        require(not (statuses and illegal), "chunks in the contract's order around a status", illegal)


def deltas_of(run: Run) -> list[str]:
    """The pieces of text, of a script's few; a recording's many are short words that a status may hold by chance."""
    pieces = [str(field_of(chunk, "content")) for chunk in run.of("content")]
    return pieces if len(pieces) <= FEW else []


@check(
    "LIF-14",
    "A consumer may stop after any chunk: every prefix is legal and closing there raises nothing.",
    level=Level.SHOULD,
    drive=Drive.PROPERTY,
    catches="generators that raise `RuntimeError` or yield again when they are closed between two chunks",
    cases=TALKING,
)
async def every_prefix_is_legal(stage: Stage) -> None:
    first = await stage.first_run()
    stage.reached(first.of("content", "tool_calls"), "output of the model")
    whole = reading.kinds(first)
    for length in range(1, len(whole) + 1):
        async with stage.perform(begin=False) as play:
            run = await play.prefix(length)
        where = f"stopped after chunk {length - 1}"
        require(run.raised is None, "a generator that closes", f"closing raised {run.raised!r}", where)
        require(reading.kinds(run) == whole[:length], repr(whole[:length]), reading.kinds(run), where)
        illegal = "; ".join(map(str, reading.breaches(run, "type", "fields", "order")))
        require(not illegal, "a legal prefix", illegal, where)
