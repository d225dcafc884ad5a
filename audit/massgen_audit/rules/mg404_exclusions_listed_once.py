"""No setting stands twice in a set of exclusions.

What it does: reads the set and list literals of the functions that give excluded settings.

Why it matters: a second copy is what somebody takes out when the first should go.

Evidence: the function.

Not a finding: the same name in two different sets.

How to fix: take one of the two out.
"""

from __future__ import annotations

import ast
from collections import Counter

from massgen_audit.facts.nodes import walk
from massgen_audit.model import layout as at
from massgen_audit.model.params import BASE_METHOD, HANDLER_BASE_METHOD
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    evidence = []
    for path, name in ((at.BASE, BASE_METHOD), (at.HANDLER_BASE, HANDLER_BASE_METHOD)):
        module = model.source.module(path)
        method = next((m for fact in (module.classes if module else ()) if (m := fact.method(name))), None)
        if method is None:
            continue
        node = model.source.statement(path, method.place)
        evidence.append(seen(path, method.place, "defines", name))
        for part in walk(node) if node else ():
            twice = _twice(part)
            if twice is not None:
                text, line = twice
                return partial(f'"{text}" stands twice in {name}', seen(path, line, "literal", name))
    if not evidence:
        return not_applicable("there is no set of exclusions")
    return present("no name stands twice in a set of exclusions", *evidence)


def _twice(node: ast.AST) -> tuple[str, int] | None:
    """The second copy of a name in a literal, and its line."""
    parts = node.elts if isinstance(node, ast.Set | ast.List | ast.Tuple) else []
    names = Counter[str]()
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            names[part.value] += 1
            if names[part.value] == 2:
                return part.value, part.lineno
    return None


RULE = Rule(
    code="MG404",
    slug="exclusions-listed-once",
    point=0,
    phase="4.2",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="No setting stands twice in a set of exclusions",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("each name once"),),
    invalid=(
        MiniRepo(
            "a name twice",
            edits=(Edit("massgen/backend/base.py", 'return {"cwd", "type"}', 'return {"cwd", "type", "cwd"}'),),
            expect=(Expected("", "partial", "massgen/backend/base.py:30"),),
        ),
    ),
)
