"""CON: the text that arrives is the text that was sent, however it travelled."""

from __future__ import annotations

import time
from typing import Any

from massgen_conformance import reading
from massgen_conformance.bends import unterminated
from massgen_conformance.check import RECORDED, Case, Drive, check, require
from massgen_conformance.contract import field_of
from massgen_conformance.driver import AS_IS, AT_ONCE, ONE_BYTE, Delivery, cuts
from massgen_conformance.scenarios import reasoning, text, tools, turns
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run

SPLITS: dict[str, Delivery] = {
    "at-once": AT_ONCE,
    "bytewise": ONE_BYTE,
    **{f"random-{seed}": cuts(seed) for seed in (1, 2, 3)},
}
RECORDED_SPLITS = ("at-once", "bytewise")  # recordings are many, and one byte at a time cuts everywhere
SPLIT_SCENARIOS = (text.UNICODE, tools.PARALLEL, reasoning.THINKING_AND_CALL)


@check(
    "CON-01",
    "The output is the same for every way of cutting the same bytes: one by one, at random, all at once.",
    drive=(Drive.RECHUNKED, Drive.METAMORPHIC, Drive.CASSETTE),
    catches="decoders that take a network read for an event or for whole characters (one damaged 14.9 % of rows)",
    cases=(
        *(
            Case(f"{scenario.name}-{name}", scenario, bend)
            for scenario in SPLIT_SCENARIOS
            for name, bend in SPLITS.items()
        ),
        RECORDED,
    ),
)
async def cuts_do_not_matter(stage: Stage) -> None:
    ordinary = await stage.watch(bend=None)
    stage.reached(ordinary[0].of("content", "tool_calls"), "output of the model")
    whole = [reading.transcript(run) for run in ordinary]
    bends = {name: SPLITS[name] for name in RECORDED_SPLITS} if stage.recorded else {stage.case.name: stage.case.bend}
    for name, bend in bends.items():
        cut = [reading.transcript(run) for run in await stage.watch(bend=bend)]
        require(len(cut) == len(whole), f"{len(whole)} runs", f"{len(cut)} runs", name)
        for number, (mine, other) in enumerate(zip(whole, cut, strict=True)):
            difference = reading.first_difference(mine, other)
            require(not difference, "the chunks of the uncut stream", difference, f"run {number}, cut {name}")


@check(
    "CON-02",
    "Characters beyond ASCII survive: astral, combining, right-to-left, joined; no U+FFFD that was not sent.",
    drive=Drive.PROPERTY,
    catches="decoding each network read by itself, so that a character cut in two becomes two replacement characters",
    cases=tuple(
        Case(name, text.UNICODE, bend)
        for name, bend in {"events": None, "bytewise": ONE_BYTE, "random": cuts(4)}.items()
    ),
)
async def characters_survive(stage: Stage) -> None:
    run = await stage.first_run()
    require("\ufffd" not in reading.text(run), "no replacement character", reading.text(run))
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.text(run))


@check(
    "CON-03",
    "A line ends at LF, CR or CRLF only: U+2028, U+2029, NEL, VT and FF inside the text survive.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    catches="`str.splitlines` as the line splitter, which cuts a JSON string in two at U+2028",
    cases=(
        Case("separators", text.SEPARATORS),
        Case("separators-bytewise", text.SEPARATORS, ONE_BYTE),
        Case("lookalikes", text.LOOKALIKES),
    ),
)
async def separators_survive(stage: Stage) -> None:
    run = await stage.first_run()
    require(not run.of("error"), "no error", f"{reading.error_kind(run)}: {reading.field(run, 'error', 'error')}")
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.text(run))


@check(
    "CON-04",
    "Every form of the stream that its standard holds equal is read the same: CRLF, comments, fields, BOM, long data.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    catches="a comment or a BOM taken for data; one client loses the first chunk after a BOM in silence",
    cases=tuple(Case(quirk.replace("_", "-"), scenario) for quirk, scenario in turns.FORMS.items()),
)
async def forms_are_equal(stage: Stage) -> None:
    ordinary, run = await stage.first_run(scenario=turns.USAGE_PLAIN), await stage.first_run()
    stage.reached(ordinary.of("content"), "output of the model")
    difference = reading.first_difference(reading.transcript(ordinary), reading.transcript(run))
    require(not difference, "the chunks of the ordinary form", difference)


@check(
    "CON-05",
    "The last event is not lost when the blank line after it is missing.",
    drive=(Drive.RECHUNKED, Drive.SCRIPT),
    catches="framers that drop what is in their buffer at the end of the bytes",
    cases=(Case("text", text.TEXT, unterminated), Case("tool", tools.ONE_CALL, unterminated)),
)
async def last_event_is_not_lost(stage: Stage) -> None:
    ordinary, run = await stage.first_run(bend=None), await stage.first_run()
    stage.reached(ordinary.of("content", "tool_calls"), "output of the model")
    difference = reading.first_difference(reading.transcript(ordinary), reading.transcript(run))
    require(not difference, "the chunks of the terminated stream", difference)


