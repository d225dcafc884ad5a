"""Files and their facts, read at most once a run; what cannot be read is remembered with the reason."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Protocol

from massgen_audit.facts import config, page, python, windows
from massgen_audit.facts.cache import NoCache, digest
from massgen_audit.facts.shapes import Cell, Module, Place, Window, YamlBackend
from massgen_audit.tree import Tree, Unreadable


class Cache(Protocol):
    def get(self, key: bytes) -> object | None: ...
    def put(self, key: bytes, facts: object) -> None: ...
    def save(self) -> None: ...


class Source:
    """Every question about a file's content goes through here."""

    def __init__(self, tree: Tree, cache: Cache | None = None) -> None:
        self.tree = tree
        self.cache: Cache = cache or NoCache()
        self.unreadable: dict[str, str] = {}
        self.parsed = 0  # files parsed in this run, cache hits not counted
        self._bytes: dict[str, bytes | None] = {}
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
            self._lines[path] = self.text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[path]

    def module(self, path: str) -> Module | None:
        """The facts of a Python file; None if absent or unreadable."""
        if path not in self._modules:
            self._modules[path] = self._extract(path)
        return self._modules[path]

    def _extract(self, path: str) -> Module | None:
        data = self.bytes(path)
        if data is None:
            return None
        key = digest(path.encode() + b"\0" + data)
        kept = self.cache.get(key)
        if isinstance(kept, Module):
            return kept
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
        data = self.bytes(path)
        if data is None:
            return ()
        key = digest(b"yaml\0" + data)
        kept = self.cache.get(key)
        if isinstance(kept, tuple):
            return kept
        try:
            facts = config.extract(data)
        except ValueError as error:
            self.unreadable[path] = str(error)
            return ()
        self.cache.put(key, facts)
        return facts

    def windows(self, path: str) -> tuple[Window, ...]:
        """The runs of statements of a Python file that may have copies elsewhere; none if it cannot be read."""
        data = self.bytes(path)
        if data is None:
            return ()
        key = digest(b"windows\0" + data)
        kept = self.cache.get(key)
        if isinstance(kept, tuple):
            return kept
        try:
            facts = windows.extract(path, data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ()  # `module` of the same path says why
        self.cache.put(key, facts)
        return facts

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
