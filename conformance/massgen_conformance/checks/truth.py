"""META: what a subject says of itself is true in both directions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, NotApplicable, NotTestable, Violation, check, require
from massgen_conformance.checks.mcp import files
from massgen_conformance.contract import field_of
from massgen_conformance.providers import PLAYABLE
from massgen_conformance.scenarios import reasoning, tools, turns
from massgen_conformance.stage import Stage
from massgen_conformance.subject import AGENT_ABILITIES, UnmadeBackend
from massgen_conformance.workshop import workshop

Probe = Callable[[Stage], Awaitable[bool]]
"""Whether an ability works."""


async def calls_tools(stage: Stage) -> bool:
    run = await stage.first_run(scenario=tools.ONE_CALL)
    return [field_of(call, "function")["name"] for call in reading.calls(run)] == ["get_weather"]


async def counts_tokens(stage: Stage) -> bool:
    usage = reading.usage(await stage.first_run(scenario=turns.USAGE_PLAIN)) or {}
    return (usage.get("prompt_tokens"), usage.get("completion_tokens")) == (turns.PLAIN.prompt, turns.PLAIN.completion)


async def shows_reasoning(stage: Stage) -> bool:
    run = await stage.first_run(scenario=reasoning.THINKING)
    return bool(reading.reasoning(run))


async def runs_functions(stage: Stage) -> bool:
    def probe() -> str:
        """Does nothing, mark-probe."""
        return "done"

    async with workshop(stage, custom_tools=[probe]) as shop:
        await shop.run()
        return bool(shop.offered("mark-probe"))


async def runs_servers(stage: Stage) -> bool:
    async with workshop(stage, servers=[files()]) as shop:
        await shop.run()
        return bool(shop.offered("mark-read"))


PROBES: dict[str, Probe] = {
    "tools": calls_tools,
    "usage": counts_tokens,
    "reasoning": shows_reasoning,
    "custom_tools": runs_functions,
    "mcp": runs_servers,
}


@check(
    "META-06",
    "An ability that is not declared does not work: what works is declared, and then it is proven.",
    drive=Drive.SCRIPT,
    catches="a flag left at False since the first version, which keeps every check of that ability from running",
    cases=tuple(Case(ability.replace("_", "-"), value=ability) for ability in PROBES),
)
async def what_works_is_declared(stage: Stage) -> None:
    ability, profile = stage.case.value, PLAYABLE.get(stage.subject.provider)
    if ability in stage.subject.abilities:
        raise NotApplicable(f"{ability} is declared: other checks prove it")
    if ability not in AGENT_ABILITIES and (profile is None or ability not in profile.abilities):
        raise NotApplicable(f"{stage.subject.provider} offers no {ability}")
    try:
        works = await PROBES[ability](stage)
    except (UnmadeBackend, NotTestable, Violation):  # it was refused, or broke on it: then it does not work
        works = False
    require(not works, f"{ability} among the abilities", "it works and is not declared")