@check(
    "CON-06",
    "Keep-alives, comments and pings are no content and no error.",
    drive=Drive.SCRIPT,
    catches="gateways that send `: PROCESSING` every few seconds, and clients that try to parse it",
    cases=(Case("pings", turns.PINGS),),
)
async def keep_alives_are_silent(stage: Stage) -> None:
    run = await stage.first_run()
    require(not run.of("error"), "no error", f"{reading.error_kind(run)}: {reading.field(run, 'error', 'error')}")
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.text(run))
    require(reading.status(run) == "stop", "status stop", reading.status(run))


@check(
    "CON-07",
    "Empty choices, null deltas, null content and empty strings are harmless.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    catches="`choices[0]` on a chunk without choices; `None` joined to text",
    cases=tuple(
        Case(scenario.name, scenario)
        for scenario in (turns.EMPTY_CHOICES, turns.NULL_DELTA, turns.NULL_CONTENT, turns.EMPTY_DELTA, turns.ROLE_ONLY)
    ),
)
async def hollow_events_are_harmless(stage: Stage) -> None:
    run = await stage.first_run()
    require(run.raised is None, "a stream", f"the generator raised {run.raised!r}")
    require(not run.of("error"), "no error", f"{reading.error_kind(run)}: {reading.field(run, 'error', 'error')}")
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.text(run))
    for index, timed in enumerate(run.chunks):
        hollow = reading.kinds(run)[index] == "content" and not field_of(timed.chunk, "content")
        require(not hollow, "content chunks that are not empty", "an empty one", chunk=index)


@check(
    "CON-08",
    "Events of an unknown type and fields that nobody knows are passed over.",
    drive=(Drive.SCRIPT, Drive.METAMORPHIC),
    catches="an error, or nothing more, from the day on which the provider adds a field",
    cases=(Case("event", turns.UNKNOWN_EVENT), Case("field", turns.UNKNOWN_FIELD)),
)
async def what_is_unknown_is_passed_over(stage: Stage) -> None:
    ordinary, run = await stage.first_run(scenario=turns.USAGE_PLAIN), await stage.first_run()
    stage.reached(ordinary.of("content"), "output of the model")
    difference = reading.first_difference(reading.transcript(ordinary), reading.transcript(run))
    require(not difference, "the chunks of the stream without them", difference)


@check(
    "CON-10",
    "Whitespace is exact: leading line ends, trailing spaces and CRLF in the text are kept.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    catches="`content.strip()` when the history is rebuilt",
    cases=(Case("whitespace", text.WHITESPACE), Case("whitespace-bytewise", text.WHITESPACE, ONE_BYTE)),
)
async def whitespace_is_exact(stage: Stage) -> None:
    run = await stage.first_run()
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), repr(reading.text(run)))
    held = reading.message(run) or {}
    require(held.get("content") == stage.turn.text, "the same text in complete_message", repr(held.get("content")))


@check(
    "CON-13",
    "Long streams are complete and take linear time: 5 MB of text, one event of 200 kB, thousands of tiny events.",
    drive=Drive.PROPERTY,
    catches="a 64 KiB line limit that ends the stream; buffers that are copied for each event",
    cases=(
        Case("huge-event", turns.HUGE_EVENT),
        Case("huge-event-cut", turns.HUGE_EVENT, lambda reply: reply.with_(every=4096)),
        Case("five-megabytes", turns.LONG_TEXT),
        Case("tiny-events", turns.tiny_deltas(4000), value=turns.tiny_deltas(1000)),
    ),
)
async def long_streams_are_whole(stage: Stage) -> None:
    run, seconds = await _cpu_timed(stage)
    said, got = stage.turn.text, reading.text(run)
    require(not run.timed_out, "a stream that ends", "it did not end")
    require(len(got) == len(said), f"{len(said)} characters", f"{len(got)} characters, {reading.outline(run)}")
    require(got == said, "the same text", "a text of the same length that differs")
    if stage.case.value is None:
        return
    _, quarter = await _cpu_timed(stage, scenario=stage.case.value)
    quarter = max(quarter, 0.005)
    for _ in range(2):  # a collection of garbage costs as much, but once; a copied buffer costs it every time
        if seconds >= 8 * quarter:
            seconds = min(seconds, (await _cpu_timed(stage, bend=AS_IS))[1])
    require(seconds < 8 * quarter, f"about four times {quarter:.3f} s for four times the events", f"{seconds:.3f} s")


async def _cpu_timed(stage: Stage, **how: Any) -> tuple[Run, float]:
    """A run, and the seconds of this process's CPU that it took. One with a `bend` of its own is not a shared one."""
    started = time.process_time()
    run = await stage.first_run(**how)
    return run, time.process_time() - started
