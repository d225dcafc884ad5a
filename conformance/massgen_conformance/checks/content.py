"""CON: the text that arrives is the text that was sent, however it travelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from massgen_conformance import reading
from massgen_conformance.bends import unterminated
from massgen_conformance.check import RECORDED, Case, Drive, Level, check, generated, require
from massgen_conformance.checks.timing import content_events
from massgen_conformance.contract import field_of
from massgen_conformance.driver import AS_IS, AT_ONCE, ONE_BYTE, Cuts, Delivery
from massgen_conformance.plan import Reply, gzipped
from massgen_conformance.scenario import Text
from massgen_conformance.scenarios import reasoning, text, tools, turns
from massgen_conformance.stage import Stage, spoken
from massgen_conformance.trace import Run

DEPTH = 50_000


def cut_short(event: bytes) -> bytes:
    """The event without the end of its JSON."""
    return event.replace(b"}", b"", 1)


def no_json(event: bytes) -> bytes:
    """An event whose JSON gave way to a proxy's words."""
    return event[: event.index(b"{")] + b"{upstream error" + event[event.rindex(b"}") + 1 :]


def bottomless(event: bytes) -> bytes:
    """An event whose JSON has more levels than a reader can go down."""
    return event[: event.index(b"{")] + b'{"a":' * DEPTH + b"1" + b"}" * DEPTH + event[event.rindex(b"}") + 1 :]


def squeezed_bytewise(reply: Reply) -> Reply:
    """The body compressed, in writes of one byte."""
    return replace(gzipped(reply), every=1)


def damaged(stage: Stage, damage: Callable[[bytes], bytes]) -> Reply:
    """The answer with its first event of text damaged."""
    before, _ = content_events(stage)
    said: Reply = stage.reply()
    events, offset = list(said.events), 0
    for number, event in enumerate(events):
        if offset == before:
            events[number] = damage(event)
        offset += len(event)
    return replace(said, events=tuple(events))


SPLITS: dict[str, Delivery] = {
    "at-once": AT_ONCE,
    "bytewise": ONE_BYTE,
    **{f"random-{number}": Cuts(number) for number in (1, 2, 3)},
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
        Case("frames", text.UNICODE, value="frames"),
        RECORDED,
        generated("answers"),
    ),
)
async def cuts_do_not_matter(stage: Stage) -> None:
    ordinary = await stage.watch(bend=None)
    stage.reached(ordinary[0].of("content", "tool_calls"), "output of the model")
    whole = [reading.transcript(run) for run in ordinary]
    if stage.case.value == "frames":
        torn = await held(stage, replace(answer_to(stage, ordinary[0]), torn=True), content_events(stage))
        difference = reading.first_difference(whole[0], reading.transcript(torn))
        require(not difference, "the chunks of the uncut stream", difference, "cut inside of the size of an HTTP chunk")
        return
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
    cases=(
        *(
            Case(name, text.UNICODE, bend)
            for name, bend in {"events": None, "bytewise": ONE_BYTE, "random": Cuts(4)}.items()
        ),
        generated("texts"),
    ),
)
async def characters_survive(stage: Stage) -> None:
    run = await stage.first_run()
    require("\ufffd" not in reading.text(run), "no replacement character", reading.text(run))
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), repr(reading.text(run)))


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
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), repr(reading.text(run)))


@check(
    "CON-04",
    "Every form of the stream that its standard holds equal is read the same: CRLF, comments, fields, BOM, long data.",
    drive=(Drive.SCRIPT, Drive.PROPERTY),
    catches="a comment or a BOM taken for data; one client loses the first chunk after a BOM in silence",
    cases=(
        *(Case(quirk.replace("_", "-"), scenario) for quirk, scenario in turns.FORMS.items()),
        Case("together", turns.FORMS_TOGETHER, AT_ONCE),
        Case("together-held", turns.FORMS_TOGETHER, value="held"),
    ),
)
async def forms_are_equal(stage: Stage) -> None:
    ordinary = await stage.first_run(scenario=turns.USAGE_PLAIN, bend=None)
    run = await (held_inside(stage, ordinary) if stage.case.value else stage.first_run())
    stage.reached(ordinary.of("content"), "output of the model")
    difference = reading.first_difference(reading.transcript(ordinary), reading.transcript(run))
    require(not difference, "the chunks of the ordinary form", difference)


