"""CON, continued: one answer, in whichever form of its wire it is said."""

from __future__ import annotations

import json

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, NotApplicable, check, require
from massgen_conformance.driver import AT_ONCE
from massgen_conformance.scenario import Scenario
from massgen_conformance.scenarios import forms
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Run

WHOLE = ("tool_calls", "complete_message")


@check(
    "CON-15",
    "An answer in another form of its wire is the same answer: whole, without ends or places, its end told twice.",
    drive=(Drive.SCRIPT, Drive.METAMORPHIC),
    catches="a client that waits for deltas where a server sends the whole, and shows an empty answer",
    cases=tuple(
        Case(quirk.replace("_", "-"), bend=AT_ONCE if quirk == "end_twice" else None, value=quirk)
        for quirk in forms.QUIRKS
    ),
)
async def forms_say_the_same(stage: Stage) -> None:
    quirk = stage.case.value
    if quirk not in stage.speaker.quirks:
        raise NotApplicable(f"the wire has no {quirk}")
    answers = [each for each in forms.QUIRKS[quirk] if each.needs <= stage.subject.abilities]
    if not answers:
        raise NotApplicable(f"{stage.subject.provider} offers nothing that comes in this form")
    lacks = [lack for answer in answers if (lack := await unlike(stage, answer, quirk))]
    if len(lacks) == len(answers):
        raise NotApplicable(lacks[0])


async def unlike(stage: Stage, answer: Scenario, quirk: str) -> str:
    """Hold both forms against each other; what the wire lacks to say the answer at all."""
    try:
        plain = await stage.watch(scenario=answer)
        run, *later = await stage.watch(scenario=forms.in_form(quirk, answer))
    except NotApplicable as lack:
        return str(lack)
    stage.reached(reading.message(plain[0]), "a whole answer")
    stage.performed = run
    difference = reading.first_difference(told(plain[0]), told(run))
    require(not difference, "the chunks of the plain form", difference, answer.name)
    for before, after in zip(plain[1:], later, strict=True):
        wanted, shown = sent_again(stage, before), sent_again(stage, after)
        require(shown == wanted, f"{wanted} in the next request", shown, answer.name)
    return ""


def told(run: Run) -> list[tuple[str, str]]:
    """What was said, without what the provider keeps in the message for itself."""
    return [(kind, said(json.loads(value)) if kind in WHOLE else value) for kind, value in reading.transcript(run)]


def said(whole: JSON) -> str:
    """The calls, or the text and the calls of a message: arguments by their value, for a wire may send an object."""
    calls = whole if isinstance(whole, list) else whole.get("tool_calls") or []
    made = [[call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])] for call in calls]
    return json.dumps(made if whole is calls else [whole.get("content") or "", made], ensure_ascii=False)


def sent_again(stage: Stage, run: Run) -> list[tuple[str, str]]:
    """Texts and calls of the assistant, as they were shown to the provider."""
    messages = stage.sent(run).messages
    texts = [("", message.text) for message in messages if message.role == "assistant" and message.text]
    return texts + [(call.name, str(json.loads(call.arguments))) for message in messages for call in message.calls]
