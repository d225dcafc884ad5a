"""0003 to 0006: methods that several backend classes repeat come to stand once.

What it changes: methods of the same name and the same statements, docstrings aside, about one concern. A copy that its
class inherits anyway is deleted. Where a class above all copies is shared by them, the method moves there; where there
is none but the root class, it moves to a mixin, which the classes then have first among their bases.

With --unsafe: methods that differ in nothing but what they log count as the same.

Left alone: what depends on where it stands (super(), private names, names of the class body), names that mean another
thing in another module or that a condition binds, what a test replaces in its module, what is compared by identity, an
import that would come back; and copies inside larger functions, which are told with their places.

Holds afterwards: every class of the checkout finds for every method name the statements that it found before, and its
bases have an order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from massgen_audit.fixes.edit import CannotFix
from massgen_audit.migrate.imports import would_cycle
from massgen_audit.migrate.methods import (
    Method,
    alike,
    dumped,
    is_large,
    meanings,
    methods_of,
    named_as_text,
    obstacle,
)
from massgen_audit.migrate.migration import Note, Options, Outcome
from massgen_audit.migrate.moves import Moves, edits
from massgen_audit.model.classes import ClassInfo, Key
from massgen_audit.model.concerns import Concern, concern_of
from massgen_audit.model.duplicates import Duplicate, duplicates
from massgen_audit.model.repo import ROOT_CLASS, RepoModel

_SHAPES = re.compile(r"_*(?:extract|create|format|convert|parse|serialize)_tool")


@dataclass(frozen=True, slots=True)
class Target:
    """What a migration is about and the mixin that holds what no class above does. `root` admits the root class."""

    number: str
    concerns: frozenset[Concern]
    mixin: Key
    sentence: str
    root: bool = False


def plan(model: RepoModel, options: Options, target: Target) -> Outcome:
    """The moves of one concern."""
    sharing = _Sharing(model, options, target)
    for group in alike(model, options.unsafe):
        if sharing.concern(group[0]) in target.concerns:
            sharing.share(group)
    sharing.inherit_once()
    outcome = sharing.outcome
    try:
        outcome.edits = edits(model, sharing.moves, target.number)
    except CannotFix as reason:
        return Outcome(left=[*outcome.left, Note(target.mixin[0], 1, str(reason))])
    sharing.tell_rest()
    return outcome


class _Sharing:
    """Decides group by group, so that each sees what those before it have moved."""

    def __init__(self, model: RepoModel, options: Options, target: Target) -> None:
        self.model, self.options, self.target = model, options, target
        self.moves = Moves()
        self.outcome = Outcome()
        self._told: set[tuple[str, int]] = set()

    def concern(self, method: Method) -> Concern:
        """What a method is about, by its name where that says so, or else by the words that it uses."""
        if _SHAPES.match(method.name):
            return Concern.TOOLS
        lines = self.model.source.lines(method.path)[method.line - 1 : method.node.end_lineno]
        return concern_of("\n".join(lines))

    def share(self, group: list[Method]) -> None:
        if not is_large(group[0]):
            self._drop_small(group)
            return
        free = [method for method in group if not self._is_tied(method)]
        free = [method for method in free if not self._means_otherwise(method, free[0])]
        kept = [method for method in free if not self._inherits_anyway(method, free)]
        if len(kept) < 2 or not any(self._admits(method) for method in kept):
            return
        reason = self._move(kept)
        for method in kept if reason else ():
            self._leave(method, reason)

    def _drop_small(self, group: list[Method]) -> None:
        """What is alike by chance is not moved; a copy of what is inherited anyway can go all the same."""
        free = [method for method in group if not obstacle(self.model, method)]
        for method in free:
            if self._otherwise(method, free[0]) is None:
                self._inherits_anyway(method, free)

    def _is_tied(self, method: Method) -> bool:
        reason = obstacle(self.model, method)
        if reason:
            self._leave(method, f"{reason}: it stays in its class")
        return bool(reason)

    def _means_otherwise(self, method: Method, first: Method) -> bool:
        name = self._otherwise(method, first)
        if name is not None:
            self._leave(method, f"uses {name}, which is another thing in {first.path}: it stays in its class")
        return name is not None

    def _otherwise(self, method: Method, first: Method) -> str | None:
        """A name of the method's module that is another thing in the module of `first`."""
        own, other = meanings(self.model, method), meanings(self.model, first)
        for name, binding in own.items():
            known = other.get(name)
            if binding is None or known is None or binding.key != known.key:
                return name
        return None

    def _inherits_anyway(self, method: Method, group: list[Method]) -> bool:
        """Deletes a copy whose class, and all below it, find another copy next."""
        below = [info for info in self.model.classes.all() if method.info in self.model.classes.mro(info)]
        found = {self.model.classes.method(info, method.name, after=method.info) for info in below}
        owners = {definition[0].key if definition else None for definition in found}
        above = next((other for other in group if owners == {other.info.key} and other is not method), None)
        if above is None or not self._admits(method):
            return False
        self._delete(method, f"is inherited from {above.info.name} ({above.path}:{above.line})")
        return True

    def _admits(self, method: Method) -> bool:
        return self.options.admits(self.model, method.path, method.info.name)

    def _move(self, group: list[Method]) -> str:
        """Moves a group to its home, or says why it cannot."""
        home = self._above(group)
        key = home.key if home else self.target.mixin
        reason = self._cannot_import(group, key) or self._would_hide(group, key)
        if reason:
            return reason
        holder = self.model.classes.get(key)
        if holder is None and self.model.source.exists(key[0]):
            return f"{key[0]} is there without a class {key[1]}: write the class first"
        held = methods_of(self.model, holder).get(group[0].name) if holder else None
        if held is not None and dumped(held.node, self.options.unsafe) != dumped(group[0].node, self.options.unsafe):
            return f"{key[1]} has another {group[0].name} ({held.path}:{held.line}): make both the same first"
        if held is None:
            self._come(group[0], key, new=holder is None)
        for method in group:
            if method.info.key != key and self._admits(method):
                self._delete(method, f"moves to {key[1]} ({key[0]})")
                if home is None:
                    self.moves.above[method.info.key] = key
        return ""

    def inherit_once(self) -> None:
        """A class below another one that inherits the mixin has it from there: twice, its bases would have no order."""
        for key, target in list(self.moves.above.items()):
            info = self.model.classes.get(key)
            above = {item.key for item in self.model.classes.mro(info)[1:]} if info else set()
            if target in above or any(self.moves.above.get(other) == target for other in above):
                del self.moves.above[key]

    def _above(self, group: list[Method]) -> ClassInfo | None:
        """The nearest class that all copies' classes inherit from, if it may hold the method."""
        orders = [self.model.classes.mro(method.info)[1:] for method in group]
        shared = set.intersection(*({info.key for info in order} for order in orders))
        backends = (info for info in orders[0] if info.key in shared and self.model.classes.inherits(info, ROOT_CLASS))
        found = next(backends, None)
        return found if found is not None and (found.name != ROOT_CLASS or self.target.root) else None

    def _cannot_import(self, group: list[Method], key: Key) -> str:
        """Why the home cannot have the names that the method needs, or its classes the home."""
        new = self.model.classes.get(key) is None
        importers = {method.path for method in group} if new else {key[0]}
        for name, binding in meanings(self.model, group[0]).items():
            if binding is None or not binding.module or binding.module == key[0]:
                continue
            if new and binding.module in importers:
                return f"needs {name} of {binding.module}, which would import {key[1]}: move {name} to a module first"
            if any(would_cycle(self.model, path, binding.module) for path in importers):
                return f"needs {name} of {binding.module}, which imports {key[0]} in turn: move {name} first"
        return ""

    def _would_hide(self, group: list[Method], key: Key) -> str:
        """Why the method in its home would be found by a class that has another one, or none, and is asked for it."""
        name, members = group[0].name, {method.info.key for method in group}
        holder = self.model.classes.get(key)
        users = {user for user, above in self.moves.above.items() if above == key}
        heirs = members if holder is None else members | {holder.key}
        own = list(methods_of(self.model, holder).values()) if holder else []
        coming = [*own, *self.moves.come.get(key, ()), group[0]]
        for info in self.model.classes.all():
            order = {item.key for item in self.model.classes.mro(info)}
            if not order & (heirs | users):
                continue
            for method in coming:
                found = self.model.classes.method(info, method.name)
                if found is None:
                    asked = named_as_text(self.model, method.name)
                    if asked:
                        return f"{info.name} would get {method.name}, which {asked} asks for by name"
                elif not self._is_same(found[0], method):
                    return f"{key[1]} would hide {found[0].name}.{method.name} from {info.name}"
        return "" if name not in self._names_above(key, heirs) else f"{key[1]} would hide another {name}"

    def _is_same(self, owner: ClassInfo, method: Method) -> bool:
        found = methods_of(self.model, owner).get(method.name)
        unsafe = self.options.unsafe
        return found is not None and (
            dumped(found.node, unsafe) == dumped(method.node, unsafe) or owner.key in self._below_home(owner, method)
        )

    def _below_home(self, owner: ClassInfo, method: Method) -> set[Key]:
        """A class below the copies that overrides the method keeps its own."""
        return {owner.key} if method.info in self.model.classes.mro(owner)[1:] else set()

    def _names_above(self, key: Key, heirs: set[Key]) -> set[str]:
        """Names that the classes above a home that exists define: the home would hide them."""
        holder = self.model.classes.get(key)
        above = self.model.classes.mro(holder)[1:] if holder else ()
        return {method.name for item in above for method in item.fact.methods if item.key not in heirs}

    def _come(self, method: Method, key: Key, *, new: bool) -> None:
        self.moves.come[key].append(method)
        if new:
            self.moves.created[key] = self.target.sentence
        for name, binding in meanings(self.model, method).items():
            if binding is not None and (new or not self._has(key[0], name)):
                self.moves.imports[key[0]].append(binding.statement(key[0]))

    def _has(self, path: str, name: str) -> bool:
        module = self.model.source.module(path)
        return module is not None and name in module.bindings()

    def _delete(self, method: Method, text: str) -> None:
        self.moves.gone[method.info.key].append(method.name)
        self.outcome.changed.append(Note(method.path, method.line, f"{method} {text}"))
        self._told |= {(method.path, line) for line in range(method.line, (method.node.end_lineno or method.line) + 1)}

    def _leave(self, method: Method, reason: str) -> None:
        self.outcome.left.append(Note(method.path, method.line, f"{method} {reason}"))
        self._told |= {(method.path, line) for line in range(method.line, (method.node.end_lineno or method.line) + 1)}

    def tell_rest(self) -> None:
        """The copies of this concern that are no whole methods, or not the same ones."""
        for item in duplicates(self.model):
            if item.concern in self.target.concerns:
                self.outcome.left += self._rest(item)

    def _rest(self, item: Duplicate) -> Iterator[Note]:
        kept = item.kept
        for copy in item.copies:
            place = copy.place
            if copy is kept or any((place.path, line) in self._told for line in (place.line, place.end_line)):
                continue
            where = f"{kept.place.path}:{kept.place.line}"
            if copy.whole:
                what = copy.owners[0] if len(copy.owners) == 1 else f"{copy.owners[0]} and what follows it"
                text = f"{what} has the statements of {where} with other names or texts: make both the same first"
            else:
                text = f"{copy.lines} lines as in {where} stand inside more: take them out into one method first"
            yield Note(place.path, place.line, text)
