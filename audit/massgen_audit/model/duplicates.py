"""Duplicated backend code for people: which functions hold it, and which shared piece is to be called instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from massgen_audit.facts.shapes import Place as Extent
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.clones import SHARED, Clone, Place, backend_clones
from massgen_audit.model.concerns import CODES, Concern
from massgen_audit.model.repo import ROOT_CLASS, RepoModel


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """One copy and the functions that it is in or consists of, outermost name first: `Class.method`.

    `whole` says that the copy consists of whole functions.
    """

    place: Place
    owners: tuple[str, ...]
    whole: bool

    @property
    def lines(self) -> int:
        return self.place.end_line - self.place.line + 1


@dataclass(frozen=True, slots=True)
class Piece:
    """Something shared, where it is, and its name."""

    path: str
    name: str
    line: int = 0  # 0: not in this checkout


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A group of copies.

    `home` is a class that the classes of all copies have above them or are, or else a copy that stands where backends
    keep what they share; `held` says that it has one of the copies already. `piece` is what the checkout, or else
    massgen-backends, shares for such code.
    """

    concern: Concern
    copies: tuple[Copy, ...]
    nodes: int
    home: Piece | None
    piece: Piece | None
    held: bool

    @property
    def code(self) -> str:
        return CODES.get(self.concern, "")

    @property
    def lines(self) -> int:
        """Length of the longest copy."""
        return max(copy.lines for copy in self.copies)

    @property
    def kept(self) -> Copy:
        """The copy that stays: the home's, or else the first of the longest."""
        at_home = (copy for copy in self.copies if self.home and self.held and copy.place.path == self.home.path)
        return next(at_home, None) or max(self.copies, key=lambda copy: copy.lines)

    @property
    def saved(self) -> int:
        """Lines that go when one copy is left."""
        return sum(copy.lines for copy in self.copies) - self.kept.lines


_NEVER = re.compile(r"(?!)")
# What is shared for each concern, in MassGen at its ages and in massgen-backends, the best first; and the words without
# which the lines are about the concern in a way that the piece does not serve.
_PIECES: dict[Concern, tuple[re.Pattern[str], tuple[Piece, ...]]] = {
    Concern.MCP: (
        re.compile(r"setup_mcp_client|MCPClient\b|\.call_tool\(|list_tools\("),
        (
            Piece("massgen/backend/mcp_integration.py", "MCPIntegrationMixin"),
            Piece("massgen/mcp_tools/backend_utils.py", "MCPResourceManager"),
        ),
    ),
    Concern.BREAKER: (
        re.compile(r""),
        (
            Piece("massgen/backend/circuit_breaker.py", "LLMCircuitBreaker"),
            Piece("massgen/backend/llm_circuit_breaker.py", "LLMCircuitBreaker"),
            Piece("massgen/mcp_tools/backend_utils.py", "MCPCircuitBreakerManager"),
        ),
    ),
    Concern.TOOLS: (
        re.compile(r"""["']type["']\s*:\s*["']function["']|input_schema|function_?declarations""", re.IGNORECASE),
        (
            Piece("massgen/backend/tool_handlers.py", "ToolHandlerMixin"),
            Piece("massgen/formatter/_formatter_base.py", "FormatterBase"),
        ),
    ),
    Concern.TOKENS: (
        re.compile(r""),
        (
            Piece("massgen/token_manager/token_manager.py", "TokenCostCalculator"),
            Piece("massgen/backend/utils/token_management.py", "TokenCostCalculator"),
            Piece("massgen/backend/token_management.py", "TokenCostCalculator"),
        ),
    ),
    Concern.RETRY: (
        re.compile(r"sleep\("),
        (
            Piece("massgen/backend/utils/streaming_utils.py", "StreamProcessor"),
            Piece("massgen/backend/llm_circuit_breaker.py", "LLMCircuitBreaker"),
        ),
    ),
    Concern.STREAM: (
        re.compile(r"\bdelta\b"),
        (Piece("massgen/backend/utils/streaming_utils.py", "StreamAccumulator"),),
    ),
}


