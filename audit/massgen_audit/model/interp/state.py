"""What a branch may change, kept so that another branch can start from the same place and both be joined."""

from __future__ import annotations

from typing import Any

from massgen_audit.model.interp.values import ABSENT, Instance, OneOf, join

Content = Any


class Snapshot:
    """The contents of every container reachable from a frame's names."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._kept: dict[int, tuple[Any, Content]] = {}
        stack: list[Any] = [names]
        while stack:
            item = stack.pop()
            parts = inner(item)
            if parts is None or id(item) in self._kept:
                continue
            self._kept[id(item)] = (item, _copy(item))
            stack.extend(parts)

    def restore(self) -> None:
        for item, content in self._kept.values():
            _fill(item, content)

    def merge(self, other: Snapshot) -> None:
        """Puts into every container what it holds after either branch."""
        for key, (item, content) in self._kept.items():
            rival = other._kept.get(key)
            _fill(item, content if rival is None else _merged(content, rival[1]))
        for key, (item, content) in other._kept.items():
            if key not in self._kept:
                _fill(item, content)


def inner(item: Any) -> list[Any] | None:
    """What a container or an object holds; None for a value that holds nothing."""
    if isinstance(item, dict):
        return list(item.values())
    if isinstance(item, Instance):
        return [item.attrs]
    if isinstance(item, OneOf):
        return list(item.options)
    return list(item) if isinstance(item, (list, set)) else None


def _copy(item: Any) -> Content:
    if isinstance(item, Instance):
        return item.pending
    return item if isinstance(item, OneOf) else item.copy()


def _fill(item: Any, content: Content) -> None:
    if isinstance(item, Instance):
        item.pending = content
    elif isinstance(item, list):
        item[:] = content
    elif isinstance(item, (dict, set)):
        item.clear()
        item.update(content)


def _merged(left: Content, right: Content) -> Content:
    if isinstance(left, dict) and isinstance(right, dict):
        keys = list(dict.fromkeys((*left, *right)))
        return {key: join((left.get(key, ABSENT), right.get(key, ABSENT))) for key in keys}
    if isinstance(left, set) and isinstance(right, set):
        return left | right
    if isinstance(left, list) and isinstance(right, list):
        return left if len(left) >= len(right) else right
    return left
