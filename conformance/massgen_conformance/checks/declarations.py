"""TOL: what is offered to the model is what the caller offers, and what tools gave back is what the model gets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, Level, check, require
from massgen_conformance.checks.tools import TOOLS
from massgen_conformance.scenarios import declarations, text, tools
from massgen_conformance.schemas import accepts
from massgen_conformance.speakers.base import SentResult
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Run

FAILED = "No such city: Atlantis"
MEGABYTE = "21 \u00b0C, \u2028wind \U0001f32c ".ljust(32) * 32_768
CONTROLS = "".join(map(chr, (*range(0x20), 0x7F, 0x80, 0x9F, 0x2028, 0xFEFF, 0xFFFE)))
MEASURED: JSON = {"degrees": 21.5, "gusts": [True, False], "note": 'it\'s "mild"', "rain": None}


async def after_result(stage: Stage, content: JSON, **marks: Any) -> tuple[Run, SentResult]:
    """The call after the model's own, with this result: its run, and the result as it left the building."""
    first = await stage.first_run()
    answer = reading.message(first)
    stage.reached(answer and reading.calls(first), "a call of the model")
    result = {"role": "tool", "tool_call_id": reading.calls(first)[0]["id"], "content": content, **marks}
    scenario = stage.scenario
    told = replace(
        scenario,
        name=f"{scenario.name}-result-{stage.case.name}",
        turns=scenario.turns[1:],
        messages=(*scenario.messages, answer, result),
    )
    run = await stage.first_run(scenario=told)
    sent = stage.speaker.read(run.wire.requests[run.first_request]).results
    require(len(sent) == 1, "one result in the request", f"{len(sent)} of them")
    return run, sent[0]


@check(
    "TOL-14",
    "A tool's failure (`is_error` on its result) reaches the model as one, with its text, and the answer goes on.",
    drive=Drive.SCRIPT,
    needs=TOOLS,
    catches="a failure sent as an ordinary result, so that the model takes the message for the weather",
    cases=(Case("failed", tools.ONE_CALL),),
)
async def failures_of_tools_are_told(stage: Stage) -> None:
    run, sent = await after_result(stage, FAILED, is_error=True)
    stage.sent(run)  # a right request: the mark itself is no field of most wires
    require(FAILED in sent.text, f"the result {FAILED!r}", sent.text)
    marked = "error" in sent.text.lower() if sent.is_error is None else sent.is_error
    require(marked, "a result that is marked as an error, or says so in its text", f"{sent.text!r}, not marked")
    said = stage.scenario.turns[1].text
    require(reading.text(run) == said, f"the answer {said!r}", reading.course(run))


@check(
    "TOL-19",
    "What a tool gave back arrives whole: a megabyte, nothing, control characters, and JSON that is not a string.",
    level=Level.SHOULD,
    drive=(Drive.PROPERTY, Drive.SCRIPT),
    needs=TOOLS,
    catches="`str(result)`, which makes `{'rain': None}` of an object, and results cut off without a word",
    cases=(
        Case("megabyte", tools.ONE_CALL, value=MEGABYTE),
        Case("empty", tools.ONE_CALL, value=""),
        Case("controls", tools.ONE_CALL, value=CONTROLS),
        Case("object", tools.ONE_CALL, value=MEASURED),
    ),
)
async def results_are_whole(stage: Stage) -> None:
    told = stage.case.value
    _, sent = await after_result(stage, told)
    if isinstance(told, str):
        require(sent.text == told, f"the text that was given, {len(told)} characters", sent.text)
        return
    try:
        held = json.loads(sent.text)
    except ValueError:
        held = None
    wrapped = held == told or (isinstance(held, dict) and told in held.values())
    require(wrapped, f"JSON of {told!r}", sent.text)


@check(
    "TOL-20",
    "Without tools, as an empty list or as None, the request is a right one that declares none.",
    drive=(Drive.SCRIPT, Drive.UNIT),
    catches="`tools: []`, or a tool choice without tools, which providers refuse",
    cases=(Case("empty", text.TEXT, value=[]), Case("none", text.TEXT, value=None)),
)
async def no_tools_is_no_declaration(stage: Stage) -> None:
    async with stage.perform(begin=False) as play:
        offering = play.another(tools=stage.case.value)
        offering.begin()
        run = await offering.finish()
    stage.performed = run
    require(run.raised is None, "an answer", f"the generator raised {run.raised!r}")
    stage.reached(run.wire.requests, "a request")
    stage.sent(run)
    body = run.wire.requests[0].json()
    declared = [name for name in ("tools", "functions", "tool_choice", "toolConfig") if name in body]
    require(not declared, "a request without tools", ", ".join(f"{name}: {body[name]!r}" for name in declared))


@check(
    "TOL-21",
    "A tool's JSON Schema reaches the model with its meaning: what is sent accepts and refuses the same arguments.",
    drive=(Drive.PROPERTY, Drive.SCRIPT),
    needs=TOOLS,
    catches="`$ref` and `anyOf` lost in a conversion, `enum` without its empty word, a type list cut to its first",
    cases=tuple(Case(declared.name, declared.scenario, value=declared) for declared in declarations.SCHEMAS),
)
async def schemas_keep_their_meaning(stage: Stage) -> None:
    declared: declarations.Declared = stage.case.value
    run = await stage.first_run()
    offered = stage.speaker.read(run.wire.requests[run.first_request]).tools
    require([tool.name for tool in offered] == ["look_up"], "the tool look_up", [tool.name for tool in offered])
    schema = offered[0].parameters
    for wanted, table in ((True, declared.accepted), (False, declared.refused)):
        for arguments in table:
            try:
                verdict = accepts(schema, arguments)
            except ValueError as lost:
                require(False, f"a schema for {arguments!r}", f"{lost}: {schema!r}")
            require(verdict is wanted, f"a schema that {'accepts' if wanted else 'refuses'} {arguments!r}", schema)
    kept = declarations.DESCRIBED in json.dumps(schema) or declared.name != "references"
    require(kept, f"the description {declarations.DESCRIBED!r}", schema)
