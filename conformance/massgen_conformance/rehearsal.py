"""A script played again: the chunks that a subject makes of it, and the verdict of its check."""

from __future__ import annotations

from massgen_conformance import driver
from massgen_conformance.check import CATALOGUE
from massgen_conformance.plan import Plan
from massgen_conformance.player import Player
from massgen_conformance.report.values import ItemResult
from massgen_conformance.runner import Item, Runner, select
from massgen_conformance.script import Script
from massgen_conformance.subject import Subject
from massgen_conformance.trace import Run


async def rehearsal(script: Script, subject: Subject) -> tuple[list[Run], ItemResult]:
    """The runs of the script's conversation, none when the case has none, and what the check says of the case.

    Raises `UnknownCheck` for a check that the catalogue does not have.
    """
    select(ids=[script.check])
    runs = await _runs(script, subject)
    with Runner([subject], [CATALOGUE[script.check]], seed=script.seed) as runner:
        runner.plan()
        return runs, await runner.run(Item(CATALOGUE[script.check], subject, script.case))


async def _runs(script: Script, subject: Subject) -> list[Run]:
    case = script.case
    if case.scenario is None:
        return []
    bend = case.bend or driver.AS_IS
    with Player() as player:
        plan = Plan(tuple(bend(reply) for reply in case.spoken))
        return await driver.drive(subject, case.scenario, player=player, plan=plan, config={"max_retries": 0})