def duplicates(model: RepoModel) -> tuple[Duplicate, ...]:
    """Every group, the one that saves most lines first."""
    found = (_duplicate(model, clone) for clone in backend_clones(model))
    return tuple(sorted(found, key=lambda item: (-item.saved, item.copies)))


def lines_saved(found: Iterable[Duplicate]) -> int:
    """Lines that go when every group is left with one copy: a line that several groups have counts once."""
    gone: set[tuple[str, int]] = set()
    for item in found:
        for copy in item.copies:
            if copy is not item.kept:
                gone |= {(copy.place.path, line) for line in range(copy.place.line, copy.place.end_line + 1)}
    return len(gone)


def _duplicate(model: RepoModel, clone: Clone) -> Duplicate:
    copies = tuple(_copy(model, place) for place in clone.places)
    above = home(model, clone)
    holds = above is not None and any(_class_of(model, place) == above for place in clone.places)
    spot = Piece(above.path, above.name, above.fact.place.line) if above else None
    shared = next((copy for copy in copies if copy.place.path.startswith((at.BASE, *SHARED)) and copy.owners), None)
    if spot is None and shared is not None:
        spot, holds = Piece(shared.place.path, shared.owners[0], shared.place.line), True
    return Duplicate(clone.concern, copies, clone.nodes, spot, _piece(model, clone), holds)


def _copy(model: RepoModel, place: Place) -> Copy:
    functions = list(_functions(model, place.path))
    around = [name for name, extent in functions if extent.line <= place.line and place.end_line <= extent.end_line]
    inside = [name for name, extent in functions if place.line <= extent.line and extent.end_line <= place.end_line]
    return Copy(place, tuple(inside or around[-1:]), bool(inside))


def _functions(model: RepoModel, path: str) -> Iterator[tuple[str, Extent]]:
    module = model.source.module(path)
    if module is None:
        return
    yield from ((item.name, item.place) for item in module.functions)
    for owner in module.classes:
        yield from ((f"{owner.name}.{item.name}", item.place) for item in owner.methods)


def _class_of(model: RepoModel, place: Place) -> ClassInfo | None:
    module = model.source.module(place.path)
    around = (
        fact
        for fact in (module.classes if module else ())
        if fact.place.line <= place.line and place.end_line <= fact.place.end_line
    )
    fact = next(around, None)
    return model.classes.get((place.path, fact.name)) if fact else None


def home(model: RepoModel, clone: Clone) -> ClassInfo | None:
    """The nearest class that every copy's class has above it, or is; None if a copy stands outside a class.

    A backend class goes before a mixin, which is about something of its own.
    """
    owners = [_class_of(model, place) for place in clone.places]
    orders: Sequence[tuple[ClassInfo, ...]] = [model.classes.mro(info) for info in owners if info is not None]
    if len(orders) != len(owners):
        return None
    shared = set.intersection(*({item.key for item in order} for order in orders))
    above = [item for item in orders[0] if item.key in shared]
    backends = [item for item in above if model.classes.inherits(item, ROOT_CLASS)]
    return next(iter([*backends, *above]), None)


def _piece(model: RepoModel, clone: Clone) -> Piece | None:
    """What the checkout shares for this concern; what massgen-backends has for it where the checkout has nothing."""
    words, pieces = _PIECES.get(clone.concern, (_NEVER, ()))
    place = clone.places[0]
    if not words.search("\n".join(model.source.lines(place.path)[place.line - 1 : place.end_line])):
        return None
    for piece in pieces:
        module = model.source.module(piece.path)
        fact = next((item for item in module.classes if item.name == piece.name), None) if module else None
        if fact is not None:
            return Piece(piece.path, piece.name, fact.place.line)
    return pieces[0]
