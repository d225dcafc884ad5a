"""USG: token counts are the provider's own, each once."""

from __future__ import annotations

from massgen_conformance import reading
from massgen_conformance.check import RECORDED, Case, Drive, NotApplicable, check, require
from massgen_conformance.checks.oracle import ORACLES
from massgen_conformance.scenario import Usage
from massgen_conformance.scenarios import tools, turns
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run

USAGE = frozenset({"usage"})


def require_usage(run: Run, said: Usage) -> None:
    """`done.usage` is what the provider counted, in the contract's terms."""
    got = reading.usage(run)
    require(isinstance(got, dict), f"usage of {said.prompt} + {said.completion} tokens", got)
    counted = (got.get("prompt_tokens"), got.get("completion_tokens"), got.get("total_tokens"))
    wanted = (said.prompt, said.completion, said.total)
    require(counted == wanted, f"prompt, completion, total = {wanted}", counted)


@check(
    "USG-01",
    "`done.usage` has whole, non-negative counts whenever the wire had usage, and its identities hold.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=USAGE,
    catches="a backend that reads the usage object only to count searches",
    cases=(
        Case("text", turns.USAGE_PLAIN),
        Case("tool", tools.ONE_CALL),
        Case("detailed", turns.USAGE_DETAILED),
        RECORDED,
    ),
)
async def usage_is_there(stage: Stage) -> None:
    async for run in stage.each_run():
        if stage.recorded and not stage.has_usage(run):
            continue
        require(isinstance(reading.usage(run), dict), "usage in done", reading.usage(run))
        for breach in reading.breaches(run, "usage"):
            require(False, "whole counts that add up", breach.message, chunk=breach.position)


@check(
    "USG-02",
    "Usage that arrives after the finish reason is read.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=USAGE,
    catches="a `return` at the finish reason, one event before the usage",
    cases=(Case("after-finish", turns.USAGE_AFTER_FINISH), Case("on-finish", turns.USAGE_ON_FINISH)),
)
async def usage_after_the_finish_is_read(stage: Stage) -> None:
    require_usage(await stage.first_run(), stage.turn_usage)


@check(
    "USG-03",
    "Cumulative snapshots are not summed.",
    drive=Drive.SCRIPT,
    needs=USAGE,
    catches="`+=` on a count that the provider repeats in every event, found in five projects",
    cases=(Case("cumulative", turns.USAGE_CUMULATIVE),),
)
async def snapshots_are_not_summed(stage: Stage) -> None:
    run, said = await stage.first_run(), stage.turn_usage
    got = reading.usage(run) or {}
    require(isinstance(got.get("total_tokens"), int), "usage in done", reading.usage(run))
    require(got["total_tokens"] <= said.total, f"at most {said.total} tokens", got["total_tokens"])


@check(
    "USG-04",
    "The last snapshot counts, not the first.",
    drive=Drive.SCRIPT,
    needs=USAGE,
    catches="the first snapshot kept: 2.7 times too few",
    cases=(Case("cumulative", turns.USAGE_CUMULATIVE),),
)
async def last_snapshot_counts(stage: Stage) -> None:
    run, said = await stage.first_run(), stage.turn_usage
    got = reading.usage(run) or {}
    require(isinstance(got.get("total_tokens"), int), "usage in done", reading.usage(run))
    require(got["total_tokens"] >= said.total, f"at least {said.total} tokens", got["total_tokens"])


@check(
    "USG-05",
    "Usage equals the provider's final numbers field by field, with the cached and reasoning parts.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=USAGE,
    catches="cached tokens lost, or counted a second time on top of the prompt",
    cases=(
        Case("plain", turns.USAGE_PLAIN),
        Case("detailed", turns.USAGE_DETAILED),
        Case("cache-written", turns.USAGE_WRITTEN),
        Case("heard", turns.USAGE_HEARD),
        RECORDED,
    ),
)
async def usage_is_the_providers_own(stage: Stage) -> None:
    if not stage.recorded:
        if (heard := stage.turn_usage.heard) and not stage.carried(heard):
            raise NotApplicable("the wire does not count sound")
        require_details(stage, await stage.first_run(), stage.turn_usage)
        return
    runs = await stage.watch()
    oracle = ORACLES.get(stage.subject.wire)
    said = [oracle(reply.body) if oracle else None for reply in stage.replies()]
    stage.reached(any(said), "a recording with token counts")
    for run, counted in zip(runs, said, strict=False):
        if counted is not None:
            require_details(stage, run, counted)


def require_details(stage: Stage, run: Run, said: Usage) -> None:
    require_usage(run, said)
    got = reading.usage(run)
    parts = {
        "cached_input_tokens": said.cached,
        "cache_creation_tokens": said.cache_creation,
        "reasoning_tokens": said.reasoning,
    }
    for name, count in parts.items():
        wanted = count if stage.recorded else stage.carried(count)
        require((got.get(name) or 0) == wanted, f"{name} {wanted}", got.get(name))
