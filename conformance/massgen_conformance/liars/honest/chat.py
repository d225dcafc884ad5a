"""Chat Completions. https://platform.openai.com/docs/api-reference/chat-streaming"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from massgen_conformance.liars.honest.answer import JSON, Answer, Call, Chunk, Failure

PARAMETERS = frozenset(
    {"temperature", "top_p", "max_tokens", "stop", "seed", "presence_penalty", "tool_choice", "response_format"}
)
FINISHES = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "refusal",
}
KINDS = {
    "rate_limit": "rate_limit",
    "429": "rate_limit",
    "resource_exhausted": "rate_limit",
    "unavailable": "overloaded",
    "overloaded": "overloaded",
    "server": "server",
    "insufficient_quota": "quota",
    "timeout": "timeout",
    "invalid_request": "bad_request",
    "context_length": "context_length",
}


class ChatWire:
    """One request and its stream."""

    name = "openai_chat"
    path = "/chat/completions"
    PARAMETERS = PARAMETERS
    message_fields = frozenset({"role", "content", "tool_calls", "tool_call_id", "name"})

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.at_index: dict[int, Call] = {}

    @staticmethod
    def headers(key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"}

    @classmethod
    def target(cls, model: str) -> str:
        return cls.path

    @classmethod
    def body(cls, model: str, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        told = [cls.told(message) if message.get("is_error") else message for message in messages]
        sent = [cls.known(message) for message in told]
        body: JSON = {"model": model, "messages": sent, "stream": True, "stream_options": {"include_usage": True}}
        if tools:
            body["tools"] = tools
        return body | options

    @classmethod
    def known(cls, message: JSON) -> JSON:
        """The fields of a message that the provider knows; a result has no name."""
        fields = cls.message_fields - ({"name"} if message["role"] == "tool" else frozenset())
        return {name: value for name, value in message.items() if name in fields}

    @classmethod
    def told(cls, result: JSON) -> JSON:
        """The result of a tool that failed: the wire has no mark for that, so the text says it."""
        return {**result, "content": f"Error: {result['content']}"}

    def read(self, data: JSON) -> Iterator[Chunk]:
        """The chunks of one event."""
        if error := data.get("error"):
            self.answer.failure = failure_of(error)
            return
        counts = data.get("usage") or (data.get("x_groq") or {}).get("usage")
        if counts:
            self.count(counts)
            self.answer.times.update({name: value for name, value in counts.items() if name.endswith("_time")})
        for choice in data.get("choices") or ():
            delta = choice.get("delta") or {}
            yield from self.answer.think(delta.get("reasoning_content") or delta.get("reasoning") or "")
            yield from self.said(delta.get("content") or "")
            yield from self.answer.say(delta.get("refusal") or "")
            yield from self.cite(delta.get("annotations") or [])
            for fragment in delta.get("tool_calls") or ():
                self.fragment(fragment)
            if delta.get("function_call"):
                self.fragment({"function": delta["function_call"]})
            if delta.get("refusal"):
                self.answer.finish = "refusal"
            if choice.get("finish_reason") is not None and self.answer.finish != "refusal":
                self.answer.finish = self.status(choice["finish_reason"])

    def said(self, delta: str) -> Iterator[Chunk]:
        """A piece of the content."""
        return self.answer.say(delta)

    def cite(self, annotations: list[JSON]) -> Iterator[Chunk]:
        """The sources of the text, which nobody sees but in the message."""
        self.answer.annotations += annotations
        return iter(())

    def rest(self) -> Iterator[Chunk]:
        """What was held back, when nothing more comes."""
        return iter(())

    def end(self, text: str) -> bool:
        """Whether an event's text is the terminal marker."""
        return text == "[DONE]"

    @staticmethod
    def closes(answer: Answer) -> bool:
        """Whether the end of the bytes, without a marker, ends the answer."""
        return False

    def status(self, finish: str) -> str:
        return FINISHES.get(finish, "stop")

    def fragment(self, fragment: JSON) -> None:
        function = fragment.get("function") or {}
        call = self.call_of(fragment)
        call.name = call.name or function.get("name") or ""
        call.arguments += function.get("arguments") or ""

    def call_of(self, fragment: JSON) -> Call:
        """The call that a fragment belongs to: its index says so, unless it brings another id. An id may come late."""
        index, given = fragment.get("index") or 0, fragment.get("id") or ""
        if fragment.get("index") is None and (named := [call for call in self.answer.calls if call.id == given != ""]):
            return named[0]
        call = self.at_index.get(index)
        if call is None or (given and call.id and given != call.id):
            call = Call("", "")
            self.at_index[index] = call
            self.answer.calls.append(call)
        call.id = call.id or given
        return call

    def count(self, usage: JSON) -> None:
        self.answer.cost = usage.get("cost")
        self.answer.count(
            usage["prompt_tokens"],
            usage["completion_tokens"],
            cached_input_tokens=(usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
            reasoning_tokens=(usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
        )


class DeepSeekWire(ChatWire):
    """DeepSeek refuses a turn with tool calls whose reasoning does not come back.

    https://api-docs.deepseek.com/guides/thinking_mode
    """

    message_fields = ChatWire.message_fields | {"reasoning_content", "prefix"}

    @classmethod
    def body(cls, model: str, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        joined = [joined_text(message) for message in messages]
        whole = [{"reasoning_content": "", **message} if message.get("tool_calls") else message for message in joined]
        return super().body(model, whole, tools, options)

    def status(self, finish: str) -> str:
        """A stop for lack of resources is none of the model's. https://api-docs.deepseek.com/api/create-chat-completion"""
        if finish == "insufficient_system_resource":
            self.answer.failure = Failure("overloaded", "the provider ran out of resources", retryable=True)
        return super().status(finish)


class GroqWire(ChatWire):
    """Groq takes reasoning back, under its own name for it. Source: groq 1.7, `types/chat`."""

    @classmethod
    def known(cls, message: JSON) -> JSON:
        thought = message.get("reasoning_content")
        return super().known(message) | ({"reasoning": thought} if thought else {})


def failure_of(error: JSON) -> Failure:
    """The failure that an `error` object names, whatever of its fields the provider filled."""
    if not isinstance(error, dict):
        return Failure("server", str(error))
    labels = " ".join(str(error.get(name) or "") for name in ("type", "code", "status")).lower()
    kind = next((kind for label, kind in KINDS.items() if label in labels), "server")
    return Failure(kind, str(error.get("message") or labels), retryable=kind in ("rate_limit", "overloaded", "server"))


def joined_text(message: JSON) -> JSON:
    """A message whose content is one string, where it is text only."""
    content = message["content"]
    if not isinstance(content, list) or any(part["type"] != "text" for part in content):
        return message
    return {**message, "content": "".join(part["text"] for part in content)}
