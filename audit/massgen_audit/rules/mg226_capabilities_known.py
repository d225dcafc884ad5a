"""The registry's capabilities are known ones.

What it does: compares `supported_capabilities` with the members of the `Capability` enumeration of the checkout.

Why it matters: a misspelt capability is never asked for: the feature stays off without a word.

Evidence: the entry.

Not a finding: a checkout without that enumeration; values that are its members already.

How to fix: correct the spelling, or add the member.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.interp.values import Member
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    claimed = row.get("supported_capabilities") if row else None
    if row is None or not isinstance(claimed, set | frozenset | list | tuple):
        return not_applicable(f"{unit.type.name} has no list of capabilities to read")
    known = _members(model)
    if not known:
        return not_applicable("this checkout has no enumeration of capabilities")
    entry = seen(row.path, row.where("supported_capabilities"), "entry", f"{len(claimed)} capabilities")
    strange = sorted(item for item in claimed if isinstance(item, str) and item not in known)
    if strange:
        return partial(
            f"the registry gives {unit.type.name} capabilities that do not exist: {', '.join(strange)}", entry
        )
    if any(not isinstance(item, str | Member) for item in claimed):
        return unverifiable(f"the capabilities of {unit.type.name} are computed", entry)
    return present(f"all {len(claimed)} capabilities are known", entry)


def _members(model: RepoModel) -> frozenset[str]:
    module = model.source.module(at.CAPABILITIES)
    key = model.classes.resolve_class(module, "Capability") if module else None
    info = model.classes.get(key) if key else None
    if info is None or not info.fact.enum:
        return frozenset()
    return frozenset(value[1] for _, _, value in info.fact.attributes if value[0] == "str")


_ENUM = Edit(
    "massgen/backend/capabilities.py",
    "from dataclasses import dataclass\n",
    'from dataclasses import dataclass\nfrom enum import Enum\n\n\nclass Capability(Enum):\n    MCP = "mcp"\n',
)

RULE = Rule(
    code="MG226",
    slug="capabilities-known",
    point=0,
    phase="2.3",
    scope=Scope.TYPE,
    tier=Tier.CONDITIONAL,
    summary="The registry's capabilities are known ones",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no enumeration"),
        MiniRepo("a member", edits=(_ENUM,)),
    ),
    invalid=(
        MiniRepo(
            "a misspelt capability",
            edits=(_ENUM, Edit("massgen/backend/capabilities.py", '{"mcp"}', '{"mpc"}')),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:28"),),
        ),
    ),
)
