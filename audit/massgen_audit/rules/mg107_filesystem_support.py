"""`get_filesystem_support` gives what the registry says for the type.

What it does: follows the method for the type's default configuration and compares it with `filesystem_support`.

Why it matters: with `cwd` set, a class that inherits NONE raises at start although the registry and the documentation
promise a workspace.

Evidence: the definition in effect, own or inherited, and the registry's value.

Not a finding: an inherited NONE where the registry says none.

How to fix: return the right member of `FilesystemSupport`, or correct the registry.
"""

from __future__ import annotations

from massgen_audit.model.filesystem import METHOD, compare
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    found = compare(model, unit)
    if found is None:
        where = searched(info.path, info.fact.place.end_line, f"{METHOD} belongs in this class")
        return missing(f"{info.name} has no {METHOD}", where)
    here = seen(found.owner.path, found.method.place, "defines", METHOD, (info.name, found.owner.name))
    if found.actual is None and unit.type.row is None:
        return not_applicable("the registry has no entry to compare with")
    if found.actual is None:
        return unverifiable(f"what {found.owner.name}.{METHOD} returns for {unit.type.name} is computed", here)
    if found.expected in (None, found.actual):
        return present(f"{METHOD} gives {found.actual.upper()}", here)
    row = unit.type.row
    entry = [seen(row.path, row.where("filesystem_support"), "entry", f"says {found.expected}")] if row else []
    how = "inherits" if found.owner.key != info.key else "returns"
    return partial(f"{info.name} {how} {found.actual.upper()}, the registry says {found.expected}", here, *entry)


RULE = Rule(
    code="MG107",
    slug="filesystem-support-right",
    point=1,
    phase="1.1",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="get_filesystem_support gives what the registry says",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("inherited with the right value"),),
    invalid=(
        MiniRepo(
            "NONE is inherited where the registry says mcp",
            edits=(
                Edit(
                    "massgen/backend/base_with_custom_tool_and_mcp.py",
                    "    def get_filesystem_support(self):\n        return FilesystemSupport.MCP\n",
                    "    tools = ()\n",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/base.py:40"),),
        ),
    ),
)
