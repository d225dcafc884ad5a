"""Conversations from one provider's shape to another's.

A face over the formatters: their readers take every shape, also mixed, into one neutral history, and their writers make
each wire's messages of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

from massgen.errors import ConfigurationError
from massgen.formatter import (
    ChatCompletionsFormatter,
    ClaudeFormatter,
    Converted,
    GeminiFormatter,
    HistoryFormatter,
    ResponseFormatter,
)
from massgen.formatter import _history as h
from massgen.formatter._content import Text, read_parts
from massgen.formatter._shapes import read_history

Json = Any
Message = Mapping[str, Json]
Writer = ChatCompletionsFormatter | ClaudeFormatter | GeminiFormatter | ResponseFormatter

FORMATS = ("openai", "claude", "gemini", "response_api")
_WRITERS: dict[str, Writer] = {
    "openai": HistoryFormatter(),
    "claude": ClaudeFormatter(),
    "gemini": GeminiFormatter(),
    "response_api": ResponseFormatter(),
}
_STRICT_CHAT = ChatCompletionsFormatter()


class MessageConverter:
    """Converts messages. Nothing that is given is changed.

    The messages may be in any of the four shapes, and may be a piece of a conversation: a call without its result, a
    result without its call. `system` is a system prompt that stands elsewhere, in Claude's or Gemini's form. What comes
    back is a list with two more attributes: `system`, where the target has the system prompt elsewhere, and `lost`,
    what it has no place for, such as another provider's signed reasoning. Content that the target refuses (audio on
    Claude, an item that exists on one wire only) raises ConfigurationError, with every problem at once.
    """

    @staticmethod
    def to_openai_format(messages: Sequence[Message], *, system: Json = None, native: bool = True) -> Converted:
        """Chat-Completions messages.

        They are what every backend here takes as its history: what other providers must see again is kept under
        their keys (`anthropic`, `gemini`, `openai_responses`), so that nothing is lost. `native=False` leaves out what
        OpenAI's own server does not know, and names it in `lost`.
        """
        return (_WRITERS["openai"] if native else _STRICT_CHAT).write(_read(messages, system))

    @staticmethod
    def to_claude_format(messages: Sequence[Message], *, system: Json = None) -> Converted:
        """Anthropic's messages; the system prompt is the list's `system`."""
        return _WRITERS["claude"].write(_read(messages, system))

    @staticmethod
    def to_gemini_format(messages: Sequence[Message], *, system: Json = None) -> Converted:
        """Gemini's contents; the system prompt is the list's `system`, as a `systemInstruction`."""
        return _WRITERS["gemini"].write(_read(messages, system))

    @staticmethod
    def to_response_api_format(messages: Sequence[Message], *, system: Json = None) -> Converted:
        """Items of OpenAI's Responses, with the system messages among them."""
        return _WRITERS["response_api"].write(_read(messages, system))

    @staticmethod
    def convert_between_formats(
        messages: Sequence[Message], source_format: str, target_format: str, *, system: Json = None
    ) -> Converted:
        """From one of `openai`, `claude`, `gemini`, `response_api` to another.

        The `system` of a list that a conversion gave back is read along. Each message shows its own shape, so that
        `source_format` need not hold for all of them.
        """
        unknown = [name for name in (source_format, target_format) if name not in FORMATS]
        if unknown:
            raise ConfigurationError(f"{unknown[0]!r} is no message format; choose one of {', '.join(FORMATS)}")
        return _WRITERS[target_format].write(_read(messages, system))

    @staticmethod
    def merge_system_messages(messages: Sequence[Message]) -> tuple[str | None, Converted]:
        """The texts of all system and developer messages, joined by a blank line, and the messages that are none.

        The text is None where there is no such message. What is more than text in it (`cache_control`, a name) is
        named in `lost` of the list; an image raises ConfigurationError.
        """
        systems = [message for message in _read(messages, None) if isinstance(message, h.System)]
        wrong = [
            f"{one.where}: a system prompt holds text only" for one in systems if len(one.parts) != len(_text(one))
        ]
        if wrong:
            raise ConfigurationError(wrong)
        marks = ((one.where, key) for one in systems for part in _text(one) for key in part.marks)
        names = ((one.where, f"the name {one.name!r}") for one in systems if one.name)
        rest = [dict(message) for message in messages if message.get("role") not in ("system", "developer")]
        merged = "\n\n".join(h.join_text(one.parts) for one in systems)
        return merged if systems else None, Converted(
            rest, lost=[f"{where}: {what}" for where, what in (*marks, *names)]
        )

    @overload
    @staticmethod
    def normalize_tool_calls(messages: Message) -> dict[str, Json]: ...

    @overload
    @staticmethod
    def normalize_tool_calls(messages: Sequence[Message]) -> Converted: ...

    @staticmethod
    def normalize_tool_calls(messages: Message | Sequence[Message]) -> dict[str, Json] | Converted:
        """Calls of every shape as `tool_calls`, the legacy `function_call` among them; one message or a list.

        A call without an id gets one that is the same in every process for the same messages, and the results that
        name only its function get it too.
        """
        if not isinstance(messages, Mapping):
            return MessageConverter.to_openai_format(messages)
        written = MessageConverter.to_openai_format([messages])
        if len(written) != 1:
            raise ConfigurationError(f"the message is {len(written)} messages in this shape; give it in a list")
        return written[0]

    @staticmethod
    def extract_text_content(message: Message) -> str:
        """The text of one message of any shape, parts joined by line breaks; a result as `[Tool Result: ...]`."""
        return "\n".join(text for read in _read([message], None) for text in _texts(read) if text)


def _read(messages: Sequence[Message], system: Json) -> list[h.Message]:
    history = read_history(messages, calls_elsewhere=True, results_elsewhere=True)
    prompt = system if system is not None else getattr(messages, "system", None)
    if not prompt:
        return history
    problems: list[str] = []
    parts = read_parts(
        prompt["parts"] if isinstance(prompt, Mapping) and "parts" in prompt else prompt, "system", problems
    )
    if problems:
        raise ConfigurationError(problems)
    return [h.System("system", parts, where="system"), *history]


def _text(system: h.System) -> list[Text]:
    return [part for part in system.parts if isinstance(part, Text)]


def _texts(message: h.Message) -> list[str]:
    if isinstance(message, h.Assistant):
        return [message.spoken]
    if isinstance(message, h.Answers):
        return [f"[Tool Result: {result.text}]" for result in message.results]
    return [] if isinstance(message, h.NativeItem) else [h.join_text(message.parts)]
