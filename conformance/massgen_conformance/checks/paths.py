"""LIF: the chunks of an answer do not depend on which way through the backend it took."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance import reading
from massgen_conformance.bends import FAILURES
from massgen_conformance.check import Case, Drive, Level, check, require
from massgen_conformance.checks.tools import TOOLS
from massgen_conformance.scenario import WEATHER_TOOL
from massgen_conformance.scenarios import reasoning, text, turns
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run


@check(
    "LIF-12",
    "The same answer gives the same chunks whether tools are offered or not: there is one path through a backend.",
    level=Level.SHOULD,
    drive=Drive.METAMORPHIC,
    needs=TOOLS,
    catches="two loops, one with tools and one without, of which only one reports usage or ends with done",
    cases=(
        Case("text", text.TEXT),
        Case("empty", text.EMPTY),
        Case("reasoning", reasoning.THINKING),
        Case("length", turns.FINISHES["length"]),
        Case("overloaded", turns.OVERLOADED_MIDWAY),
        *(Case(name, text.TEXT, bend) for name, bend in FAILURES.items()),
    ),
)
async def tools_change_no_path(stage: Stage) -> None:
    plain = await stage.first_run()
    stage.reached(plain.chunks, "a chunk")
    said = stage.scenario
    offered = replace(said, name=f"{said.name}-with-tools", tools=(WEATHER_TOOL,))
    run = await stage.first_run(scenario=offered)
    difference = reading.first_difference(plainly(plain), plainly(run))
    require(not difference, "the chunks of the call without tools", difference)
    require(shape(run) == shape(plain), f"the sequence {shape(plain)}", shape(run))


def plainly(run: Run) -> list[tuple[str, str]]:
    """Its transcript; of the whole message the text alone, because a provider's own ids are of their request."""
    text = str((reading.message(run) or {}).get("content") or "")
    return [(kind, text if kind == "complete_message" else value) for kind, value in reading.transcript(run)]


def shape(run: Run) -> list[str]:
    """The types of its chunks, without progress."""
    return [kind for kind in reading.kinds(run) if not kind.endswith("_status")]
