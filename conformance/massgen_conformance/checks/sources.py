"""TOL and CON: what the provider looked up itself is its own affair, and what it tells of it is no part of the text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import accumulate

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.options import asked_with, told_of
from massgen_conformance.checks.timing import content_events
from massgen_conformance.contract import field_of
from massgen_conformance.plan import Ending
from massgen_conformance.scenario import Text
from massgen_conformance.scenarios import sources
from massgen_conformance.speakers.searches import LOGPROB, QUERY, SKETCH, SUGGESTIONS, URL, WHY
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Run

BEGUN = ("started", "running")
ANYWHERE = ("complete_message", "response", "detail")
TOLD = ("detail",)
"""The fields in which something may be told: anywhere, or to who watches."""

ENDED = ("completed", "failed", "requested")
"""Phases of a tool that the provider runs, after the dot of a status."""

SEARCHES = (Case("searched", sources.SEARCHED), Case("in-parts", sources.SEARCHED_IN_PARTS))
ANNOUNCED = b"search"
"""In the name of every provider's search."""


@check(
    "TOL-17",
    "A call that the provider runs itself is not handed over: it is no tool call, and no text.",
    drive=Drive.SCRIPT,
    catches="the provider's own search among the calls, for which the caller has no tool and no result",
    cases=(*SEARCHES, Case("without-end", sources.SEARCHED_WITHOUT_END)),
)
async def the_providers_calls_are_its_own(stage: Stage) -> None:
    run = await stage.first_run()
    held = (reading.message(run) or {}).get("tool_calls") or []
    calls = [*reading.calls(run), *held]
    require(not calls, "no call for the caller", calls)
    require(reading.status(run) == "stop", "status stop", repr(reading.status(run)))
    require(QUERY not in reading.text(run), "text without the query", reading.text(run))
    told = [status.partition(".") for status in statuses(run)]
    begun = {tool for tool, _, phase in told if phase in BEGUN}
    ended = {tool for tool, _, phase in told if phase in ENDED}
    require(begun <= ended, f"an end of {sorted(begun)}, which were told to run", sorted(ended))


@check(
    "TOL-22",
    "A search that the provider makes is told when it begins, and its end is told once.",
    level=Level.SHOULD,
    drive=(Drive.SCRIPT, Drive.FAULT),
    catches="half a minute of silence while the provider searches, and one search that is counted as two",
    cases=SEARCHES,
)
async def searches_are_told(stage: Stage) -> None:
    run, said = await stage.first_run(), stage.reply()
    stage.reached(run.of("content"), "output of the model")
    ended = Counter(status for status in statuses(run) if status.rpartition(".")[2] in ENDED)
    require(all(times == 1 for times in ended.values()), "each end told once", statuses(run))
    answer, _ = content_events(stage)
    ends = accumulate(len(event) for event in said.events)
    announced = next((end for end in ends if ANNOUNCED in said.body[:end]), answer)
    if announced < answer:
        cut = await stage.first_run(replies=(replace(said, stop_at=announced, ending=Ending.CLEAN_EOF),))
        require(statuses(cut), "a status when the search begins", reading.outline(cut))


def statuses(run: Run) -> list[str]:
    return [str(field_of(chunk, "status")) for chunk in run.of("backend_status")]


@check(
    "CON-14",
    "Sources, searches, why it refused and how likely its words were come beside an answer, never inside of its text.",
    level=Level.SHOULD,
    drive=Drive.SCRIPT,
    catches="citations pasted into the answer as links, or dropped, so that nobody can check what is claimed",
    cases=(
        Case("cited", sources.CITED, value=(URL, ANYWHERE)),
        Case("cited-once", sources.CITED_ONCE, value=(URL, ANYWHERE)),
        Case("cited-often", sources.CITED_OFTEN, value=(URL, ANYWHERE)),
        Case("suggestions", sources.SEARCHED, value=(SUGGESTIONS, ANYWHERE)),
        Case("sketch", sources.PICTURED, value=(SKETCH, ANYWHERE)),
        *(Case(case.name, case.scenario, value=(QUERY, TOLD)) for case in SEARCHES),
        Case("refused", sources.REFUSED, needs=frozenset({"refusal"}), value=(WHY, TOLD)),
        Case("likely", sources.LIKELY, value=(str(LOGPROB), ANYWHERE)),
    ),
)
async def what_is_beside_is_told_beside(stage: Stage) -> None:
    word, places = stage.case.value
    at = stage.reply().body.find(word.encode())
    if at < 0:
        raise NotApplicable("the wire does not tell it")
    likely = stage.case.name == "likely"
    run = await (asked_with(stage, {"logprobs": True}) if likely else stage.first_run())
    stage.performed = run
    if likely and not run.wire.requests and (why := told_of(run, "logprobs")):
        raise NotApplicable(f"the subject refuses to ask for it: {why}")
    stage.reached(run.of("content"), "output of the model")
    require(word not in reading.text(run), f"text without {word!r}", reading.text(run))
    seen = reading.kinds(run)
    soon = places is TOLD and at < content_events(stage)[0]
    chunks = run.chunks[: seen.index("content")] if soon else run.chunks
    beside = [field_of(timed.chunk, name) for timed in chunks for name in places]
    told = json.dumps([each for each in beside if each is not None], default=repr)
    where = "before the text" if soon else "beside the text"
    require(word in told, f"{word!r} in a chunk {where}", reading.outline(run))
    require_places(stage, run)


def require_places(stage: Stage, run: Run) -> None:
    """The annotations of the message, where it has any, say which characters of it rest on what."""
    passages = {reading.text(run), *(part.whole for part in stage.turn.parts if isinstance(part, Text))}
    for kind, inner in cited(run):
        require(kind != "url_citation" or inner.get("url"), "an address in each url_citation", inner)
        start, end = inner.get("start_index"), inner.get("end_index")
        if inner.get("url") == URL and isinstance(start, int) and isinstance(end, int):
            passage = reading.text(run)[start:end]
            fits = passage in passages and end - start == len(passage)
            require(fits, f"the characters that rest on {URL}", f"{start} to {end}: {passage!r}")


def cited(run: Run) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    """Type and fields of each annotation of the message, which Chat Completions nest and Responses do not."""
    for each in (reading.message(run) or {}).get("annotations") or ():
        yield each["type"], each.get(each["type"]) or each
