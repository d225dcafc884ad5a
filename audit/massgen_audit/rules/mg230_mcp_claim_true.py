"""A type that claims MCP has a way to its servers.

What it does: where `supported_capabilities` has `mcp`, looks for the base class that runs MCP, or for a function of
the class's own that reads `mcp_servers` or speaks of MCP.

Why it matters: a configuration with MCP servers is accepted and its tools never reach the model.

Evidence: the entry, and the base class or the method.

Not a finding: wrappers that hand the servers to their command or SDK.

How to fix: derive from `CustomToolAndMCPBackend`, hand the servers on, or take the capability out.
"""

from __future__ import annotations

from massgen_audit.model.repo import ROOT_CLASS, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import ACME_ON_ROOT
from massgen_audit.values import Evidence, Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable

_BASE = "CustomToolAndMCPBackend"


def check(model: RepoModel, unit: Unit) -> Verdict:
    row, info = unit.type.row, unit.info
    claimed = row.get("supported_capabilities") if row else None
    if row is None or not isinstance(claimed, set | frozenset | list | tuple) or "mcp" not in claimed:
        return not_applicable(f"the registry does not say that {unit.type.name} has MCP")
    entry = seen(row.path, row.where("supported_capabilities"), "entry", "mcp")
    way = _way(model, unit)
    if way is not None:
        return present(f"{info.name} has a way to MCP servers", way, entry)
    if model.classes.foreign_bases(info) or unit.type.adapter:
        return unverifiable(f"{info.name} may get MCP from what it wraps", entry)
    return partial(f"the registry says that {unit.type.name} has MCP, {info.name} never reads mcp_servers", entry)


def _way(model: RepoModel, unit: Unit) -> Evidence | None:
    for item in model.classes.mro(unit.info):
        if item.name == _BASE:
            return seen(item.path, item.fact.place.line, "defines", _BASE, (unit.info.name, item.name))
        for method in item.fact.methods if item.name != ROOT_CLASS else ():
            if "mcp" in method.name.lower():
                return seen(item.path, method.place, "defines", method.name)
            for call in method.calls:
                if "mcp" in call.chain.lower() or any("mcp_servers" in value for value in call.args):
                    return seen(item.path, call.place, "calls", call.chain)
    return None


RULE = Rule(
    code="MG230",
    slug="mcp-claim-true",
    point=0,
    phase="2.3",
    scope=Scope.LINK,
    tier=Tier.CONDITIONAL,
    summary="A type that claims MCP has a way to its servers",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the base class that runs MCP"),),
    invalid=(
        MiniRepo(
            "a class right under the root",
            edits=(Edit("massgen/backend/acme.py", "", ACME_ON_ROOT),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:23"),),
        ),
    ),
)
