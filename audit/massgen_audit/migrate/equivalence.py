"""The proof of a move: every class finds for every name the statements that it found before."""

from __future__ import annotations

from collections.abc import Iterator

from massgen_audit.migrate.methods import dumped, methods_of
from massgen_audit.migrate.migration import Options
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.repo import RepoModel


def broken(before: RepoModel, after: RepoModel, options: Options) -> Iterator[str]:
    """What is not as it was: a class that is gone or cannot be made, a method that is another one."""
    for info in before.classes.all():
        other = after.classes.get(info.key)
        if other is None:
            yield f"{info.path} would have no class {info.name}"
            continue
        if not _orderly(after, other):
            yield f"{info.name} would have no order of its base classes"
        names = {method.name for item in before.classes.mro(info) for method in item.fact.methods}
        for name in sorted(names):
            if _found(before, info, name, options) != _found(after, other, name, options):
                yield f"{info.name}.{name} would be another method"


def _found(model: RepoModel, info: ClassInfo, name: str, options: Options) -> str | None:
    """The statements in effect; a class that defines a name more than once is told by its place in the file."""
    definition = model.classes.method(info, name)
    if definition is None:
        return None
    owner = definition[0]
    method = methods_of(model, owner).get(name)
    if method is None:
        return f"{owner.path} {owner.name}"
    key = f"statements of {owner.path} {owner.name} {name} {options.unsafe}"
    return model.once(key, lambda: dumped(method.node, options.unsafe))


def _orderly(model: RepoModel, info: ClassInfo) -> bool:
    """Whether the linearisation keeps the order of the bases and that of each base's own linearisation."""
    order = [item.key for item in model.classes.mro(info)]
    bases = [base for base in info.bases if isinstance(base, tuple)]
    orders = [[item.key for item in model.classes.mro(parent)] for parent in map(model.classes.get, bases) if parent]
    return len(order) == len(set(order)) and all(_within(part, order) for part in (*orders, bases))


def _within(part: list[tuple[str, str]], whole: list[tuple[str, str]]) -> bool:
    places = [whole.index(key) for key in part if key in whole]
    return len(places) == len(part) and places == sorted(places)
