"""The class is imported in `massgen/backend/__init__.py`.

What it does: looks for the import, also under `try` and `if`, and for an entry of a table that a module-level
`__getattr__` serves.

Why it matters: `from massgen.backend import XBackend` is how other code and users reach a backend.

Evidence: the import, or the entry.

Not a finding: an optional import that is set to None where its dependency is absent; a commented-out import is
planned.

How to fix: add the relative import.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.exported import export_of, import_line
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import BACKEND_INIT
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, planned, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type.cls
    where = searched(at.BACKEND_INIT, import_line(model), "the import belongs here")
    if unit.type.lost:
        return not_applicable(f"the class that serves {unit.type.name} is not there to be exported")
    if info is None:
        return missing(f"there is no class to export for {unit.type.name} yet: write it first", where)
    found = export_of(model, info)
    if found.imported is not None:
        return present(f"{info.name} is imported", seen(at.BACKEND_INIT, found.imported, "literal", info.name))
    if found.planned:
        return planned(f"{info.name} is commented out", seen(at.BACKEND_INIT, found.planned, "literal"), where)
    if found.listed is not None:
        listed = seen(at.BACKEND_INIT, found.listed, "literal", "named in __all__")
        return partial(f"{info.name} is in __all__ and is not imported", where, listed)
    return missing(f"{info.name} is not imported in backend/__init__.py", where)


_IMPORT = "from .acme import AcmeBackend\n"

RULE = Rule(
    code="MG201",
    slug="class-imported",
    point=4,
    phase="2.1",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The class is imported in backend/__init__.py",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a plain import"),
        MiniRepo(
            "an optional import",
            edits=(
                Edit(
                    "massgen/backend/__init__.py",
                    _IMPORT,
                    "try:\n    from .acme import AcmeBackend\nexcept ImportError:\n    AcmeBackend = None\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "neither imported nor listed",
            edits=(
                Edit("massgen/backend/__init__.py", _IMPORT, ""),
                Edit("massgen/backend/__init__.py", '    "AcmeBackend",\n', ""),
            ),
            expect=(Expected("acme", "missing", "massgen/backend/__init__.py:2"),),
            fixed={at.BACKEND_INIT: BACKEND_INIT},
        ),
        MiniRepo(
            "listed, not imported",
            edits=(Edit("massgen/backend/__init__.py", _IMPORT, ""),),
            expect=(Expected("acme", "partial", "massgen/backend/__init__.py:2"),),
            fixed={at.BACKEND_INIT: BACKEND_INIT},
        ),
        MiniRepo(
            "the import is commented out",
            edits=(
                Edit("massgen/backend/__init__.py", _IMPORT, f"# {_IMPORT}"),
                Edit("massgen/backend/__init__.py", '    "AcmeBackend",\n', ""),
            ),
            expect=(Expected("acme", "planned", "massgen/backend/__init__.py:1"),),
        ),
    ),
)
