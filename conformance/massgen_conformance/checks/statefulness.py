"""STA: what a caller passes in is the caller's."""

from __future__ import annotations

from massgen_conformance.check import RECORDED, Case, Drive, check, require
from massgen_conformance.scenarios import reasoning, text, tools
from massgen_conformance.stage import Stage


@check(
    "STA-01",
    "Messages, tools and options are the same after the call as before, all the way down.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.PROPERTY),
    catches="a shallow copy of the messages, whose inner lists are then rewritten for the provider",
    cases=(
        Case("text", text.TEXT),
        Case("tool", tools.PARALLEL),
        Case("reasoning", reasoning.THINKING_AND_CALL),
        RECORDED,
    ),
)
async def arguments_are_not_changed(stage: Stage) -> None:
    rounds = await stage.watch_arguments()
    stage.reached(rounds, "a call")
    for number, (before, after) in enumerate(rounds):
        for name, value in before.items():
            require(after[name] == value, f"{name} as they were: {value!r}", after[name], f"request {number}")
