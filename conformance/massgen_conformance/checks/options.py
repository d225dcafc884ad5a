"""PRM: a parameter that the user set is in the request, under the provider's name, or its absence is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, NotApplicable, check, require
from massgen_conformance.contract import field_of
from massgen_conformance.scenarios import text, tools
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Run

NAMES: Mapping[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "top_p": ("top_p", "topP"),
    "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "num_predict"),
    "stop": ("stop", "stop_sequences", "stopSequences"),
    "seed": ("seed", "random_seed"),
    "presence_penalty": ("presence_penalty", "presencePenalty"),
    "top_k": ("top_k", "topK"),
}
"""A parameter under the common name, and what the providers call it. From their API references."""

VALUES: Mapping[str, Any] = {
    "temperature": 0.375,
    "top_p": 0.625,
    "max_tokens": 3217,
    "stop": ["STOP-5f1d"],
    "seed": 60917,
    "presence_penalty": 0.125,
    "top_k": 37,
}
EVERYWHERE = ("temperature", "top_p", "max_tokens")
ELSEWHERE = ("stop", "seed", "presence_penalty", "top_k")
"""Parameters that one provider or another does not have."""

NO_EFFORT = {"reasoning_effort": "none"}  # a reasoning model of OpenAI takes sampling parameters only then
SCHEMA: JSON = {
    "type": "object",
    "properties": {"verdict_5f1d": {"type": "string"}},
    "required": ["verdict_5f1d"],
    "additionalProperties": False,
}
FORMAT: JSON = {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": SCHEMA}}
UNKNOWN, MARK = "kit_option_of_tomorrow", "sentinel-of-tomorrow-5f1d"


def leaves(value: JSON, key: str = "") -> Iterator[tuple[str, JSON]]:
    """Every field of a body with its own name; a list is a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from leaves(inner, name)


def field_sent(run: Run, parameter: str) -> tuple[JSON, ...]:
    """The values under the names that the providers have for a parameter."""
    body = run.wire.requests[run.first_request].json()
    return tuple(value for name, value in leaves(body) if name in NAMES[parameter])


def told_of(run: Run, *names: str) -> str:
    """What the caller was told that names one of these parameters; empty when nothing."""
    spoken = [str(field_of(chunk, "error")) for chunk in run.of("error")]
    spoken += [f"{field_of(chunk, 'detail')} {field_of(chunk, 'status')}" for chunk in run.of("backend_status")]
    spoken += [str(run.raised)] if run.raised is not None else []
    return next((each for each in spoken if any(name in each for name in names)), "")


async def asked_with(stage: Stage, options: Mapping[str, Any] | None = None, **config: Any) -> Run:
    """The run of a call with these options, also when it asked nobody. What the factory raises is in the run."""
    said = stage.reply()
    async with stage.perform(said, begin=False, **config) as play:
        play.options = dict(options or {})
        play.begin()
        return await play.finish()


async def sampled(stage: Stage, options: Mapping[str, Any] | None = None, **config: Any) -> Run:
    """`asked_with`, and once more without reasoning where the model takes the parameters only then."""
    run = await asked_with(stage, options, **config)
    names = [*(options or {}), *config]
    if run.wire.requests or not told_of(run, *names, "sampling"):
        return run
    again = await asked_with(stage, {**NO_EFFORT, **(options or {})}, **config)
    return again if again.wire.requests else run


@check(
    "PRM-01",
    "A parameter that the user sets is in the request under the provider's name, with its value.",
    drive=(Drive.PROPERTY, Drive.SCRIPT),
    catches="a limit of tokens that never reaches the provider, so that its default cuts the answer",
    cases=tuple(
        Case(f"{name.replace('_', '-')}-of-{place}", text.TEXT, value=(name, place))
        for name in EVERYWHERE
        for place in ("call", "config")
    ),
)
async def parameters_arrive(stage: Stage) -> None:
    name, place = stage.case.value
    given = {name: VALUES[name]}
    run = await (sampled(stage, given) if place == "call" else sampled(stage, **given))
    refused_unless_asked(run, name)
    sent = field_sent(run, name)
    require(VALUES[name] in sent, f"{name} {VALUES[name]} as {' or '.join(NAMES[name])}", sent)


def refused_unless_asked(run: Run, *names: str) -> None:
    """`NotApplicable` when the subject says that its provider has no such parameter."""
    if not run.wire.requests:
        why = told_of(run, *names)
        require(why, f"a request, or a word about {' and '.join(names)}", reading.course(run))
        raise NotApplicable(f"the subject refuses it: {why}")


@check(
    "PRM-03",
    "The limit of tokens has one name in a request: the one that the provider takes.",
    drive=Drive.SCRIPT,
    catches="`max_tokens` sent to a model that takes `max_completion_tokens` only, which refuses every request",
    cases=(Case("text", text.TEXT), Case("tool", tools.ONE_CALL)),
)
async def the_limit_has_one_name(stage: Stage) -> None:
    run = await asked_with(stage, {"max_tokens": VALUES["max_tokens"]})
    refused_unless_asked(run, "max_tokens")
    sent = field_sent(run, "max_tokens")
    require(sent == (VALUES["max_tokens"],), f"one limit, {VALUES['max_tokens']}", sent)
    stage.sent(run)  # what the provider would refuse


