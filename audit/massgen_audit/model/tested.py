"""Which test modules concern a backend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Generic, TypeVar

from massgen_audit.facts.shapes import Module, Place
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.interp.values import Instance
from massgen_audit.model.registry import NAME
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo

Item = TypeVar("Item")
_LOOP = re.compile(rb"\bin\s+(?:sorted\()?" + NAME.encode() + rb"\b|parametrize\([^)]*" + NAME.encode())
_IMPORT = re.compile(rb"import\b(?:\s*\([^)]*\)|(?:[^\n]*\\\r?\n)*[^\n]*)")


def importing_test(model: RepoModel, info: TypeInfo) -> tuple[str, Place, str] | None:
    """A test module that imports the class, or the adapter that it holds: (path, place, imported name)."""
    return next(iter(importing_tests(model, info)), None)


def importing_tests(model: RepoModel, info: TypeInfo) -> Iterator[tuple[str, Place, str]]:
    """Every such test module, those that are named after the class first."""
    for cls in _subjects(model, info):
        yield from model.once(f"tests of {cls.path}:{cls.name}", partial(_found, model, cls))


def _subjects(model: RepoModel, info: TypeInfo) -> Iterator[ClassInfo]:
    if info.cls is not None:
        yield info.cls
    adapter = model.attribute(info.instance, "adapter") if info.adapter and info.instance else None
    if isinstance(adapter, Instance):
        yield adapter.info


class _Found(Generic[Item]):
    """What an iterator gives, taken from it only as far as somebody has asked."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._taken: list[Item] = []

    def __iter__(self) -> Iterator[Item]:
        yield from self._taken
        for item in self._items:
            self._taken.append(item)
            yield item


def _found(model: RepoModel, cls: ClassInfo) -> _Found[tuple[str, Place, str]]:
    return _Found(_importing(model, cls))


def _importing(model: RepoModel, cls: ClassInfo) -> Iterator[tuple[str, Place, str]]:
    dotted = cls.path.removesuffix(".py").replace("/", ".")
    stem = dotted.rpartition(".")[2]
    words = (cls.name.encode(), dotted.encode(), f"import {stem}".encode())
    named = re.compile(rf"{re.escape(stem)}|backend", re.IGNORECASE)
    texts = {path: model.source.ask(path, "imports", _imports) for path in model.layout.test_files}
    candidates = [path for path, text in texts.items() if any(word in text for word in words)]
    for path in sorted(candidates, key=lambda path: (not named.search(path.rpartition("/")[2]), path)):
        module = model.source.module(path)
        place = _import_of(module, cls, dotted) if module else None
        if place is not None:
            yield path, place, cls.name


def _imports(data: bytes) -> bytes:
    """The lines of a file that import something, with what follows in brackets or after a backslash."""
    found = _IMPORT.finditer(data)
    return b"\n".join(data[data.rfind(b"\n", 0, item.start()) + 1 : item.end()] for item in found)


def _import_of(module: Module, cls: ClassInfo, dotted: str) -> Place | None:
    for item in module.imports:
        whole = ".".join(filter(None, (item.module, item.name)))
        if item.name == cls.name or whole.endswith(dotted.partition(".")[2]):
            return item.place
    return None


def mentioning_test(model: RepoModel, info: TypeInfo) -> tuple[str, int, str] | None:
    """A test that reaches the type in a generic way: a loop over the registry, or its name in a literal."""
    for path in model.layout.test_files:
        line = model.source.ask(path, f"names {info.name}", partial(_named, info.name))
        if line:
            return path, line, "names the type"
    return registry_loop(model) if info.row is not None else None


def _named(name: str, data: bytes) -> int:
    """The line where a test names the type in a literal; 0 if it does not."""
    at = max(data.find(f'"{name}"'.encode()), data.find(f"'{name}'".encode()))
    return data.count(b"\n", 0, at) + 1 if at >= 0 and b"ackend" in data else 0


def registry_loop(model: RepoModel) -> tuple[str, int, str] | None:
    """The first test that goes over every entry of the registry."""
    return model.once("registry loop", lambda: _loop(model))


def _loop(model: RepoModel) -> tuple[str, int, str] | None:
    for path in model.layout.test_files:
        line = model.source.ask(path, "loops over the registry", _looping)
        if line:
            return path, line, "loops over the registry"
    return None


def _looping(data: bytes) -> int:
    found = _LOOP.search(data) if NAME.encode() in data else None
    return data.count(b"\n", 0, found.start()) + 1 if found else 0
