"""RSN: what was thought stays apart from what was said, and comes back to the provider as it was signed."""

from __future__ import annotations

from itertools import pairwise

from massgen_conformance import reading
from massgen_conformance.check import RECORDED, Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.oracle import ORACLES
from massgen_conformance.checks.usage import require_details
from massgen_conformance.contract import field_of
from massgen_conformance.scenario import Scenario
from massgen_conformance.scenarios import reasoning, text
from massgen_conformance.stage import Stage

REASONING = frozenset({"reasoning"})


@check(
    "RSN-01",
    "Reasoning never appears in the content, and content never in the reasoning.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=REASONING,
    catches="thinking shown to the user as the answer",
    cases=(Case("reasoning", reasoning.THINKING), Case("reasoning-tool", reasoning.THINKING_AND_CALL), RECORDED),
)
async def reasoning_is_apart_from_content(stage: Stage) -> None:
    runs = await stage.watch()
    if stage.recorded:
        for run in runs:
            thought = reading.reasoning(run).strip()
            require(not thought or thought not in reading.text(run), "content without the reasoning", reading.text(run))
        return
    thought = "".join(block.whole for block in stage.turn.thinking)
    require(reading.text(runs[0]) == stage.turn.text, repr(stage.turn.text), reading.text(runs[0]))
    require(reading.reasoning(runs[0]) == thought, repr(thought), reading.reasoning(runs[0]))


@check(
    "RSN-04",
    "Signatures are joined from all their pieces, kept, and sent back verbatim with the block they sign.",
    drive=Drive.SCRIPT,
    needs=frozenset({"tools", "signatures"}),
    catches="a signature overwritten by its last piece, or dropped, so that the next request is refused",
    cases=(
        Case("signed", reasoning.SIGNED),
        Case("twice", reasoning.SIGNED_TWICE),
        Case("summary", reasoning.SIGNED_SUMMARY),
        Case("in-pieces", reasoning.SIGNED_IN_PIECES),
    ),
)
async def signatures_come_back(stage: Stage) -> None:
    await require_returned(stage)


async def require_returned(stage: Stage) -> None:
    """What was signed or withheld in the first answer is in the second request, with its text."""
    runs = await stage.watch()
    stage.reached(len(runs) > 1, "the request after the call")
    sent, said = stage.sent(runs[1]), stage.turn.thinking
    signed = [(block.signature or block.redacted, block.text) for block in sent.thinking]
    returned = [mark for mark, _ in signed if mark] + [call.signature for call in sent.calls if call.signature]
    wanted = [thought.signature or thought.redacted for thought in said]
    require(returned == wanted, f"the signatures {wanted} in the next request", returned)
    signs = {thought.signature or thought.redacted: thought.whole for thought in said}
    for mark, told in signed:
        require(not mark or told == signs[mark], f"the text that was signed, {signs.get(mark)!r}", told)


@check(
    "RSN-05",
    "A call's thought signature returns on the same part, and a parallel batch stays one content block.",
    drive=Drive.SCRIPT,
    needs=frozenset({"tools", "call_signatures"}),
    catches="`Function call is missing a thought_signature`, after the signature was dropped or moved",
    cases=(Case("parallel", reasoning.SIGNED_CALLS),),
)
async def call_signatures_come_back(stage: Stage) -> None:
    runs = await stage.watch()
    stage.reached(len(runs) > 1, "the request after the calls")
    sent = stage.sent(runs[1])
    said = [(call.name, call.signature) for call in stage.turn.calls]
    returned = [(call.name, call.signature) for call in sent.calls]
    require(returned == said, f"calls and signatures {said}", returned)
    batches = [len(message.calls) for message in sent.messages if message.calls]
    require(batches == [len(said)], f"one message with {len(said)} calls", f"messages with {batches}")


@check(
    "RSN-06",
    "Reasoning that is withheld comes back to the provider as it came: opaque, whole and in its place.",
    drive=Drive.SCRIPT,
    needs=frozenset({"reasoning", "tools", "signatures", "redacted"}),
    catches="a redacted block passed over as an unknown one, so that the next request is refused",
    cases=(Case("redacted", reasoning.REDACTED), Case("compacted", reasoning.COMPACTED)),
)
async def withheld_reasoning_comes_back(stage: Stage) -> None:
    await require_returned(stage)
    async for run in stage.each_run():
        opaque = stage.turn.thinking[0].redacted
        require(opaque not in reading.text(run) + reading.reasoning(run), "nothing opaque on show", reading.text(run))


