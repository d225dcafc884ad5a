"""What a fix produces and what every fix must keep."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst

_LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


class CannotFix(Exception):
    """The source has a shape that this fix does not edit; the message says which and what a person can do."""


class BrokenFix(Exception):
    """A fix broke one of its invariants. Nothing was written; this is a defect of the fix, not of the checkout."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """The whole text of one file before and after; `before` is None for a file that does not exist yet.

    `codes` are the rules whose findings the edit resolves.
    """

    path: str
    before: str | None
    after: str
    codes: tuple[str, ...]


def rewritten(source: str, rewrite: Callable[[cst.Module], cst.Module], *, addition: bool = True) -> str:
    """`source` after `rewrite`.

    Raises CannotFix if it does not parse, BrokenFix if the result does not compile or, where it is to be an addition,
    lacks something that was there.
    """
    import libcst as cst

    mark, text = ("\ufeff", source[1:]) if source.startswith("\ufeff") else ("", source)
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise CannotFix(f"line {error.raw_line} does not parse: repair the file first") from None
    if module.code != text:
        raise BrokenFix("the unchanged source does not survive parsing and printing")
    after = rewrite(module).code
    _check(text, after, addition)
    return mark + after


def _check(before: str, after: str, addition: bool) -> None:
    try:
        ast.parse(after)
    except SyntaxError as error:
        raise BrokenFix(f"the result does not compile: line {error.lineno}: {error.msg}") from None
    if addition and not is_addition(before, after):
        raise BrokenFix("the result loses or changes something that was there")


def is_addition(before: str, after: str) -> bool:
    """Whether `after` holds every token of `before`, comments included, in the same order."""
    wanted = _tokens(before)
    missing = next(wanted, None)
    for token in _tokens(after):
        if token == missing:
            missing = next(wanted, None)
    return missing is None


def _tokens(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _LAYOUT:
            yield token.string


def quote_of(source: str) -> str:
    """The quote that the file's one-line strings use most."""
    counts = {'"': 0, "'": 0}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and not token.string.endswith(('"""', "'''")):
            counts[token.string[-1]] += 1
    return "'" if counts["'"] > counts['"'] else '"'


def quoted(text: str, quote: str = '"') -> str:
    """`text` as a Python literal in that quote, or in the other one where the text holds it."""
    if quote in text or "\\" in text or not text.isprintable():
        return repr(text)
    return f"{quote}{text}{quote}"


def dict_literal(source: str, name: str) -> ast.Dict | None:
    """The dict literal that a module binds to `name`. Raises CannotFix if the source does not parse."""
    try:
        body = ast.parse(source.removeprefix("\ufeff")).body
    except SyntaxError as error:
        raise CannotFix(f"line {error.lineno} does not parse: repair the file first") from None
    for node in body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return node.value
    return None
