"""Files and their facts, read at most once a run; what cannot be read is remembered with the reason."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from massgen_audit import own
from massgen_audit.facts import config, page, python, windows
from massgen_audit.facts.cache import NoCache
from massgen_audit.facts.digests import Cache, Digests
from massgen_audit.facts.shapes import Cell, Module, Place, Window, YamlBackend
from massgen_audit.tree import Tree, Unreadable

Answer = TypeVar("Answer")
Content = bytes  # `Source.bytes` hides the type's own name


def lines_of(data: bytes) -> list[str]:
    """The lines of a file's content as Python counts them; bytes that are not UTF-8 are replaced."""
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")


class Source:
    """Every question about a file's content goes through here. What was found out is kept under the content's digest:
    a file that is still the one of an earlier run is not even read.
    """

    def __init__(self, tree: Tree, cache: Cache | None = None) -> None:
        self.tree = tree
        self.cache: Cache = cache or NoCache()
        self.unreadable: dict[str, str] = {}
        self.parsed = 0  # files parsed in this run, cache hits not counted
        self._bytes: dict[str, bytes | None] = {}
        self._digests = Digests(tree.mark, self.bytes, self.cache)
        self._answers = f"answers of {own.state_of(own.FOLDER)}"
        self._told: dict[str, dict[str, Any]] = {}  # path -> question -> answer
        self._asked_anew: set[str] = set()  # paths with answers that are not kept yet
        self._modules: dict[str, Module | None] = {}
        self._pages: dict[str, tuple[Cell, ...]] = {}
        self._lines: dict[str, list[str]] = {}
        self._nodes: dict[tuple[str, int], ast.stmt | None] = {}

    def exists(self, path: str) -> bool:
        return self.bytes(path) is not None or path in self.unreadable

    @property
    def asked(self) -> Collection[str]:
        """Every path whose content was asked for, also those that are not there."""
        return self._bytes.keys()

    def bytes(self, path: str) -> bytes | None:
        """The content, or None if there is no such file or it is unreadable (then `unreadable` says why)."""
        if path not in self._bytes:
            try:
                self._bytes[path] = self.tree.read(path)
            except FileNotFoundError:
                self._bytes[path] = None
            except Unreadable as error:
                self.unreadable[path] = str(error)
                self._bytes[path] = None
        return self._bytes[path]

    def text(self, path: str) -> str:
        """The content as text, empty if there is none; bytes that are not UTF-8 are replaced."""
        return (self.bytes(path) or b"").decode("utf-8", "replace")

    def lines(self, path: str) -> list[str]:
        """Lines as Python counts them: a form feed or U+2028 does not end one."""
        if path not in self._lines:
            self._lines[path] = lines_of(self.bytes(path) or b"")
        return self._lines[path]

    def module(self, path: str) -> Module | None:
        """The facts of a Python file; None if absent or unreadable."""
        if path not in self._modules:
            self._modules[path] = self._extract(path)
        return self._modules[path]

    def _extract(self, path: str) -> Module | None:
        key = self._key(path, f"module {path}")
        kept = self.cache.get(key) if key else None
        if isinstance(kept, Module):
            return kept
        data = self.bytes(path)
        if data is None or key is None:
            return None
        try:
            facts = python.extract(path, data)
        except SyntaxError as error:
            self.unreadable[path] = f"not readable as Python: {error.msg} at line {error.lineno}"
            return None
        except (ValueError, RecursionError, MemoryError) as error:
            self.unreadable[path] = f"not readable as Python: {error}"
            return None
        self.parsed += 1
        self.cache.put(key, facts)
        return facts

    def backends(self, path: str) -> tuple[YamlBackend, ...]:
        """The backends an example configuration names."""
        try:
            return self._kept(path, "yaml", config.extract)
        except ValueError as error:
            self.unreadable[path] = str(error)
            return ()

    def windows(self, path: str) -> tuple[Window, ...]:
        """The runs of statements of a Python file that may have copies elsewhere; none if it cannot be read."""
        try:
            return self._kept(path, "windows", lambda data: windows.extract(path, data))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ()  # `module` of the same path says why

    def _kept(self, path: str, kind: str, extract: Callable[[Content], tuple[Any, ...]]) -> tuple[Any, ...]:
        """Facts of one kind. Raises what `extract` raises."""
        key = self._key(path, kind)
        kept = self.cache.get(key) if key else None
        if isinstance(kept, tuple):
            return kept
        data = self.bytes(path)
        if data is None or key is None:
            return ()
        facts = extract(data)
        self.cache.put(key, facts)
        return facts

    def ask(self, path: str, question: str, tell: Callable[[Content], Answer]) -> Answer:
        """What `tell` says of the content, or of no content if there is none. The answer is kept under the question,
        which must name all that the answer depends on beside the content and the auditor itself.
        """
        told = self._told.get(path)
        if told is None:
            key = self._key(path, self._answers)
            kept = self.cache.get(key) if key else None
            told = self._told[path] = kept if isinstance(kept, dict) else {}
        if question not in told:
            told[question] = tell(self.bytes(path) or b"")
            self._asked_anew.add(path)
        answer: Answer = told[question]
        return answer

    def save(self) -> None:
        """Keeps what this run found out for the next."""
        for path in self._asked_anew:
            key = self._key(path, self._answers)
            if key is not None:
                self.cache.put(key, self._told[path])
        self._digests.save()
        self.cache.save()

    def _key(self, path: str, kind: str) -> Content | None:
        """Under what facts of that kind are kept; None for a file that is not there or cannot be read."""
        found = self._digests.of(path)
        return None if found is None else kind.encode() + b"\0" + found

    def page(self, path: str) -> tuple[Cell, ...]:
        """The pieces of a documentation page; none if there is no such page."""
        if path not in self._pages:
            self._pages[path] = page.extract(path, self.text(path))
        return self._pages[path]

    def statement(self, path: str, place: Place) -> ast.stmt | None:
        """The syntax tree of the one statement at `place`, with line numbers of the file; None if it is not alone."""
        key = (path, place.line)
        if key not in self._nodes:
            self._nodes[key] = self._parse(path, place)
        return self._nodes[key]

    def _parse(self, path: str, place: Place) -> ast.stmt | None:
        """Parses only these lines: under an `if` they may keep their indentation, whatever their strings contain. The
        empty lines before them make every node say its line in the file.
        """
        indented = place.col > 1 and place.line > 1
        text = "\n".join(self.lines(path)[place.line - 1 : place.end_line])
        above = "\n" * (place.line - 2) + "if 1:\n" if indented else "\n" * (place.line - 1)
        try:
            body = ast.parse(above + text).body
        except (SyntaxError, ValueError, RecursionError):
            return None
        if indented:
            body = body[0].body  # type: ignore[attr-defined]  # the `if` above
        return body[0] if body else None
