"""USG: what several answers add up to, what they cost, and what is said of counts that are not whole."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from massgen_conformance import reading
from massgen_conformance.bends import cut
from massgen_conformance.check import RECORDED, Case, Drive, Level, NotApplicable, check, generated, require
from massgen_conformance.checks.timing import content_events
from massgen_conformance.checks.usage import USAGE, require_usage
from massgen_conformance.contract import field_of
from massgen_conformance.plan import Ending
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import Scenario, Usage
from massgen_conformance.scenarios import tools, turns
from massgen_conformance.shapes import usage_problems
from massgen_conformance.stage import USAGE_NAMES, Stage, spoken
from massgen_conformance.trace import Received

CACHED = 8000
"""Tokens of a prompt that came from the provider's cache, of `WHOLE`."""

WHOLE = 10_000
CENT = 1e-9  # dollars: what floats lose
UNKNOWN_MODEL = "kit-model-that-nobody-prices"


def counts_of(backend: Any) -> tuple[int, int]:
    """Input and output tokens that a backend says it has used. `NotApplicable` when it does not say."""
    account = getattr(backend, "token_usage", None)
    counted = (field_of(account, "input_tokens"), field_of(account, "output_tokens"))
    if None in counted:
        raise NotApplicable("the subject keeps no account (token_usage with input_tokens and output_tokens)")
    return counted


@check(
    "USG-06",
    "The identities hold at their edges: total is prompt + completion, and no part exceeds its whole.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.PROPERTY),
    needs=USAGE,
    catches="a prompt without its cached tokens under one provider's convention, and with them under another's",
    cases=(*(Case(name, scenario) for name, scenario in turns.USAGE_EDGES.items()), RECORDED, generated("counts")),
)
async def identities_hold_at_the_edges(stage: Stage) -> None:
    async for run in stage.each_run():
        if stage.recorded and not stage.has_usage(run):
            continue
        got = reading.usage(run)
        problems = usage_problems(got)
        require(not problems, "counts that add up", "; ".join(problems))
        cached = (got.get("cached_input_tokens") or 0) + (got.get("cache_creation_tokens") or 0)
        whole = got["prompt_tokens"]
        require(cached <= whole, f"cached and written tokens of at most {whole}", cached)
        if not stage.recorded:
            require_usage(run, stage.turn_usage)


@check(
    "USG-07",
    "Each call's usage is its own: of its answer and of what failed before it, whatever was asked earlier.",
    drive=(Drive.SCRIPT, Drive.FAULT),
    needs=USAGE,
    catches="a running total in `done.usage`, which its reader adds up again",
    cases=(
        Case("retried", turns.USAGE_DETAILED, value=503),
        Case("conversation", tools.COUNTED),
        Case("cut-and-retried", turns.counted("usage-cut", Usage(prompt=3019, completion=43))),
    ),
)
async def usage_is_of_this_call(stage: Stage) -> None:
    if stage.case.name == "cut-and-retried":
        await _attempts_add(stage)
        return
    if stage.case.value:
        refused = stage.speaker.refuse(stage.case.value, "overloaded", "Try later.", (("retry-after", "0"),))
        run = await stage.first_run(replies=(refused, stage.reply()), max_retries=1)
        if reading.failed(run):
            raise NotApplicable("the subject does not retry")
        require_usage(run, stage.turn_usage)
        return
    runs = await stage.watch()
    stage.reached(len(runs) == len(stage.scenario.turns), "the second call")
    for run, turn in zip(runs, stage.scenario.turns, strict=True):
        stage.performed = run
        assert turn.usage is not None
        require_usage(run, turn.usage)


