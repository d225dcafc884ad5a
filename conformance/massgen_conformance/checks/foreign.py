"""PRM, continued: what one provider takes and another does not is translated, left out, or refused with a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from massgen_conformance.check import Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.conversations import texts_of
from massgen_conformance.checks.options import asked_with, leaves, told_of
from massgen_conformance.scenario import JSON
from massgen_conformance.scenarios import histories, reasoning, tags, text, tools
from massgen_conformance.speakers.openai_chat_variant import Variant, variant_of
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run

SAMPLES: Mapping[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "frequency_penalty": 0.5,
    "function_call": "auto",
    "functions": [{"name": "get_time", "parameters": {"type": "object", "properties": {}}}],
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "max_completion_tokens": 3217,
    "modalities": ["text"],
    "moderation": {"model": "omni-moderation-latest"},
    "n": 2,
    "presence_penalty": 0.5,
    "prompt_cache_retention": "24h",
    "reasoning_effort": "low",
    "safety_identifier": "ann",
    "seed": 60917,
    "stop": ["STOP-5f1d"],
    "store": True,
    "stream_options": {"include_usage": True},
    "top_logprobs": 2,
    "user": "ann",
    "verbosity": "low",
    "web_search_options": {"search_context_size": "low"},
}
"""Parameters of Chat Completions that one provider or another does not take, each with a value that others take."""

TOGETHER: Mapping[str, Any] = {
    "include_reasoning": True,
    "reasoning_format": "parsed",
    "reasoning_effort": "low",
    "thinking": {"type": "enabled", "budget_tokens": 2048},
}
"""Parameters of which two exclude each other at some providers."""

CHOICES: Mapping[str, JSON] = {
    "named": {"type": "function", "function": {"name": "get_weather"}},
    "required": "required",
    "auto": "auto",
}


@check(
    "PRM-10",
    "A request holds nothing that its provider does not take: it is translated, left out, or refused with a word.",
    drive=Drive.SCRIPT,
    catches="a history of OpenAI's sent to another provider as it is: names, marks, empty fields, and a 400 for each",
    cases=(
        Case("history", histories.ELSEWHERE, value="history"),
        Case("blind", histories.ELSEWHERE, value="blind"),
        Case("parameters", text.TEXT, value="parameters"),
        Case("exclusive", text.TEXT, value="exclusive"),
        Case("choices", tools.ONE_CALL, value="choices", needs=frozenset({"tools"})),
    ),
)
async def nothing_foreign_is_sent(stage: Stage) -> None:
    if variant_of(stage.speaker) is None:
        raise NotApplicable("the provider has a wire of its own, whose table every request is held to")
    for options in offered(stage):
        run = await asked_with(stage, options)
        stage.performed = run
        if not run.wire.requests:
            names = ("message", "content", *options)
            require(told_of(run, *names), f"a request, or a word about {' and '.join(options)}", "neither")
            continue
        sent = stage.sent(run)
        if stage.scenario is histories.ELSEWHERE:
            arrived = texts_of(sent) + "".join(result.text for result in sent.results)
            lost = [said for said in histories.SAID_ELSEWHERE if said not in arrived]
            require(not lost, f"each of {histories.SAID_ELSEWHERE}", f"without {lost}")


def offered(stage: Stage) -> Iterator[Mapping[str, Any]]:
    """The options of each call of a case."""
    variant = variant_of(stage.speaker)
    if stage.case.value == "history":
        yield {}
    elif stage.case.value == "blind":
        if variant is None or not variant.blind:
            raise NotApplicable("nothing is known of a model that takes text as one string alone")
        yield {"model": variant.blind}
    elif stage.case.value == "choices":
        yield from ({"tool_choice": choice} for choice in CHOICES.values())
    else:
        found = list(_unwelcome(variant, stage.case.value)) if variant else []
        if not found:
            raise NotApplicable("nothing is known that this provider refuses")
        yield from found


def _unwelcome(variant: Variant, which: str) -> Iterator[Mapping[str, Any]]:
    if which == "exclusive":
        yield from ({name: TOGETHER[name] for name in group} for group in variant.exclusive)
        return
    names = variant.refused_fields | ({"reasoning_effort"} if variant.efforts else set())
    yield from ({name: SAMPLES[name]} for name in sorted(names) if name in SAMPLES)


@check(
    "PRM-11",
    "What a message of the caller's says of itself, in a field that the provider knows, arrives with it.",
    drive=Drive.SCRIPT,
    catches="the beginning of an answer sent as a whole one: the model begins anew instead of going on",
    cases=(Case("begun", histories.BEGUN),),
)
async def a_beginning_is_one(stage: Stage) -> None:
    variant = variant_of(stage.speaker)
    if variant is None or not variant.begun:
        raise NotApplicable("the provider has no field for it")
    asked = stage.scenario.messages
    begun = replace(stage.scenario, messages=(*asked[:-1], {**asked[-1], variant.begun: True}))
    run = await asked_with(Stage(stage.theatre, replace(stage.case, scenario=begun)))
    stage.performed = run
    if not run.wire.requests:
        require(told_of(run, "message", variant.begun), f"a request, or a word about {variant.begun}", "neither")
        return
    stage.sent(run)
    last = run.wire.requests[run.first_request].json()["messages"][-1]
    require(last.get(variant.begun) is True, f"{variant.begun}: true on the last message", last)


@check(
    "RSN-10",
    "Reasoning that led to a call is shown again to a provider that takes it back.",
    drive=Drive.SCRIPT,
    level=Level.SHOULD,
    needs=frozenset({"reasoning", "tools", "again"}),
    catches="a model that reads its own calls and results and has forgotten why it made them",
    cases=(
        Case("tool", reasoning.THINKING_AND_CALL),
        Case("tagged", tags.CALLED, needs=frozenset({"think_tags"}), value=tags.THOUGHT),
    ),
)
async def reasoning_is_shown_again(stage: Stage) -> None:
    runs = await stage.watch()
    stage.reached(len(runs) > 1, "the request after the call")
    told = [thought.text for thought in stage.sent(runs[1]).thinking]
    said = [thought.whole for thought in stage.turn.thinking]
    if tagged := stage.case.value:
        told, said = [each.strip() for each in told], [tagged]
    require(told == said, f"the reasoning {said} in the next request", told)
    require_kept(runs[1], stage)


def require_kept(run: Run, stage: Stage) -> None:
    """The fields without which the provider drops what it is shown."""
    variant = variant_of(stage.speaker)
    wanted = dict(leaves(dict(variant.again_with))) if variant else {}
    body = run.wire.requests[run.first_request].json()
    got = {name: value for name, value in leaves(body) if name in wanted}
    for name, value in wanted.items():
        require(isinstance(value, dict) or got.get(name) == value, f"{name} {value!r}, or it is dropped", got.get(name))
