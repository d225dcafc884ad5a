"""`stream_with_tools` is implemented in the class or above it.

What it does: takes the definition in effect on the linearisation of the class.

Why it matters: it is the one call that the orchestrator makes.

Evidence: the definition, which may be inherited.

Not a finding: a backend that inherits the method from `CustomToolAndMCPBackend`.

How to fix: implement it, or inherit from a base that does.
"""

from __future__ import annotations

from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    found = model.definition(info, STREAM)
    foreign = model.classes.foreign_bases(info)
    if found is not None and not found[1].abstract:
        owner, method = found
        via = (info.name, owner.name) if owner is not info else (info.name,)
        return present(f"{owner.name} implements {STREAM}", seen(owner.path, method.place, "defines", STREAM, via))
    here = seen(info.path, info.fact.place, "defines", info.name)
    if foreign:
        return unverifiable(f"{info.name} may inherit {STREAM} from {foreign[0]}, which is not in this checkout", here)
    place = searched(info.path, info.fact.place.end_line, f"{STREAM} belongs in this class")
    return partial(f"{info.name} implements no {STREAM}", place)


RULE = Rule(
    code="MG103",
    slug="stream-with-tools-defined",
    point=1,
    phase="1.1",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="stream_with_tools is implemented in the class or above it",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the class's own method"),),
    invalid=(
        MiniRepo(
            "the method has another name",
            edits=(Edit("massgen/backend/acme.py", "async def stream_with_tools(", "async def stream("),),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:36"),),
        ),
    ),
)
