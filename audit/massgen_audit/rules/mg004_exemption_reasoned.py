"""An exemption has a reason and has not ended.

What it does: reads the reason and the `until` of every exemption.

Why it matters: an exemption without a reason cannot be judged by the next reader, and one that has ended is a promise
that was not kept.

Evidence: the entry.

Not a finding: an entry for a rule that says nothing of the backend in this checkout.

How to fix: write the reason, or settle the finding.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable


def check(model: RepoModel, unit: Unit) -> Verdict:
    """Nothing to say here: the policy is judged once every other verdict is known."""
    return not_applicable("the checkout has no such entry")


RULE = Rule(
    code="MG004",
    slug="exemption-reasoned",
    point=0,
    phase="0",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="An exemption has a reason and has not ended",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("no entry"),),
    invalid=(
        MiniRepo(
            "it ended years ago",
            edits=(
                Edit("massgen/backend/__init__.py", "from .acme import AcmeBackend\n", ""),
                Edit(
                    "massgen-audit.yaml",
                    "",
                    "version: 1\nbackends:\n  acme:\n"
                    "    MG201: {reason: exported with the next release, until: 2020-01-31}\n",
                ),
            ),
            expect=(Expected("", "partial", "massgen-audit.yaml:4"),),
        ),
        MiniRepo(
            "the reason says nothing",
            edits=(
                Edit("massgen/backend/__init__.py", "from .acme import AcmeBackend\n", ""),
                Edit("massgen-audit.yaml", "", "version: 1\nbackends:\n  acme:\n    MG201: {reason: later}\n"),
            ),
            expect=(Expected("", "partial", "massgen-audit.yaml:4"),),
        ),
    ),
)
