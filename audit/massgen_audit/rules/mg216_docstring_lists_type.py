"""The list of types in create_backend's docstring is complete.

What it does: where the docstring names at least half of the types, looks for this one.

Why it matters: it is the first list of backends that a reader of the code sees.

Evidence: the docstring's line.

Not a finding: a docstring that lists no types.

How to fix: add a line for the type.
"""

from __future__ import annotations

import ast
import re

from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import ENTRY
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    line, text = model.once("docstring of create_backend", lambda: _docstring(model))
    names = {info.name for info in model.types if _says(text, info.name)}
    if len(names) * 2 < len(model.types) or not names:
        return not_applicable(f"the docstring of {ENTRY} lists no types")
    if unit.type.name in names:
        return present(f"the docstring lists {unit.type.name}", seen(at.CLI, line, "literal", "docstring"))
    where = searched(at.CLI, line, f"the docstring names {len(names)} types")
    return partial(f"the docstring of {ENTRY} does not list {unit.type.name}", where)


def _says(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _docstring(model: RepoModel) -> tuple[int, str]:
    module = model.source.module(at.CLI)
    function = module.function(ENTRY) if module else None
    node = model.source.statement(at.CLI, function.place) if function else None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not ast.get_docstring(node):
        return 1, ""
    return node.body[0].lineno, ast.get_docstring(node) or ""


_SIGNATURE = "def create_backend(backend_type: str, **kwargs):\n"


def _doc(types: str) -> Edit:
    return Edit("massgen/cli.py", _SIGNATURE, f'{_SIGNATURE}    """Makes a backend: {types}."""\n')


RULE = Rule(
    code="MG216",
    slug="docstring-lists-type",
    point=0,
    phase="2.2",
    scope=Scope.TYPE,
    tier=Tier.RECOMMENDED,
    summary="The list of types in create_backend's docstring is complete",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no docstring"),
        MiniRepo("listed", edits=(_doc("acme: Acme"),)),
    ),
    invalid=(
        MiniRepo(
            "a list without it",
            edits=(
                _doc("bolt: Bolt, cord: Cord"),
                Edit("massgen/cli.py", 'if backend_type == "acme":', 'if backend_type in ["acme", "bolt", "cord"]:'),
            ),
            expect=(Expected("acme", "partial", "massgen/cli.py:11"),),
        ),
    ),
)
