"""Faults in the counting of tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.account import Account
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.honest.anthropic import AnthropicWire
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.liar import liar


class _CountsNothing(Answer):
    def count(self, prompt: int, completion: int, **details: int) -> None:
        return


@liar(
    "USG-01",
    "USG-02",
    "USG-03",
    "USG-04",
    "USG-05",
    "USG-06",
    "USG-07",
    "USG-08",
    "USG-10",
    "USG-11",
    "RSN-08",
    "ISO-03",
    fault="usage is never read",
)
class CountsNothing(Honest):
    answer = _CountsNothing


class _StopsAtFinish(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        yield from super().read(data)
        self.answer.ended = self.answer.ended or self.answer.finish is not None


@liar(
    "USG-01",
    "USG-02",
    "USG-05",
    "USG-06",
    "USG-07",
    "USG-08",
    "USG-10",
    "RSN-08",
    "ERR-09",
    "ISO-03",
    fault="nothing is read after the finish reason",
)
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


@liar("USG-05", "RSN-08", fault="cached and reasoning tokens are lost", provider="groq")
class LosesDetails(Honest):
    answer = _Plain


class _PromptWithoutCache(AnthropicWire):
    def count(self, usage: JSON) -> None:
        super().count(usage)
        counted = dict(self.answer.usage or {})
        prompt = self.counted.get("input_tokens", 0)
        if counted:
            self.answer.usage = {
                **counted,
                "prompt_tokens": prompt,
                "total_tokens": prompt + counted["completion_tokens"],
            }


@liar(
    "USG-01",
    "USG-04",
    "USG-05",
    "USG-06",
    "USG-07",
    "USG-08",
    fault="cached tokens are no part of the prompt",
    provider="claude",
)
class PromptWithoutCache(Honest):
    wires = {**Honest.wires, "claude": _PromptWithoutCache}  # noqa: RUF012  # never changed


@liar("ISO-03", "RES-06", "STA-04", "USG-07", fault="done.usage is the total of all calls")
class RunningTotal(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        chunks = super().terminal(answer)
        spent = self.token_usage
        prompt, completion = spent.input_tokens, spent.output_tokens
        if answer.usage is not None:
            answer.usage |= {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            }
        return chunks


class _TwiceAdded(Account):
    def add(self, model: str, usage: Mapping[str, int], told: float | None = None) -> None:
        super().add(model, usage, told)
        super().add(model, usage, told)


@liar("USG-08", fault="two layers add to the account")
class CountsTwice(Honest):
    account = _TwiceAdded


@liar("USG-08", fault="the record of a round counts its tokens, and none of its calls")
class RoundWithoutCalls(Honest):
    def start_round_tracking(self, number: int, kind: str) -> None:
        self.before = (self.token_usage.input_tokens, self.token_usage.output_tokens)

    def end_round_tracking(self, outcome: str) -> dict[str, int]:
        spent = (self.token_usage.input_tokens, self.token_usage.output_tokens)
        prompt, completion = (now - then for now, then in zip(spent, self.before, strict=True))
        return {"input_tokens": prompt, "output_tokens": completion, "tool_calls_count": 0}


class _CacheOnTop(Account):
    def price(self, model: str, prompt: int, cached: int, completion: int) -> float | None:
        return super().price(model, prompt + 2 * cached, cached, completion)


@liar("USG-09", fault="cached tokens are charged on top of the prompt", provider="groq")
class CacheOnTop(Honest):
    account = _CacheOnTop


class _FreeIfUnknown(Account):
    def price(self, model: str, prompt: int, cached: int, completion: int) -> float | None:
        return super().price(model, prompt, cached, completion) or 0.0


@liar("USG-10", fault="a model without a price costs nothing")
class UnknownIsFree(Honest):
    account = _FreeIfUnknown


class _ZeroIsUntold(Account):
    def add(self, model: str, usage: Mapping[str, int], told: float | None = None) -> None:
        super().add(model, usage, told or None)


@liar(
    "RSN-04",
    "RSN-06",
    "RSN-07",
    "USG-10",
    fault="a cost of zero is taken for one that was not told, and OpenRouter's details are not kept",
    provider="openrouter",
)
class ZeroIsUntold(Honest):
    account = _ZeroIsUntold


@liar("USG-11", fault="the counts of a broken stream look like all of them")
class PartialIsWhole(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        chunks = super().terminal(answer)
        if answer.failure is not None:
            vars(chunks[-1])["usage"] = answer.usage
        return chunks


@liar("USG-12", fault="missing counts are guessed and not labelled")
class GuessesUsage(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        if answer.usage is None and answer.failure is None:
            answer.count(7, sum(map(len, answer.text)) // 4)
        return super().terminal(answer)


class _ThoughtOnTop(Answer):
    def count(self, prompt: int, completion: int, **details: int) -> None:
        super().count(prompt, completion + details.get("reasoning_tokens", 0), **details)


@liar(
    "USG-02",
    "USG-03",
    "USG-05",
    "USG-07",
    "USG-08",
    "USG-11",
    "RSN-08",
    fault="reasoning tokens are added to the completion that holds them",
    provider="groq",
)
class ThoughtOnTop(Honest):
    answer = _ThoughtOnTop


@liar("USG-07", fault="only the last of several attempts is counted", provider="claude")
class ForgetsAttempts(Honest):
    def spent(self, answer: Answer) -> Counter[str]:
        return Counter()
