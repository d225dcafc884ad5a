"""What an agent did, round by round, as Markdown that a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

Json = Any

FILE_NAME = "execution_trace.md"


class ExecutionTrace:
    """Grows by one section at a time; `text` is the whole document so far."""

    def __init__(self, agent_id: str, model: str) -> None:
        self.agent_id, self.model = agent_id, model
        self._sections = [f"# Execution trace: {agent_id or 'agent'} ({model or 'default model'})"]

    @property
    def text(self) -> str:
        return "\n\n".join(self._sections) + "\n"

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened yet."""
        return len(self._sections) == 1

    def start_round(self, number: int, label: str) -> None:
        self._sections.append(f"## Round {number}" + (f": {label}" if label else ""))

    def reasoning(self, content: str) -> None:
        self._add("Reasoning", content)

    def tool_call(self, name: str, arguments: Json) -> None:
        text = arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()
        self._add(f"Tool call: {name}", _fenced(text, "json"))

    def tool_result(self, name: str, result: str, is_error: bool = False) -> None:
        self._add(f"Tool {'error' if is_error else 'result'}: {name}", _fenced(result))

    def answer(self, label: str, content: str) -> None:
        self._add(f"Answer {label}".rstrip(), content)

    def vote(self, agent_id: str, label: str | None, reason: str, options: Sequence[str] | None = None) -> None:
        among = f"\n\nOptions: {', '.join(options)}" if options else ""
        self._add(f"Vote for {label or agent_id}", reason + among)

    def injected(self, name: str, content: str) -> None:
        self._add(f"Injected: {name}", content)

    def save(self, folder: Path) -> Path:
        """Write the document into `folder`, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        path.write_text(self.text, encoding="utf-8")
        return path

    def _add(self, heading: str, body: str) -> None:
        self._sections.append(f"### {heading}\n\n{body.strip()}")


def _fenced(text: str, language: str = "") -> str:
    """`text` as a code block, whatever fences are in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
