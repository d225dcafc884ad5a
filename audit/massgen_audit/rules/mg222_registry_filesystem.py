"""The registry's `filesystem_support` is what the class does.

What it does: compares the entry with what `get_filesystem_support` gives for the type.

Why it matters: the validator lets `cwd` through where the registry promises a workspace, and the class then raises.

Evidence: the entry and the method in effect.

Not a finding: a method whose result depends on another object.

How to fix: correct the entry, or the class.
"""

from __future__ import annotations

from massgen_audit.model.filesystem import METHOD, compare
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    found = compare(model, unit)
    if row is None or found is None or found.expected is None:
        return not_applicable(f"{unit.type.name} has no two values to compare")
    entry = seen(row.path, row.where("filesystem_support"), "entry", found.expected)
    here = seen(found.owner.path, found.method.place, "defines", METHOD, (unit.info.name, found.owner.name))
    if found.actual is None:
        return unverifiable(f"what {found.owner.name}.{METHOD} returns for {unit.type.name} is computed", here, entry)
    if found.actual == found.expected:
        return present(f"registry and class say {found.actual}", entry, here)
    return partial(f"the registry says {found.expected}, {unit.info.name} gives {found.actual}", entry, here)


RULE = Rule(
    code="MG222",
    slug="registry-filesystem-agrees",
    point=6,
    phase="2.3",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="The registry's filesystem_support is what the class does",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("both say mcp"),),
    invalid=(
        MiniRepo(
            "the registry says native",
            edits=(Edit("massgen/backend/capabilities.py", 'filesystem_support="mcp"', 'filesystem_support="native"'),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:25"),),
        ),
    ),
)
