"""The class is in `__all__` of `massgen/backend/__init__.py`.

What it does: evaluates `__all__` in every form: assigned, `+=`, `append`, `extend`, under `if` and `try`.

Why it matters: `__all__` is what the package promises; tools that list backends read it.

Evidence: the element.

Not a finding: an element appended only where an optional dependency is there.

How to fix: add the name to the list.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.exported import all_place, export_of
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import BACKEND_INIT
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, planned, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type.cls
    where = searched(at.BACKEND_INIT, all_place(model), "the name belongs in __all__")
    if unit.type.lost:
        return not_applicable(f"the class that serves {unit.type.name} is not there to be exported")
    if info is None:
        return missing(f"there is no class to export for {unit.type.name}", where)
    found = export_of(model, info)
    if found.listed is not None:
        return present(f"{info.name} is in __all__", seen(at.BACKEND_INIT, found.listed, "literal", info.name))
    if found.imported is not None:
        imported = seen(at.BACKEND_INIT, found.imported, "literal", "imported here")
        return partial(f"{info.name} is imported and is not in __all__", where, imported)
    if found.planned:
        return planned(f"{info.name} is commented out", seen(at.BACKEND_INIT, found.planned, "literal"), where)
    return missing(f"{info.name} is not in __all__", where)


_ELEMENT = '    "AcmeBackend",\n'

RULE = Rule(
    code="MG202",
    slug="class-in-all",
    point=4,
    phase="2.1",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The class is in __all__ of backend/__init__.py",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("an element of the list"),
        MiniRepo(
            "appended under a condition",
            edits=(
                Edit("massgen/backend/__init__.py", _ELEMENT, ""),
                Edit(
                    "massgen/backend/__init__.py",
                    '    "StreamChunk",\n]\n',
                    '    "StreamChunk",\n]\n\nif AcmeBackend is not None:\n    __all__.append("AcmeBackend")\n',
                ),
            ),
        ),
        MiniRepo(
            "added with +=",
            edits=(
                Edit("massgen/backend/__init__.py", _ELEMENT, ""),
                Edit(
                    "massgen/backend/__init__.py",
                    '    "StreamChunk",\n]\n',
                    '    "StreamChunk",\n]\n__all__ += ["AcmeBackend"]\n',
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "imported, not listed",
            edits=(Edit("massgen/backend/__init__.py", _ELEMENT, ""),),
            expect=(Expected("acme", "partial", "massgen/backend/__init__.py:4"),),
            fixed={at.BACKEND_INIT: BACKEND_INIT},
        ),
        MiniRepo(
            "neither imported nor listed",
            edits=(
                Edit("massgen/backend/__init__.py", _ELEMENT, ""),
                Edit("massgen/backend/__init__.py", "from .acme import AcmeBackend\n", ""),
            ),
            expect=(Expected("acme", "missing", "massgen/backend/__init__.py:3"),),
            fixed={at.BACKEND_INIT: BACKEND_INIT},
        ),
    ),
)