@check(
    "RSN-07",
    "A summary comes as `reasoning_summary`, never as raw reasoning, and each summary has an index of its own.",
    drive=Drive.SCRIPT,
    needs=frozenset({"summaries"}),
    catches="two summaries run into one, or shown as if the model had thought these very words",
    cases=(Case("one", reasoning.SUMMARY), Case("two", reasoning.SUMMARIES)),
)
async def summaries_are_apart(stage: Stage) -> None:
    run = await stage.first_run()
    require(not run.of("reasoning", "reasoning_done"), "no raw reasoning", reading.outline(run))
    said = [thought.whole for thought in stage.turn.thinking]
    done = [field_of(chunk, "reasoning_summary_text") for chunk in run.of("reasoning_summary_done")]
    require(done == said, f"the summaries {said}", done)
    told = [kind for kind in reading.kinds(run) if kind.startswith("reasoning_summary")]
    ends = [before for before, kind in pairwise([*told, ""]) if before != kind and before.endswith("_done")]
    require(len(ends) == len(said), "the end of each summary before the next begins", reading.outline(run))
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.text(run))
    places = [
        (field_of(chunk, "item_id"), field_of(chunk, "summary_index")) for chunk in run.of("reasoning_summary_done")
    ]
    require(len(set(places)) == len(said), "an index for each summary", places)


@check(
    "RSN-08",
    "Reasoning tokens are counted, and not added again to the completion that holds them.",
    level=Level.SHOULD,
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    needs=REASONING | {"usage"},
    catches="a completion that is counted with its reasoning and has it added once more",
    cases=(Case("counted", reasoning.COUNTED), RECORDED),
)
async def reasoning_is_counted_once(stage: Stage) -> None:
    if not stage.recorded:
        require_details(stage, await stage.first_run(), stage.turn_usage)
        return
    oracle = ORACLES.get(stage.subject.wire)
    said = [oracle(reply.body) if oracle else None for reply in stage.replies()]
    for run, counted in zip(await stage.watch(), said, strict=False):
        if counted is not None and counted.reasoning:
            require_details(stage, run, counted)


@check(
    "RSN-09",
    "Signed reasoning of another provider in the history is not shown to this one; what was said stays.",
    drive=Drive.SCRIPT,
    catches="a conversation that moves to another provider, which refuses the first one's signature",
    cases=(Case("text", text.TEXT),),
)
async def foreign_reasoning_stays_away(stage: Stage) -> None:
    own = reading.message(await stage.first_run()) or {}
    if "reasoning" in stage.subject.abilities:
        own = {**own, **(reading.message(await stage.first_run(scenario=reasoning.THINKING)) or {})}
    foreign = {name: value for name, value in reasoning.FOREIGN.items() if name not in own}
    answer = {"role": "assistant", "content": reasoning.SAID_ELSEWHERE, **foreign}
    run = await stage.first_run(
        scenario=Scenario(
            "another-provider", text.TEXT.turns, (*text.TEXT.messages, answer, {"role": "user", "content": "Go on."})
        )
    )
    sent = stage.speaker.read(run.wire.requests[run.first_request])
    said = "\n".join(each.text for each in sent.messages)
    require(reasoning.SAID_ELSEWHERE in said, "what was said", sent.messages)
    whole = run.wire.requests[run.first_request].body
    shown = reasoning.FOREIGN_MARK.encode() in whole
    require(not shown, "no signed reasoning of another provider in the request", reasoning.FOREIGN_MARK)


@check(
    "RSN-11",
    "An answer that was cut off inside of a thought goes back without the thought, which is not signed.",
    drive=Drive.SCRIPT,
    needs=frozenset({"reasoning", "signatures"}),
    catches="a conversation that ends where the limit cut off a thought: every further request is refused",
    cases=(Case("length", reasoning.CUT_THOUGHT),),
)
async def cut_thoughts_stay_away(stage: Stage) -> None:
    run = await stage.first_run()
    stage.reached(run.of("content"), "output of the model")
    held = reading.message(run)
    if held is None:
        raise NotApplicable("the subject hands over no message that was cut off")
    history = (*stage.scenario.messages, held, {"role": "user", "content": "Go on."})
    sent = stage.sent(await stage.first_run(scenario=Scenario("cut-goes-on", text.TEXT.turns, history)))
    unsigned = [thought.text for thought in sent.thinking if not thought.signature]
    require(not unsigned, "no thought without a signature in the next request", unsigned)
    said = "\n".join(each.text for each in sent.messages)
    require(stage.turn.text in said, f"{stage.turn.text!r} in the next request", said)
