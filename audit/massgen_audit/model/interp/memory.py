"""What functions returned for arguments that cannot change, so that each is followed once for the same arguments.

A result is kept only if following the function changed nothing and asked for nothing outside the source (no
assignment to an attribute or an item, no change of a container, no environment variable, no exception), and if no
part of the result can be changed. A function may read module-level containers: once the audited code changes one of
those, nothing is kept or used any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from massgen_audit.model.interp.state import inner
from massgen_audit.model.interp.values import ClassRef, Foreign, Func, Instance, Member, ModuleRef, OneOf, Unknown

Key = tuple[Any, ...]
_PLAIN = (str, int, float, bool, type(None), bytes)


class Memory:
    def __init__(self) -> None:
        self.effects = 0  # what following code has changed, raised or asked for so far
        self.evaluating = 0  # module-level names whose value is being found: until then they read as unknown
        self._kept: dict[Key, Any] = {}
        self._shared: dict[int, Any] = {}  # containers that a module-level name leads to
        self._spoilt = False

    @contextmanager
    def finding(self) -> Iterator[None]:
        """While the value of a module-level name is being found."""
        self.evaluating += 1
        try:
            yield
        finally:
            self.evaluating -= 1

    def share(self, value: Any) -> None:
        """Takes note of every container that can be reached from the value of a module-level name."""
        stack = [value]
        while stack:
            item = stack.pop()
            parts = inner(item)
            if parts is not None and id(item) not in self._shared:
                self._shared[id(item)] = item
                stack.extend(parts)

    def constructed(self, instance: Instance) -> None:
        """An object got its attributes: those of a shared object are shared."""
        if id(instance) in self._shared:
            self.share(instance.attrs)

    def changes(self, box: Any) -> None:
        """The audited code changes an object or a container."""
        self.effects += 1
        self._spoilt = self._spoilt or id(box) in self._shared

    def key(self, callee: Func, args: list[Any], keywords: dict[str, Any]) -> Key | None:
        """Under what the result of a call is kept; None if an argument can change."""
        if self._spoilt or self.evaluating:
            return None
        parts = [frozen(callee.receiver), *map(frozen, args), *map(frozen, keywords.values())]
        if any(part is None for part in parts):
            return None
        return (callee.path, callee.fact.place, tuple(keywords), *parts)

    def find(self, key: Key) -> tuple[Any] | None:
        return (self._kept[key],) if key in self._kept else None

    def keep(self, key: Key, value: Any, effects: int) -> None:
        """Keeps a result, if nothing has happened since there were that many effects."""
        if self.effects == effects and not self._spoilt and frozen(value) is not None:
            self._kept[key] = value


def frozen(value: Any) -> Key | None:
    """A key that tells values apart which nobody can change; None for the rest."""
    if isinstance(value, _PLAIN):
        return (type(value), value)
    if isinstance(value, Unknown):
        return (Unknown,)
    if isinstance(value, (Foreign, ModuleRef, Member)):
        return (type(value), value.chain if isinstance(value, Foreign) else repr(value))
    if isinstance(value, ClassRef):
        return (ClassRef, *value.info.key)
    if isinstance(value, Func):
        receiver = frozen(value.receiver)
        return None if receiver is None else (Func, value.path, value.fact.place, receiver)
    if isinstance(value, (tuple, OneOf)):
        parts = [frozen(item) for item in (value.options if isinstance(value, OneOf) else value)]
        return None if None in parts else (type(value), *parts)
    return None
