"""RSN: what was thought stays apart from what was said, and comes back to the provider as it was signed."""

from __future__ import annotations

from massgen_conformance import reading
from massgen_conformance.check import RECORDED, Case, Drive, check, require
from massgen_conformance.scenarios import reasoning
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
    needs=frozenset({"reasoning", "tools", "signatures"}),
    catches="a signature overwritten by its last piece, or dropped, so that the next request is refused",
    cases=(
        Case("signed", reasoning.SIGNED),
        Case("in-pieces", reasoning.SIGNED_IN_PIECES),
        Case("redacted", reasoning.REDACTED),
    ),
)
async def signatures_come_back(stage: Stage) -> None:
    runs = await stage.watch()
    stage.reached(len(runs) > 1, "the request after the call")
    sent, said = stage.sent(runs[1]), stage.turn.thinking
    signed = [(block.signature or block.redacted, block.text) for block in sent.thinking]
    returned = [mark for mark, _ in signed if mark] + [call.signature for call in sent.calls if call.signature]
    wanted = [thought.signature or thought.redacted for thought in said]
    require(returned == wanted, f"the signatures {wanted} in the next request", returned)
    whole = "".join(thought.whole for thought in said)
    for mark, told in signed:
        require(not mark or told == whole, f"the text that was signed, {whole!r}", told)


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
