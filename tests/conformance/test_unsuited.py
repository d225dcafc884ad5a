"""What cannot be asked on a wire is told with its reason, and is in the catalogue."""

from __future__ import annotations

import pytest

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.liars.process import honest
from massgen_conformance.runner import Runner
from massgen_conformance.speakers import SPEAKERS
from massgen_conformance.targets import subject
from massgen_conformance.unsuited import UNSUITED, reason_against


def test_every_entry_is_of_a_known_check_and_of_known_wires() -> None:
    assert UNSUITED.keys() <= CATALOGUE.keys()
    assert all(entry.wires <= SPEAKERS.keys() and entry.wires for entry in UNSUITED.values())


def test_a_wire_that_has_words_for_everything_is_asked_everything() -> None:
    assert [name for name in UNSUITED if reason_against(name, "openai_chat")] == []


@pytest.mark.parametrize(
    ("provider", "verdict"), [("codex", Verdict.NOT_APPLICABLE), ("claude_code", Verdict.PASS)], ids=["codex", "claude"]
)
async def test_a_check_may_concern_one_agent_and_not_another(provider: str, verdict: Verdict) -> None:
    with Runner([subject(provider, honest)], [CATALOGUE["CON-12"]]) as runner:
        result = await runner.run(runner.plan()[0])
    assert result.verdict is verdict
    assert result.message == reason_against("CON-12", provider)
