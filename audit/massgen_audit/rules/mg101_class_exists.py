"""A backend class serves the type.

What it does: asks `create_backend` for the type, and where it gives nothing, looks for the class that is named like it.

Why it matters: a type in the registry that nothing serves passes validation and fails when the agent starts.

Evidence: the class definition, reached through the branch, the dispatch table or the adapter registry.

Not a finding: several types that share one class; a class that only the naming convention connects with its type.

How to fix: write `massgen/backend/<type>.py` with a subclass of `LLMBackend`, or remove the registry entry.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    if info.cls is not None:
        how = "" if info.handled else ", by its name only: create_backend does not make it"
        return present(
            f"{info.cls.name} serves {info.name}{how}",
            seen(info.cls.path, info.cls.fact.place, "defines", info.cls.name),
        )
    where = f"massgen/backend/{info.name}.py"
    evidence = [searched(where, 1, "the class belongs here")]
    if info.row is not None:
        evidence.append(seen(info.row.path, info.row.place, "entry", "the registry names the type"))
    return missing(f"no backend class serves {info.name}", *evidence)


RULE = Rule(
    code="MG101",
    slug="backend-class-exists",
    point=1,
    phase="1.1",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="A backend class serves the type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the type's own class"),),
    invalid=(
        MiniRepo(
            "a registry entry that nothing serves",
            edits=(
                Edit(
                    "massgen/backend/capabilities.py",
                    '    "acme": BackendCapabilities(',
                    '    "ghost": BackendCapabilities("ghost", "Ghost", set(), [], "none", ["custom"], "custom"),\n'
                    '    "acme": BackendCapabilities(',
                ),
            ),
            expect=(Expected("ghost", "missing", "massgen/backend/ghost.py:1"),),
        ),
    ),
)
