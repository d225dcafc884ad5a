"""REC, continued: whether the provider still answers in the form that was recorded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from massgen_conformance.cassette import replay
from massgen_conformance.cassette.outline import Outline, drift, outline
from massgen_conformance.cassette.store import Cassette, Store
from massgen_conformance.check import Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.recording import recorded
from massgen_conformance.plan import Reply
from massgen_conformance.scenarios import text
from massgen_conformance.speakers.base import UnspeakableTurn
from massgen_conformance.stage import Stage


@check(
    "REC-11",
    "What the provider answers has the form that was recorded: no event or field is gone, none has another type.",
    drive=Drive.LIVE,
    level=Level.SHOULD,
    catches="a field that the provider has renamed, while every test is green on last year's recordings",
    cases=(Case("made", text.TEXT), Case("recorded", recorded=True, live=True)),
)
async def the_provider_answers_as_recorded(stage: Stage) -> None:
    if stage.recording is not None:
        now = answers(stage.recording.cassette)
        kept = [each for each in stage.theatre.stored if each.piece.refused is None]
        if not any(each.piece.name == stage.recording.piece.name for each in kept):
            raise NotApplicable(f"there is no older recording of {stage.recording.piece.name} to compare with")
        before = [outline_of(answers(each.cassette)) for each in kept]
    else:
        with tempfile.TemporaryDirectory() as folder:
            cassette, _ = await recorded(stage, Store(Path(folder)))
        now, before = answers(cassette), [outline_of([stage.reply()])]
    lines = drift(before, outline_of(now), said_by_the_kit(stage))
    require(not lines, "an answer in the form of those that were recorded", "; ".join(lines))


def answers(cassette: Cassette) -> list[Reply]:
    return [reply for reply in replay.plan(cassette).replies if isinstance(reply, Reply)]


def outline_of(replies: list[Reply]) -> Outline:
    return outline(event for reply in replies for event in reply.events)


def said_by_the_kit(stage: Stage) -> Outline | None:
    """What the kit's speaker says in these turns, None where it cannot say them."""
    try:
        return outline(event for turn in stage.scenario.turns for event in stage.speaker.say(turn))
    except UnspeakableTurn:
        return None
