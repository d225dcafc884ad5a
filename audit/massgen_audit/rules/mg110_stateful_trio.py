"""A stateful backend clears its history and resets its state.

What it does: evaluates `is_stateful`; where it gives True, looks whether `clear_history` and `reset_state` in effect
do something.

Why it matters: the orchestrator calls both between rounds and relies on them; an inherited empty method leaves the
old conversation in place.

Evidence: the three definitions.

Not a finding: a backend that is not stateful; a method inherited from another base than the root class.

How to fix: override the method so that it forgets the session.
"""

from __future__ import annotations

import ast

from massgen_audit.facts.shapes import Function
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen, unverifiable

SAID, TRIO = "is_stateful", ("clear_history", "reset_state")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    found = model.definition(info, SAID)
    if found is None:
        return not_applicable(f"{info.name} has no {SAID}")
    owner, method = found
    here = seen(owner.path, method.place, "defines", f"{owner.name}.{SAID}")
    answer = model.ask(model.instance_of(unit), SAID)
    if answer is False:
        return not_applicable(f"{info.name} is not stateful", here)
    if answer is not True:
        return unverifiable(f"whether {info.name} is stateful is computed", here)
    pieces = {name: model.definition(info, name) for name in TRIO}
    lost = [name for name, piece in pieces.items() if piece is None or not _acts(model, *piece)]
    kept = [seen(piece[0].path, piece[1].place, "defines", name) for name, piece in pieces.items() if piece]
    if not lost:
        return present(f"{info.name} is stateful and forgets when asked", here, *kept)
    where = searched(info.path, info.fact.place.end_line, f"{' and '.join(lost)} belongs in this class")
    return partial(f"{info.name} is stateful and its {' and '.join(lost)} does nothing", here, where)


def _acts(model: RepoModel, owner: ClassInfo, method: Function) -> bool:
    """Whether the body is more than a docstring, `pass` or a bare `return`."""
    node = model.source.statement(owner.path, method.place)
    body = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
    return any(
        not isinstance(item, ast.Pass)
        and not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
        and not (isinstance(item, ast.Return) and item.value is None)
        for item in body
    )


_STATE = """\
        return ["search"]

    def is_stateful(self):
        return True

    def clear_history(self):
        self.history = []

    def reset_state(self):
        {}
"""

RULE = Rule(
    code="MG110",
    slug="stateful-trio",
    point=0,
    phase="6.2",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="A stateful backend clears its history and resets its state",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("not stateful"),
        MiniRepo(
            "stateful, and both forget",
            edits=(
                Edit("massgen/backend/acme.py", '        return ["search"]\n', _STATE.format("self.session = None")),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "reset_state is empty",
            edits=(Edit("massgen/backend/acme.py", '        return ["search"]\n', _STATE.format("pass")),),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:38"),),
        ),
    ),
)