async def _attempts_add(stage: Stage) -> None:
    """What a provider counted before the stream broke off was paid for, and the second attempt as well."""
    inside = content_events(stage)[0] + 12  # half a line of the event with the first text: nothing was yielded
    cut = replace(stage.reply(), stop_at=inside, ending=Ending.RESET)
    run = await stage.first_run(replies=(cut, stage.reply()), max_retries=1)
    if reading.failed(run):
        raise NotApplicable("the subject does not retry a stream that broke off")
    said = stage.turn_usage.prompt
    attempts = 1 + (str(said).encode() in stage.reply().body[:inside])
    wanted, told = attempts * said, (reading.usage(run) or {}).get("prompt_tokens")
    require(told == wanted, f"prompt_tokens {wanted}, of {attempts} attempts that told theirs", told)


@check(
    "USG-08",
    "The backend's account grows by exactly what each call used, is empty after a reset, and is kept of a round too.",
    drive=(Drive.UNIT, Drive.SCRIPT),
    needs=USAGE,
    catches="a call that is counted by two layers, or by none",
    cases=(Case("detailed", turns.USAGE_DETAILED), Case("round", tools.COUNTED, value="round")),
)
async def the_account_grows_by_each_call(stage: Stage) -> None:
    if stage.case.value:
        await require_round(stage)
        return
    said = stage.turn_usage
    async with stage.perform(stage.reply(), stage.reply(), begin=False) as play:
        backend = play.backend
        before = counts_of(backend)
        for number, call in enumerate((play, play.another()), 1):
            call.begin()
            stage.performed = run = await call.finish()
            stage.reached(reading.usage(run), "a done with usage")
            grown = tuple(now - then for now, then in zip(counts_of(backend), before, strict=True))
            wanted = (said.prompt * number, said.completion * number)
            require(grown == wanted, f"an account of {wanted} after call {number}", grown)
        reset = getattr(backend, "reset_token_usage", None)
        if reset is not None:
            reset()
            require(counts_of(backend) == (0, 0), "an empty account after its reset", counts_of(backend))


async def require_round(stage: Stage) -> None:
    """What one call used between the beginning and the end of a round, as the base of MassGen's backends records it."""
    async with stage.perform(begin=False) as play:
        begin, end = (getattr(play.backend, f"{name}_round_tracking", None) for name in ("start", "end"))
        if begin is None or end is None:
            raise NotApplicable("the subject keeps no rounds (start_round_tracking and end_round_tracking)")
        begin(1, "initial_answer")
        play.begin()
        run = await play.finish()
        kept = end("answer")
    calls = [call for chunk in run.of("tool_calls") for call in field_of(chunk, "tool_calls")]
    stage.reached(calls and reading.usage(run), "a call of a tool, and usage in done")
    said = stage.turn_usage
    wanted, counted = (said.prompt, said.completion), field_of(kept, "tool_calls_count")
    told = (field_of(kept, "input_tokens"), field_of(kept, "output_tokens"))
    require(told == wanted, f"a round with tokens {wanted}", told)
    require(counted == len(calls), f"a round with {len(calls)} tool calls", counted)


def request_for(model: str) -> Received:
    """As much of a request as makes a speaker name this model in its answer."""
    body = json.dumps({"model": model, "stream_options": {"include_usage": True}})
    return Received("POST", f"/v1beta/models/{model}:streamGenerateContent?alt=sse", (), body.encode())


async def cost_of(stage: Stage, usage: Usage, **config: Any) -> Any:
    """What one answer with these counts costs, by the subject's own account."""
    asked = request_for(config.get("model") or stage.subject.model)
    reply = spoken(lambda: stage.speaker.reply(turns.counted("cost", usage).turns[0], request=asked))
    async with stage.perform(reply, begin=False, **config) as play:
        counts_of(play.backend)
        play.begin()
        run = await play.finish()
        stage.reached(sum(counts_of(play.backend)) and not reading.failed(run), "an answer in its account")
        account = play.backend.token_usage
        if not (isinstance(account, dict) and "estimated_cost" in account) and not hasattr(account, "estimated_cost"):
            raise NotApplicable("the subject's account has no estimated_cost")
        return field_of(account, "estimated_cost")


