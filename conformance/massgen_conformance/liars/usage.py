"""Faults in the counting of tokens."""

from __future__ import annotations

from collections.abc import Iterator

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.liar import liar


class _CountsNothing(Answer):
    def count(self, prompt: int, completion: int, **details: int) -> None:
        return


@liar("ISO-03", "USG-01", "USG-02", "USG-03", "USG-04", "USG-05", fault="usage is never read")
class CountsNothing(Honest):
    answer = _CountsNothing


class _StopsAtFinish(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        yield from super().read(data)
        self.answer.ended = self.answer.ended or self.answer.finish is not None


@liar("ERR-09", "ISO-03", "USG-01", "USG-02", "USG-05", fault="nothing is read after the finish reason")
class StopsAtFinish(Honest):
    chat = _StopsAtFinish


class _Sums(Answer):
    def count(self, prompt: int, completion: int, **details: int) -> None:
        before = self.usage or {}
        earlier = {name: before.get(name, 0) for name in details}
        super().count(
            before.get("prompt_tokens", 0) + prompt,
            before.get("completion_tokens", 0) + completion,
            **{name: number + earlier[name] for name, number in details.items()},
        )


@liar("USG-03", fault="snapshots of the counts are added up")
class SumsSnapshots(Honest):
    answer = _Sums


class _First(Answer):
    def count(self, prompt: int, completion: int, **details: int) -> None:
        if self.usage is None:
            super().count(prompt, completion, **details)


@liar("USG-04", fault="the first snapshot of the counts is kept")
class FirstSnapshot(Honest):
    answer = _First


class _Plain(Answer):
    def count(self, prompt: int, completion: int, **details: int) -> None:
        super().count(prompt, completion)


@liar("USG-05", fault="cached and reasoning tokens are lost", provider="groq")
class LosesDetails(Honest):
    answer = _Plain
