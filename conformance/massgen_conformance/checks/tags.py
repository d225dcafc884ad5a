"""RSN: reasoning that comes as tagged text is told from the answer, and text that is not tagged is not held up."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, NotTestable, check, require
from massgen_conformance.driver import ONE_BYTE, Cuts
from massgen_conformance.plan import Ending
from massgen_conformance.scenarios import tags
from massgen_conformance.stage import Stage


@check(
    "RSN-02",
    "Reasoning between tags at the beginning of the content is reasoning, wherever the stream is cut.",
    drive=(Drive.RECHUNKED, Drive.PROPERTY),
    needs=frozenset({"think_tags"}),
    catches="a tag that is only found when it comes in one piece, so that `<thi` and all that follows is the answer",
    cases=(
        *(Case(name, scenario) for name, scenario in tags.TAGGED.items()),
        Case("bytewise", tags.TAGGED["think"], ONE_BYTE),
        Case("random", tags.TAGGED["each-character"], Cuts(7)),
        Case("unclosed", tags.UNCLOSED, value="whole"),
        Case("broken", tags.UNCLOSED, value="broken"),
    ),
)
async def tagged_reasoning_is_reasoning(stage: Stage) -> None:
    if stage.case.value == "broken":
        said_all = behind(stage, "</thi")
        run = await stage.first_run(replies=(replace(stage.reply(), stop_at=said_all, ending=Ending.RESET),))
    else:
        run = await stage.first_run()
    thought, said = (f"{tags.THOUGHT} </thi", "") if stage.case.value else (tags.THOUGHT, tags.ANSWER)
    require(reading.reasoning(run).strip() == thought, f"the reasoning {thought!r}", reading.reasoning(run))
    require(reading.text(run).strip() == said, f"the text {said!r}", reading.text(run))
    held = (reading.message(run) or {}).get("content") or ""
    require(held.strip() == said, f"the text {said!r} in complete_message", held)


@check(
    "RSN-03",
    "Text that is not tagged is whole and comes in time, however much of it looks like the beginning of a tag.",
    drive=(Drive.RECHUNKED, Drive.PROPERTY),
    catches="everything behind a `<` held back until a tag is found, and lost when the answer ends before",
    cases=(
        *(Case(name, scenario, value="whole") for name, scenario in tags.LOOKS_LIKE.items()),
        Case("broken", tags.LOOKS_LIKE["in-text"], value="broken"),
    ),
)
async def untagged_text_is_not_held_up(stage: Stage) -> None:
    said = stage.reply()
    clear, last = behind(stage, tags.WAIT), behind(stage, tags.LAST)
    if stage.case.value == "broken":
        run = await stage.first_run(replies=(replace(said, stop_at=last, ending=Ending.RESET),))
    else:
        begun = stage.turn.text[: stage.turn.text.index(tags.WAIT) + len(tags.WAIT)]
        async with stage.perform(replace(said, gates=(clear,))) as play:
            stage.reached(await play.asked(), "a request")
            await play.becomes(lambda run: len(reading.text(run)) >= len(begun))
            seen = reading.text(play.run)
        require(seen == begun, f"{begun!r} while the rest is withheld", repr(seen))
        run = await stage.first_run()
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), repr(reading.text(run)))


def behind(stage: Stage, words: str) -> int:
    """The offset behind the first event with these words."""
    offset = 0
    for event in stage.reply().events:
        offset += len(event)
        if words.encode() in event:
            return offset
    raise NotTestable(f"{words!r} was not found in the stream of the player")