@check(
    "USG-09",
    "Cached tokens are paid once: less than the same tokens afresh, and no less than the rest of the prompt alone.",
    drive=(Drive.UNIT, Drive.PROPERTY, Drive.METAMORPHIC),
    needs=USAGE,
    catches="cached tokens charged on top of a prompt that holds them, or taken off it twice",
    cases=(Case("cached", turns.counted("cost-cached", Usage(WHOLE, 100, cached=CACHED))),),
)
async def cached_tokens_are_paid_once(stage: Stage) -> None:
    if not stage.carried(CACHED):
        raise NotApplicable("the wire does not tell of cached tokens")
    afresh, cached, rest = [
        await cost_of(stage, usage)
        for usage in (Usage(WHOLE, 100), Usage(WHOLE, 100, cached=CACHED), Usage(WHOLE - CACHED, 100))
    ]
    if not afresh:
        raise NotApplicable(f"the subject knows no price of {stage.subject.model}")
    require(
        rest - CENT <= cached <= afresh + CENT, f"a cost from {rest} (the rest alone) to {afresh} (all afresh)", cached
    )


@check(
    "USG-10",
    "A cost that the provider tells is the cost, zero too; of a model whose price nobody knows it is None, not zero.",
    drive=Drive.UNIT,
    needs=USAGE,
    catches="a budget that is never used up, because each call of a new model costs 0.00",
    cases=(
        Case("model", turns.USAGE_PLAIN),
        Case("told", turns.USAGE_PLAIN, needs=frozenset({"cost"}), value=(0.0, 0.0625)),
    ),
)
async def an_unknown_price_is_none(stage: Stage) -> None:
    for told in stage.case.value or ():
        cost = await cost_of(stage, replace(stage.turn_usage, cost=told))
        require(cost == told, f"a cost of {told}, as the provider told", cost)
    if stage.case.value:
        return
    profile = PROVIDERS.get(stage.subject.provider.partition("-")[0])
    if profile is not None and profile.key_optional:
        raise NotApplicable("a server of one's own charges nothing")
    if "cost" in stage.subject.abilities:
        raise NotApplicable("the provider tells the price itself")
    cost = await cost_of(stage, stage.turn_usage, model=UNKNOWN_MODEL)
    require(cost is None, "a cost of None", cost)


@check(
    "USG-11",
    "The usage of a stream that broke is what was known by then, marked partial.",
    drive=Drive.FAULT,
    needs=USAGE,
    catches="half of the counts taken for all of them, or tokens that were paid and appear nowhere",
    cases=tuple(
        Case(ending.value.replace("_", "-"), turns.USAGE_CUMULATIVE, cut(ending, 0.7), value=ending)
        for ending in (Ending.RESET, Ending.CLEAN_EOF)
    ),
)
async def broken_usage_is_partial(stage: Stage) -> None:
    run = await stage.first_run()
    stage.reached(reading.failed(run), "an error, then done with status error")
    body, sent = stage.reply().body, run.wire.sent[run.first_request]
    got, said = reading.usage(run), stage.turn_usage
    if any(name in body[:sent] for name in USAGE_NAMES):
        require(isinstance(got, dict), "the counts that had come", got)
    if isinstance(got, dict):
        require(got.get("partial") is True, "usage with partial: true", got)
        total = got.get("total_tokens") or 0
        require(got.get("estimated") or total <= said.total, f"at most {said.total} tokens", total)


@check(
    "USG-12",
    "Counts that the provider did not tell are absent, or labelled as an estimate.",
    level=Level.SHOULD,
    drive=Drive.UNIT,
    needs=USAGE,
    catches="a guess from the number of words, shown as the bill",
    cases=(
        Case("no-usage", Scenario("usage-none", (turns.UNCOUNTED,))),
        Case("no-prompt", turns.USAGE_PROMPT_UNCOUNTED),
    ),
)
async def a_guess_is_labelled(stage: Stage) -> None:
    run = await stage.first_run()
    stage.reached(run.of("done") and not reading.failed(run), "a whole answer")
    got = reading.usage(run)
    told = isinstance(got, dict) and bool(got.get("total_tokens"))
    require(not told or got.get("estimated") is True, "no usage, or usage with estimated: true", got)
