"""What differs between the agents: how each is started, and what its lines say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.honest.anthropic import AnthropicWire

Start: TypeAlias = tuple[list[str], dict[str, str]]
"""Arguments, and variables beside the key's."""

KIND_OF_STATUS = {
    400: "bad_request",
    401: "auth",
    403: "permission",
    404: "not_found",
    413: "bad_request",
    422: "bad_request",
    429: "rate_limit",
}


TOO_LONG = ("context window", "too long", "token count", "maximum context length")


def times_of(line: JSON) -> dict[str, float]:
    """What the agent says of the time that it took."""
    return {name: value for name, value in line.items() if name.endswith("_ms")}


def failure_of(message: str, status: int | None = None) -> Failure:
    """A failure that is told in words, and by Claude Code with the status of its provider's answer."""
    if any(words in message for words in TOO_LONG):
        return Failure("context_length", message, status)
    kind = kind_of(status or 500)
    return Failure(kind, message, status, retryable=kind in ("rate_limit", "overloaded", "server"))


def kind_of(status: int) -> str:
    return KIND_OF_STATUS.get(status, "overloaded" if status in (503, 529) else "server")


class ClaudeCode(AnthropicWire):
    """https://code.claude.com/docs/en/headless: its provider's own events in envelopes, and a last line with all."""

    KEY = "ANTHROPIC_API_KEY"
    PARAMETERS: frozenset[str] = frozenset()

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.streamed = ""  # of the block that is open
        self.calls: list[dict[str, float]] = []  # what the agent says of the time of each call of its provider

    @staticmethod
    def start(model: str, system: str) -> Start:
        fixed = ["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages", "--model", model]
        return [*fixed, *(["--append-system-prompt-file", system] if system else [])], {}

    def read(self, data: JSON) -> Iterator[Chunk]:
        kind = data.get("type")
        if kind == "stream_event":
            if times := times_of(data):
                self.calls.append(times)
            yield from super().read(data["event"])
            self.answer.ended = False  # of this message: the agent may go on
        elif kind == "assistant":
            yield from self.whole(data["message"])
        elif kind == "result":
            self.result(data)

    def append(self, name: str, value: str) -> None:
        super().append(name, value)
        self.streamed += value if name == "text" else ""

    def whole(self, message: JSON) -> Iterator[Chunk]:
        """A block of the message once more: what no delta said is in it alone."""
        text = "".join(block["text"] for block in message["content"] if block["type"] == "text")
        said, self.streamed = self.streamed, ""
        if text.startswith(said) and message.get("model") != "<synthetic>":
            yield from self.answer.say(text[len(said) :])

    def result(self, line: JSON) -> None:
        if line["is_error"]:
            self.answer.failure = failure_of(line["result"], line.get("api_error_status"))
            return
        self.count(line["usage"])
        self.answer.cost = line.get("total_cost_usd")
        self.answer.times = {**times_of(line), **({"calls": self.calls} if self.calls else {})}
        self.answer.ended = True


class _Spoken:
    """An agent without a mark at the end of its output."""

    PARAMETERS: frozenset[str] = frozenset()

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.summaries = 0

    def end(self, _line: str) -> bool:
        return False


class Codex(_Spoken):
    """https://developers.openai.com/codex/noninteractive: whole items, and the counts of the turn."""

    KEY = "CODEX_API_KEY"

    @staticmethod
    def start(model: str, system: str) -> Start:
        told = ["-c", f'model_instructions_file="{system}"'] if system else []
        return ["exec", "--json", "--skip-git-repo-check", "--model", model, *told, "-"], {}

    def read(self, data: JSON) -> Iterator[Chunk]:
        kind = data.get("type")
        if kind == "item.completed":
            yield from self.item(data["item"])
        elif kind == "turn.completed":
            counted = data["usage"]
            self.answer.count(
                counted["input_tokens"],
                counted["output_tokens"],
                cached_input_tokens=counted.get("cached_input_tokens", 0),
                cache_creation_tokens=counted.get("cache_write_input_tokens", 0),
                reasoning_tokens=counted.get("reasoning_output_tokens", 0),
            )
            self.answer.ended = True
        elif kind == "turn.failed":
            self.answer.failure = failure_of(data["error"]["message"])

    def item(self, item: JSON) -> Iterator[Chunk]:
        if item["type"] == "agent_message":
            yield from self.answer.say(item["text"])
        elif item["type"] == "reasoning":
            number, self.summaries = self.summaries, self.summaries + 1
            yield Chunk("reasoning_summary", reasoning_summary_delta=item["text"], summary_index=number)
            yield Chunk("reasoning_summary_done", reasoning_summary_text=item["text"], summary_index=number)


class Copilot(_Spoken):
    """Copilot CLI: deltas, then the message whole, and a last line with the exit code. It counts no tokens."""

    KEY = "COPILOT_GITHUB_TOKEN"

    @staticmethod
    def start(model: str, system: str) -> Start:
        return ["--model", model, "--output-format", "json", "--no-color", "--allow-all-tools"], {}

    def read(self, data: JSON) -> Iterator[Chunk]:
        kind, told = data.get("type"), data.get("data") or {}
        if kind == "assistant.reasoning_delta":
            yield from self.answer.think(told["deltaContent"])
        elif kind == "assistant.message_delta":
            yield from self.answer.say(told["deltaContent"])
        elif kind == "session.error":
            self.answer.failure = failure_of(told["message"], told.get("statusCode"))
        elif kind == "result":
            self.answer.times = {name: told for name, told in data["usage"].items() if name.endswith("Ms")}
            self.answer.ended = True


class GeminiCli(_Spoken):
    """https://geminicli.com/docs/cli/headless: deltas of the text, and a result with the counts."""

    KEY = "GEMINI_API_KEY"

    @staticmethod
    def start(model: str, system: str) -> Start:
        return ["--model", model, "--output-format", "stream-json"], {"GEMINI_SYSTEM_MD": system} if system else {}

    def read(self, data: JSON) -> Iterator[Chunk]:
        kind = data.get("type")
        if kind == "message" and data["role"] == "assistant":
            yield from self.answer.say(data["content"])
        elif kind == "result" and data["status"] == "success":
            counted = data["stats"]
            self.answer.count(
                counted["input_tokens"], counted["output_tokens"], cached_input_tokens=counted.get("cached", 0)
            )
            self.answer.times = times_of(counted)
            self.answer.ended = True
        elif kind == "result":
            self.answer.failure = failure_of(data["error"]["message"])


Agent: TypeAlias = ClaudeCode | Codex | Copilot | GeminiCli
AGENTS: dict[str, type[Agent]] = {
    "claude_code": ClaudeCode,
    "codex": Codex,
    "copilot": Copilot,
    "gemini_cli": GeminiCli,
}
"""By the name of the provider."""
