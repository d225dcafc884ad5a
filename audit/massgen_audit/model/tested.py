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
    texts = model.once("imports of tests", lambda: {path: _imports(model, path) for path in model.layout.test_files})
    candidates = [path for path, text in texts.items() if any(word in text for word in words)]
    for path in sorted(candidates, key=lambda path: (not named.search(path.rpartition("/")[2]), path)):
        module = model.source.module(path)
        place = _import_of(module, cls, dotted) if module else None
        if place is not None:
            yield path, place, cls.name


def _imports(model: RepoModel, path: str) -> bytes:
    """The lines of a file that import something, with what follows in brackets or after a backslash."""
    data = model.source.bytes(path) or b""
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
        data = model.source.bytes(path) or b""
        at = max(data.find(f'"{info.name}"'.encode()), data.find(f"'{info.name}'".encode()))
        if at >= 0 and b"ackend" in data:
            return path, data.count(b"\n", 0, at) + 1, "names the type"
    return registry_loop(model) if info.row is not None else None


def registry_loop(model: RepoModel) -> tuple[str, int, str] | None:
    """The first test that goes over every entry of the registry."""
    return model.once("registry loop", lambda: _loop(model))


def _loop(model: RepoModel) -> tuple[str, int, str] | None:
    loop = re.compile(rb"\bin\s+(?:sorted\()?" + NAME.encode() + rb"\b|parametrize\([^)]*" + NAME.encode())
    for path in model.layout.test_files:
        data = model.source.bytes(path) or b""
        if NAME.encode() in data and (found := loop.search(data)):
            return path, data.count(b"\n", 0, found.start()) + 1, "loops over the registry"
    return None
