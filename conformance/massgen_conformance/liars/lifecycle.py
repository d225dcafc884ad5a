"""Faults in which chunks there are, in which order, and how a stream ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.liar import liar


@liar("LIF-01", "LIF-02", "LIF-03", "LIF-14", "SEC-06", fault="done is yielded by two layers")
class TwiceDone(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        chunks = super().terminal(answer)
        return [*chunks, chunks[-1]]


@liar(
    "CON-09",
    "ERR-01",
    "ERR-02",
    "ERR-03",
    "ERR-04",
    "ERR-05",
    "ERR-08",
    "ERR-09",
    "ERR-10",
    "ERR-16",
    "LIF-01",
    "LIF-02",
    "LIF-10",
    "SEC-04",
    "TIM-04",
    "TOL-10",
    "USG-11",
    "ERR-18",
    "ERR-19",
    fault="an error ends the stream without done",
)
class ErrorWithoutDone(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        return [chunk for chunk in super().terminal(answer) if not (answer.failure and chunk.type == "done")]


@liar("LIF-02", fault="a failure is told by two error chunks")
class ErrorTwice(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        chunks = super().terminal(answer)
        return [chunks[0], *chunks] if answer.failure else chunks


@liar("LIF-01", "LIF-02", "LIF-03", "LIF-13", "LIF-14", fault="a status follows done")
class StatusAfterDone(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        return [*super().terminal(answer), Chunk("backend_status", status="closed")]


@liar("LIF-04", "LIF-14", fault="a chunk of a type that is not in the vocabulary")
class OwnVocabulary(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        return [Chunk("heartbeat"), *super().terminal(answer)]


class _ThoughtInContent(Answer):
    def think(self, delta: str) -> Iterator[Chunk]:
        for chunk in super().think(delta):
            vars(chunk)["content"] = delta
            yield chunk


@liar("LIF-05", "LIF-08", "LIF-14", fault="the reasoning delta is also put into the content field")
class ForeignField(Honest):
    answer = _ThoughtInContent


class _MessageFirst(Answer):
    def close(self) -> Iterator[Chunk]:
        yield from sorted(super().close(), key=lambda chunk: chunk.type == "tool_calls")


@liar("LIF-03", "LIF-06", "LIF-14", fault="complete_message comes before the calls")
class MessageBeforeCalls(Honest):
    answer = _MessageFirst


class _TellsTwice(Answer):
    def close(self) -> Iterator[Chunk]:
        yield from super().close()
        if self.failure is None:
            yield Chunk("backend_status", status="finished")
            yield Chunk("complete_message", complete_message=self.message())


@liar("LIF-06", fault="complete_message is yielded by two layers")
class MessageTwice(Honest):
    answer = _TellsTwice


class _Progress(Answer):
    def say(self, delta: str) -> Iterator[Chunk]:
        for chunk in super().say(delta):
            yield chunk
            yield Chunk("backend_status", status="streaming", detail=delta)


@liar("LIF-13", fault="each piece of the text is repeated as progress")
class TextInStatus(Honest):
    answer = _Progress


@liar("LIF-10", fault="a stream that was cut off is called a server's error")
class IncompleteIsServer(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        if answer.failure is not None and answer.failure.kind == "incomplete":
            answer.failure.kind = "server"
        return super().terminal(answer)


class _StrippedMessage(Answer):
    def message(self) -> JSON:
        held = super().message()
        return {**held, "content": held["content"].strip()}


@liar("LIF-07", "CON-10", fault="the text of complete_message is stripped")
class StrippedHistory(Honest):
    answer = _StrippedMessage


class _OpenThought(Answer):
    def end_thought(self) -> Iterator[Chunk]:
        list(super().end_thought())
        yield from ()


@liar("LIF-08", fault="a block of reasoning is never closed")
class OpenReasoning(Honest):
    answer = _OpenThought


class _EmptyIsWrong(Answer):
    def close(self) -> Iterator[Chunk]:
        if not self.text and not self.calls:
            self.failure = Failure("malformed", "the model said nothing")
            return
        yield from super().close()


@liar("ERR-15", "LIF-07", "LIF-09", fault="an empty answer is reported as an error")
class EmptyIsError(Honest):
    answer = _EmptyIsWrong


class _AlwaysStop(ChatWire):
    def status(self, finish: str) -> str:
        return "stop"


@liar("ERR-15", "LIF-11", fault="every finish reason but tool calls becomes stop")
class AlwaysStop(Honest):
    chat = _AlwaysStop


@liar("ERR-12", "LIF-14", "RES-08", "STA-04", fault="a generator that is closed yields once more")
class IgnoresClose(Honest):
    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        stream = super().stream_with_tools(messages, tools, **options)
        try:
            async for chunk in stream:
                yield chunk
        except GeneratorExit:
            await stream.aclose()
            yield Chunk("backend_status", status="closing")


class _TwoLoops(Honest):
    """With tools, another loop; `other` are the chunks that it yields."""

    def other(self, chunks: list[Chunk]) -> list[Chunk]:
        return chunks

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        async with aclosing(super().stream_with_tools(messages, tools, **options)) as stream:
            async for chunk in stream:
                for each in self.other([chunk]) if tools else [chunk]:
                    yield each


@liar("LIF-12", fault="with tools, a text is yielded character by character")
class OtherGrain(_TwoLoops):
    def other(self, chunks: list[Chunk]) -> list[Chunk]:
        return [
            each
            for chunk in chunks
            for each in (
                [Chunk("content", content=letter) for letter in vars(chunk)["content"]]
                if chunk.type == "content"
                else [chunk]
            )
        ]


@liar("ISO-03", "LIF-12", "USG-07", fault="with tools, `done` has no usage")
class OtherEnd(_TwoLoops):
    def other(self, chunks: list[Chunk]) -> list[Chunk]:
        for chunk in chunks:
            if chunk.type == "done":
                vars(chunk)["usage"] = None
        return chunks
