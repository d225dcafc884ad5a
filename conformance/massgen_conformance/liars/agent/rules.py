"""What decides whether a call may run: hooks, lists of names, planning mode, paths."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

JSON = Any  # the JSON edge

PATH_NAMES: Final = ("path", "file_path", "filename", "directory")
READING: Final = ("read", "list", "get", "show")


@dataclass(slots=True)
class Decision:
    """Whether a call may run, and with which arguments."""

    arguments: JSON
    denied: str = ""  # why not


class Hooks:
    """The handlers of one backend."""

    def __init__(self, given: Mapping[str, Sequence[Mapping[str, Any]]] | None) -> None:
        self.given = {kind: list(entries) for kind, entries in (given or {}).items()}

    def matching(self, kind: str, tool: str) -> list[Any]:
        entries = self.given.get(kind, [])
        return [entry["handler"] for entry in entries if fnmatchcase(tool, str(entry.get("matcher", "*")))]

    async def before(self, tool: str, arguments: JSON) -> Decision:
        """Ask every handler; one that raises has not allowed anything."""
        decision = Decision(arguments)
        for handler in self.matching("PreToolUse", tool):
            try:
                said = await answer_of(handler, event("PreToolUse", tool, decision.arguments)) or {}
            except Exception as error:
                return Decision(arguments, f"a hook failed: {error}")
            if said.get("decision") == "deny":
                return Decision(arguments, str(said.get("reason") or "a hook denied it"))
            decision.arguments = said.get("updated_input", decision.arguments)
        return decision

    async def after(self, tool: str, arguments: JSON, output: str) -> None:
        """Tell every handler; what it raises changes nothing, the tool has run."""
        for handler in self.matching("PostToolUse", tool):
            try:
                await answer_of(handler, event("PostToolUse", tool, arguments) | {"tool_output": output})
            except Exception:  # noqa: S112  # a listener's own fault
                continue


def event(kind: str, tool: str, arguments: JSON) -> dict[str, JSON]:
    return {"hook_type": kind, "tool_name": tool, "tool_input": arguments}


async def answer_of(handler: Any, given: JSON) -> JSON:
    said = handler(given)
    return await said if inspect.isawaitable(said) else said


class Planning:
    """Off: nothing is blocked. On: the blocked names are, and with none all."""

    def __init__(self) -> None:
        self.on = False
        self.blocked: frozenset[str] = frozenset()

    def blocks(self, name: str) -> bool:
        return self.on and (not self.blocked or name in self.blocked)


class Paths:
    """Where tools may read and write; without any path they may go anywhere."""

    def __init__(self, context: Iterable[Mapping[str, str]], cwd: str | None) -> None:
        self.cwd = Path(cwd) if cwd else Path.cwd()
        self.roots = [(Path(each["path"]).resolve(), each.get("permission", "read")) for each in context]

    def objection(self, tool: str, arguments: JSON) -> str:
        """Why a call may not touch what it names; empty when it may."""
        if not self.roots or not isinstance(arguments, dict):
            return ""
        for name in PATH_NAMES:
            if isinstance(arguments.get(name), str) and not self.permits(tool, self.real(arguments[name])):
                return f"{arguments[name]} is outside of what this agent may touch"
        return ""

    def real(self, path: str) -> Path:
        """Where a path leads, with its links and its `..`, whether it exists or not."""
        return (self.cwd / path).resolve()

    def permits(self, tool: str, path: Path) -> bool:
        reads = tool.rpartition("__")[2].startswith(READING)
        holding = [(len(root.parts), kind) for root, kind in self.roots if path.is_relative_to(root)]
        return bool(holding) and (reads or max(holding)[1] == "write")
