"""The conformance kit has a profile of the type.

What it does: looks for the type as a string in the kit's `providers.py` or among its endpoints.

Why it matters: without one the stream of the backend is never held against the contract.

Evidence: the line.

Not a finding: a checkout without the kit; types that another framework serves.

How to fix: write a profile of the provider's wire.
"""

from __future__ import annotations

import re

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen

KIT = "conformance/massgen_conformance/"
_PROFILES = (f"{KIT}providers.py", f"{KIT}cassette/endpoints.py")


def check(model: RepoModel, unit: Unit) -> Verdict:
    there = [path for path in _PROFILES if model.source.exists(path)]
    if not there or unit.type.adapter:
        return not_applicable("this checkout has no conformance kit for the type")
    named = re.compile(rf"[\"']{re.escape(unit.type.name)}[\"']")
    for path in there:
        for number, line in enumerate(model.source.lines(path), 1):
            if named.search(line):
                return present(f"the kit knows {unit.type.name}", seen(path, number, "literal", unit.type.name))
    return partial(
        f"the kit has no profile of {unit.type.name}", searched(there[0], 1, f"{unit.type.name} belongs here")
    )


RULE = Rule(
    code="MG706",
    slug="conformance-knows-type",
    point=0,
    phase="7.1",
    scope=Scope.TYPE,
    tier=Tier.RECOMMENDED,
    summary="The conformance kit has a profile of the type",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no kit"),
        MiniRepo(
            "a profile", edits=(Edit("conformance/massgen_conformance/providers.py", "", 'PROFILES = {"acme": 1}\n'),)
        ),
    ),
    invalid=(
        MiniRepo(
            "no profile",
            edits=(Edit("conformance/massgen_conformance/providers.py", "", "PROFILES = {}\n"),),
            expect=(Expected("acme", "partial", "conformance/massgen_conformance/providers.py:1"),),
        ),
    ),
)
