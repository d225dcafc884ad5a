"""Every name in `__all__` of `massgen/backend/__init__.py` exists there.

What it does: compares the elements of `__all__` with the names that the module binds.

Why it matters: `from massgen.backend import *` raises AttributeError for a name that is not bound.

Evidence: the elements.

Not a finding: names that a module-level `__getattr__` serves.

How to fix: import the name, or take it out of the list.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    module = model.source.module(at.BACKEND_INIT)
    if module is None or not module.exports:
        return not_applicable("backend/__init__.py has no __all__")
    if module.function("__getattr__") is not None:
        return not_applicable("backend/__init__.py serves names through __getattr__")
    bound = module.bindings()
    loose = [item for item in module.exports if item.name not in bound]
    if not loose:
        first = seen(at.BACKEND_INIT, module.exports[0].place, "literal", "first element")
        return present(f"all {len(module.exports)} names of __all__ are bound", first)
    evidence = [seen(at.BACKEND_INIT, item.place, "literal", item.name) for item in loose]
    return partial(f"__all__ names {', '.join(item.name for item in loose)}, which is not bound", *evidence)


RULE = Rule(
    code="MG203",
    slug="all-is-bound",
    point=4,
    phase="2.1",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="Every name in __all__ of backend/__init__.py exists there",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("every name is imported"),),
    invalid=(
        MiniRepo(
            "a name that nothing binds",
            edits=(Edit("massgen/backend/__init__.py", '    "StreamChunk",\n', '    "StreamChunk",\n    "Ghost",\n'),),
            expect=(Expected("", "partial", "massgen/backend/__init__.py:8"),),
        ),
    ),
)