async def held_inside(stage: Stage, ordinary: Run) -> Run:
    """The run of a stream that is held inside of its mark and of its first CR LF until what came before was read."""
    said = answer_to(stage, ordinary)
    return await held(stage, said, (1, said.body.index(b"\r\n") + 1))


def answer_to(stage: Stage, run: Run) -> Reply:
    """What the speaker says to the request of this run: in some wires an answer repeats parts of what was asked."""
    asked = run.wire.requests[run.first_request]
    return spoken(lambda: stage.speaker.reply(stage.turn, request=asked))


async def held(stage: Stage, said: Reply, offsets: tuple[int, ...]) -> Run:
    """The run of an answer that is held at each of these offsets until what came before was read."""
    async with stage.perform(replace(said, gates=offsets)) as play:
        for gate in range(len(offsets)):
            await play.until_gate_and_idle(gate)
            play.exchange.release(gate)
        return await play.finish()


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
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), repr(reading.text(run)))
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
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), repr(reading.text(run)))
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
    "CON-09",
    "An event that is damaged is one error of kind malformed: what came before it is whole, and nothing is made up.",
    drive=(Drive.FAULT, Drive.PROPERTY),
    catches="`except Exception: continue` around each event, which hides that a piece of the answer is missing",
    cases=(
        *(
            Case(f"{name}-{scenario.name}", scenario, value=damage)
            for name, damage in (("cut-short", cut_short), ("no-json", no_json))
            for scenario in (text.TEXT, tools.TEXT_AND_CALL)
        ),
        Case("bottomless", text.TEXT, value=bottomless),
    ),
)
async def damage_is_told(stage: Stage) -> None:
    run = await stage.first_run(replies=(damaged(stage, stage.case.value),))
    require(run.raised is None, "an error chunk", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))
    require(reading.error_kind(run) == "malformed", "error kind malformed", reading.error_kind(run))
    require(reading.text(run) == "", "nothing of the damaged event, and nothing after it", reading.text(run))


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
    "CON-11",
    "A compressed body is read as the same chunks; a client that cannot read it says so and shows none of its bytes.",
    drive=Drive.RECHUNKED,
    catches="the raw bytes read although compression was asked for: no event is found in them",
    cases=(Case("gzip", tools.TEXT_AND_CALL, gzipped), Case("gzip-bytewise", text.UNICODE, squeezed_bytewise)),
)
async def compressed_is_the_same(stage: Stage) -> None:
    plain = (await stage.watch(bend=None))[0]
    stage.reached(plain.of("content"), "output of the model")
    run = await stage.first_run()
    accepted = run.wire.requests[run.first_request].header("accept-encoding") or ""
    if "gzip" not in accepted and reading.failed(run) and not run.of("content"):
        return  # it never asked for it
    difference = reading.first_difference(reading.transcript(plain), reading.transcript(run))
    require(not difference, "the chunks of the uncompressed stream", difference)


@check(
    "CON-12",
    "A delta on the wire is one content chunk, in the same order: nothing is collected and nothing is cut up.",
    level=Level.SHOULD,
    drive=Drive.RECHUNKED,
    catches="`streaming` that gives blocks of 128 kB, or the whole answer as its only chunk",
    cases=(Case("text", text.TEXT), Case("unicode", text.UNICODE), Case("at-once", text.TEXT, AT_ONCE)),
)
async def a_delta_is_a_chunk(stage: Stage) -> None:
    run = await stage.first_run()
    stage.reached(run.of("content"), "a content chunk")
    said = [delta for part in stage.turn.parts if isinstance(part, Text) for delta in part.deltas]
    got = [field_of(chunk, "content") for chunk in run.of("content")]
    require(got == said, f"the pieces {said}", got)


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
