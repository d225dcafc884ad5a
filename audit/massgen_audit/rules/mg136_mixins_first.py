"""A mixin stands before the backend class it changes.

What it does: looks at the written bases: a class of the checkout that is no backend, after one that is, and a method
that both have.

Why it matters: the backend's own method wins then, and the mixin does nothing.

Evidence: the class statement and the mixin's method.

Not a finding: a mixin that shares no method with the backend before it.

How to fix: write the mixin first.
"""

from __future__ import annotations

from massgen_audit.model.repo import ROOT_CLASS, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    bases = [base for base in (model.classes.get(key) for key in info.bases if isinstance(key, tuple)) if base]
    here = seen(info.path, info.fact.place.line, "defines", f"{info.name}({', '.join(info.fact.bases)})")
    mixins = [base for base in bases if not model.classes.inherits(base, ROOT_CLASS)]
    if not mixins:
        return not_applicable(f"{info.name} has no mixin")
    for mixin in mixins:
        for before in bases[: bases.index(mixin)]:
            for method in mixin.fact.methods:
                if model.classes.inherits(before, ROOT_CLASS) and model.definition(before, method.name):
                    text = f"{before.name} hides {mixin.name}.{method.name}, which comes after it"
                    return partial(text, here, seen(mixin.path, method.place, "defines", method.name))
    return present(f"the mixins of {info.name} come before what they change", here)


_MIXIN = Edit("massgen/backend/quiet.py", "", "class QuietMixin:\n    def is_stateful(self):\n        return False\n")
_IMPORT = Edit(
    "massgen/backend/acme.py",
    "from .base import StreamChunk\n",
    "from .base import StreamChunk\nfrom .quiet import QuietMixin\n",
)

RULE = Rule(
    code="MG136",
    slug="mixins-first",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="A mixin stands before the backend class it changes",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no mixin"),
        MiniRepo(
            "the mixin first",
            edits=(
                _MIXIN,
                Edit(
                    "massgen/backend/acme.py",
                    "class AcmeBackend(CustomToolAndMCPBackend):",
                    "class AcmeBackend(QuietMixin, CustomToolAndMCPBackend):",
                ),
                _IMPORT,
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the mixin last",
            edits=(
                _MIXIN,
                Edit(
                    "massgen/backend/acme.py",
                    "class AcmeBackend(CustomToolAndMCPBackend):",
                    "class AcmeBackend(CustomToolAndMCPBackend, QuietMixin):",
                ),
                _IMPORT,
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:8"),),
        ),
    ),
)
