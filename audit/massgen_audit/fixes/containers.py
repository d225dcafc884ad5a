"""Puts an element into a list, set, tuple or dict literal without touching its neighbours' comments.

A comment lives in the whitespace of the comma or bracket next to it, so a copied comma brings its comment along. The
gap between two elements is therefore split: what stands on the line of the element before stays with it, and what
stands on lines of its own goes on standing before the element after.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

Container = cst.List | cst.Set | cst.Dict | cst.Tuple
Item = cst.BaseElement | cst.BaseDictElement
Gap = cst.BaseParenthesizableWhitespace

_LINE_END = cst.TrailingWhitespace(newline=cst.Newline())


def insert(container: Container, index: int, item: Item) -> Container:
    """`container` with `item` at `index`, laid out as its siblings are."""
    gaps = _gaps(container)
    style = _style(gaps)
    items: list[Item] = list(container.elements)
    last = index == len(items)
    kept, moved = _split(gaps[index], style, first=index == 0, last=last)
    closed = last and bool(items) and isinstance(items[-1].comma, cst.MaybeSentinel)
    if index:
        items[index - 1] = items[index - 1].with_changes(comma=cst.Comma(whitespace_after=kept))
    needs_comma = not last or isinstance(moved, cst.ParenthesizedWhitespace) or (bool(items) and not closed)
    own = cst.Comma(whitespace_after=_nothing() if last else moved) if needs_comma else cst.MaybeSentinel.DEFAULT
    items.insert(index, item.with_changes(comma=own))
    changed = container.with_changes(elements=items)
    changed = _with_opening(changed, kept) if index == 0 else changed
    return _with_closing(changed, moved) if last else changed


def position(keys: Sequence[str], key: str) -> int:
    """Where `key` belongs: in order if the keys are sorted, at the end if they are not."""
    for order in (str, str.lower, _capitals_first):
        ranks = [order(each) for each in keys]
        if len(keys) > 1 and ranks == sorted(ranks):
            return sum(rank <= order(key) for rank in ranks)
    return len(keys)


def _capitals_first(name: str) -> str:
    """The order linters give `__all__`: constants, then classes, then the rest."""
    rank = "0" if name.isupper() else "1" if name[:1].isupper() else "2"
    return rank + name


def text_of(node: cst.CSTNode) -> str | None:
    """The value of a plain string literal, None for anything else."""
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def _gaps(container: Container) -> list[Gap]:
    """The whitespace before each element and before the closing bracket."""
    inner = [_after_comma(item) for item in container.elements[:-1]]
    opening, closing = _brackets(container)
    if not container.elements:
        return [opening if isinstance(opening, cst.ParenthesizedWhitespace) else closing]
    return [opening, *inner, closing]


def _after_comma(item: Item) -> Gap:
    return item.comma.whitespace_after if isinstance(item.comma, cst.Comma) else _nothing()


def _brackets(container: Container) -> tuple[Gap, Gap]:
    if isinstance(container, cst.List):
        return container.lbracket.whitespace_after, container.rbracket.whitespace_before
    if isinstance(container, cst.Tuple):
        return container.lpar[0].whitespace_after, container.rpar[-1].whitespace_before
    return container.lbrace.whitespace_after, container.rbrace.whitespace_before


def _with_opening(container: Container, gap: Gap) -> Container:
    if isinstance(container, cst.List):
        return container.with_changes(lbracket=cst.LeftSquareBracket(whitespace_after=gap))
    if isinstance(container, cst.Tuple):
        first = container.lpar[0].with_changes(whitespace_after=gap)
        return container.with_changes(lpar=[first, *container.lpar[1:]])
    return container.with_changes(lbrace=cst.LeftCurlyBrace(whitespace_after=gap))


def _with_closing(container: Container, gap: Gap) -> Container:
    if isinstance(container, cst.List):
        return container.with_changes(rbracket=cst.RightSquareBracket(whitespace_before=gap))
    if isinstance(container, cst.Tuple):
        last = container.rpar[-1].with_changes(whitespace_before=gap)
        return container.with_changes(rpar=[*container.rpar[:-1], last])
    return container.with_changes(rbrace=cst.RightCurlyBrace(whitespace_before=gap))


def _style(gaps: Sequence[Gap]) -> Gap:
    """What separates two elements: a line break with the siblings' indentation, or a space."""
    inner = gaps[:-1] or gaps
    for gap in inner:
        if isinstance(gap, cst.ParenthesizedWhitespace):
            indent = gap.last_line if len(gaps) > 1 else cst.SimpleWhitespace(gap.last_line.value + "    ")
            return cst.ParenthesizedWhitespace(first_line=_LINE_END, indent=gap.indent, last_line=indent)
    return cst.SimpleWhitespace(" ") if len(gaps) > 1 else _nothing()


def _split(gap: Gap, style: Gap, *, first: bool, last: bool) -> tuple[Gap, Gap]:
    """The part of a gap that stays with the element before, and the part that goes behind the inserted one."""
    if isinstance(gap, cst.ParenthesizedWhitespace) and isinstance(style, cst.ParenthesizedWhitespace):
        return style.with_changes(first_line=gap.first_line), gap.with_changes(first_line=_LINE_END)
    return (gap if first else style), (gap if last else style)


def _nothing() -> cst.SimpleWhitespace:
    return cst.SimpleWhitespace("")