@check(
    "PRM-04",
    "A parameter that is not sent is refused or told of: none disappears in silence.",
    drive=Drive.SCRIPT,
    catches="a seed that is dropped without a word, and results that cannot be repeated",
    cases=tuple(Case(name.replace("_", "-"), text.TEXT, value=name) for name in ELSEWHERE),
)
async def nothing_disappears(stage: Stage) -> None:
    name = stage.case.value
    run = await asked_with(stage, {name: VALUES[name]})
    if run.wire.requests and field_sent(run, name):
        return
    told = told_of(run, name, *NAMES[name])
    require(told, f"{name} in the request, or a word about it", reading.course(run))


@check(
    "PRM-05",
    "A call's parameter wins over the configuration's, and 0 is a value.",
    drive=Drive.PROPERTY,
    catches="`value or default`: a temperature of 0 becomes the default, and results differ from run to run",
    cases=(
        Case("call-wins", text.TEXT, value=({"temperature": 0.375}, {"temperature": 0.75}, 0.375)),
        Case("zero-of-call", text.TEXT, value=({"temperature": 0}, {"temperature": 0.75}, 0)),
        Case("zero-of-config", text.TEXT, value=({}, {"temperature": 0}, 0)),
    ),
)
async def the_call_wins(stage: Stage) -> None:
    options, config, wanted = stage.case.value
    run = await sampled(stage, options, **config)
    refused_unless_asked(run, "temperature", "sampling")
    sent = field_sent(run, "temperature")
    require(sent == (wanted,), f"a temperature of {wanted}", sent)


@check(
    "PRM-06",
    "None means not sent.",
    drive=Drive.PROPERTY,
    catches='`"temperature": null`, which a provider refuses',
    cases=(Case("call", text.TEXT, value=True), Case("config", text.TEXT, value=False)),
)
async def none_is_not_sent(stage: Stage) -> None:
    nothing = dict.fromkeys((*EVERYWHERE, *ELSEWHERE))
    run = await (asked_with(stage, nothing) if stage.case.value else asked_with(stage, **nothing))
    stage.reached(run.wire.requests, "a request")
    body = run.wire.requests[run.first_request].json()
    known = {name for names in NAMES.values() for name in names}
    nulls = sorted(name for name, value in leaves(body) if value is None and name in known)
    require(not nulls, "no parameter that is null", ", ".join(nulls))


@check(
    "PRM-07",
    "A format of the answer reaches the provider with its schema, beside the tools; plain text adds no tools.",
    drive=Drive.SCRIPT,
    catches="`response_format` dropped when tools are offered, or a made-up tool for it that the model must call",
    cases=(
        Case("schema", text.TEXT, value=FORMAT),
        Case("schema-and-tools", tools.ONE_CALL, value=FORMAT),
        Case("text", text.TEXT, value={"type": "text"}),
    ),
)
async def the_format_arrives(stage: Stage) -> None:
    run = await asked_with(stage, {"response_format": stage.case.value})
    refused_unless_asked(run, "response_format")
    request = stage.sent(run)
    offered = [tool["function"]["name"] for tool in stage.scenario.tools]
    require([tool.name for tool in request.tools] == offered, f"the tools {offered}", request.tools)
    if stage.case.value is FORMAT:
        body = run.wire.requests[run.first_request].json()
        schemas = [value for name, value in leaves(body) if name == "properties" and "verdict_5f1d" in value]
        require(len(schemas) == 1, "the schema, once", f"{len(schemas)} times in {json.dumps(body)[:300]}")


@check(
    "PRM-08",
    "An option that nobody knows is sent or refused: the same with tools and without, never dropped in silence.",
    drive=Drive.METAMORPHIC,
    catches="two code paths, of which one passes an option on and the other forgets it",
    cases=(Case("with-and-without-tools", text.TEXT),),
)
async def the_unknown_is_treated_alike(stage: Stage) -> None:
    ends = []
    for scenario in (text.TEXT, tools.ONE_CALL):
        with_tools = Stage(stage.theatre, replace(stage.case, scenario=scenario))
        run = await asked_with(with_tools, {UNKNOWN: MARK})
        stage.performed = run
        sent = bool(run.wire.requests) and MARK.encode() in run.wire.requests[run.first_request].body
        require(sent or told_of(run, UNKNOWN), "the option in the request, or a word about it", reading.course(run))
        ends.append("sent" if sent else "refused")
    require(ends[0] == ends[1], f"the same with tools as without, {ends[0]}", ends[1])


@check(
    "PRM-09",
    "The base URL is kept whole: a proxy's path in front, with and without a slash at its end.",
    drive=Drive.RECHUNKED,
    catches="`urljoin`, which cuts the last segment off, and requests with two slashes, which a proxy does not know",
    cases=(Case("proxy-path", text.TEXT, value=""), Case("slash-at-end", text.TEXT, value="/")),
)
async def the_base_url_is_kept(stage: Stage) -> None:
    run = await asked_with(stage)
    stage.reached(run.wire.requests, "a request")
    usual = run.wire.requests[run.first_request].target
    moved = replace(stage.subject, base_path=f"/proxy/of/mine{stage.subject.base_path}{stage.case.value}")
    elsewhere = Stage(replace(stage.theatre, subject=moved), stage.case)
    run = await asked_with(elsewhere)
    stage.performed = run
    asked = [request.target for request in run.wire.requests]
    require(asked == [f"/proxy/of/mine{usual}"], f"/proxy/of/mine{usual}", asked)
