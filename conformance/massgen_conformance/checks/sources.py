"""TOL and CON: what the provider looked up itself is its own affair, and where it found it is no part of the text."""

from __future__ import annotations

import json

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, Level, check, require
from massgen_conformance.contract import field_of
from massgen_conformance.scenarios import sources
from massgen_conformance.speakers.searches import QUERY, URL
from massgen_conformance.stage import Stage

BEGUN = ("started", "running")
ENDED = ("completed", "failed", "requested")
"""Phases of a tool that the provider runs, after the dot of a status."""


@check(
    "TOL-17",
    "A call that the provider runs itself is not handed over: it is no tool call, and no text.",
    drive=Drive.SCRIPT,
    catches="the provider's own search among the calls, for which the caller has no tool and no result",
    cases=(Case("searched", sources.SEARCHED),),
)
async def the_providers_calls_are_its_own(stage: Stage) -> None:
    run = await stage.first_run()
    held = (reading.message(run) or {}).get("tool_calls") or []
    calls = [*reading.calls(run), *held]
    require(not calls, "no call for the caller", calls)
    require(reading.status(run) == "stop", "status stop", repr(reading.status(run)))
    require(QUERY not in reading.text(run), "text without the query", reading.text(run))
    told = [str(field_of(chunk, "status")).partition(".") for chunk in run.of("backend_status")]
    begun = {tool for tool, _, phase in told if phase in BEGUN}
    ended = {tool for tool, _, phase in told if phase in ENDED}
    require(begun <= ended, f"an end of {sorted(begun)}, which were told to run", sorted(ended))


@check(
    "CON-14",
    "The sources of an answer are told beside it, never inside of its text.",
    level=Level.SHOULD,
    drive=Drive.SCRIPT,
    catches="citations pasted into the answer as links, or dropped, so that nobody can check what is claimed",
    cases=(Case("cited", sources.CITED),),
)
async def sources_are_beside_the_text(stage: Stage) -> None:
    run = await stage.first_run()
    stage.reached(run.of("content"), "output of the model")
    require(URL not in reading.text(run), "text without its source", reading.text(run))
    beside = [field_of(chunk, name) for timed in run.chunks for chunk in [timed.chunk] for name in WHERE]
    told = json.dumps([each for each in beside if each is not None], default=repr)
    require(URL in told, f"the source {URL} in a chunk beside the text", reading.outline(run))


WHERE = ("complete_message", "response", "detail")
"""The fields that may name a source."""
