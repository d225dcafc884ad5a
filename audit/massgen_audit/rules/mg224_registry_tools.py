"""The registry's `builtin_tools` are what the class supports.

What it does: compares the entry with what `get_supported_builtin_tools` returns on the class.

Why it matters: the registry promises tools that the class then does not offer, or hides some that it does.

Evidence: the entry and the method in effect, which may be inherited and empty.

Not a finding: another order.

How to fix: correct the entry, or override the method.
"""

from __future__ import annotations

from massgen_audit.model.params import name_set
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable

METHOD = "get_supported_builtin_tools"


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    found = model.definition(unit.info, METHOD)
    listed = name_set(row.get("builtin_tools")) if row else None
    if row is None or found is None or listed is None:
        return not_applicable(f"{unit.type.name} has no two lists to compare")
    owner, method = found
    entry = seen(row.path, row.where("builtin_tools"), "entry", f"{len(listed)} tools")
    here = seen(owner.path, method.place, "defines", METHOD, (unit.info.name, owner.name))
    actual = name_set(model.ask(model.instance_of(unit), METHOD))
    if actual is None:
        return unverifiable(f"what {owner.name}.{METHOD} returns is computed", here, entry)
    if actual == listed:
        return present(f"registry and class agree on {len(listed)} built-in tools", entry, here)
    parts = []
    if listed - actual:
        parts.append(f"only the registry has {', '.join(sorted(listed - actual))}")
    if actual - listed:
        parts.append(f"only {owner.name} has {', '.join(sorted(actual - listed))}")
    return partial("; ".join(parts), entry, here)


RULE = Rule(
    code="MG224",
    slug="registry-tools-agree",
    point=6,
    phase="2.3",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="The registry's builtin_tools are what the class supports",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the same list"),),
    invalid=(
        MiniRepo(
            "the registry promises a tool more",
            edits=(
                Edit("massgen/backend/capabilities.py", 'builtin_tools=["search"]', 'builtin_tools=["search", "bash"]'),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:24"),),
        ),
    ),
)
