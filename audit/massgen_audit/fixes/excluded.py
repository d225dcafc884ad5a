"""Adds names to a set of excluded parameters: the set a function returns, or one bound to a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from massgen_audit.fixes.edit import CannotFix, quote_of, quoted, rewritten

if TYPE_CHECKING:
    import libcst as cst


def add_excluded(source: str, holder: str, names: Iterable[str]) -> str:
    """`source` whose set in `holder`, a function, method or module-level name, also has `names`, in their order.

    Names that it has already are skipped. Raises CannotFix where `holder` has no literal set of strings.
    """
    quote = quote_of(source)
    wanted = [(name, quoted(name, quote)) for name in names]
    return rewritten(source, lambda tree: _with_names(tree, holder, wanted))


def _with_names(tree: cst.Module, holder: str, wanted: list[tuple[str, str]]) -> cst.Module:
    import libcst as cst
    import libcst.matchers as m

    from massgen_audit.fixes.containers import insert, position, text_of

    target = m.Name(holder)
    held = m.FunctionDef(name=target) | m.Assign(targets=[m.AssignTarget(target)]) | m.AnnAssign(target=target)
    sets = [found for node in m.findall(tree, held) for found in m.findall(node, m.Set())]
    if not sets:
        raise CannotFix(f"{holder} holds no literal set of names: add them where it gets its names from")
    original = max((cst.ensure_type(found, cst.Set) for found in sets), key=lambda found: len(found.elements))
    grown = original
    for name, literal in wanted:
        present = [text_of(element.value) or "" for element in grown.elements]
        if name not in present:
            element = cst.Element(cst.SimpleString(literal))
            grown = cst.ensure_type(insert(grown, position(present, name), element), cst.Set)
    if grown is original:
        return tree
    changed = tree.deep_replace(original, grown)
    assert isinstance(changed, cst.Module)
    return changed
