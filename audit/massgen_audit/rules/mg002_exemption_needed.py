"""An exemption is needed.

What it does: compares the entries of `massgen-audit.yaml` and the inline comments with the verdicts. One that covers
only what is present or does not apply is stale.

Why it matters: a stale exemption hides the next real finding under an old reason.

Evidence: the entry.

Not a finding: an entry for a rule that says nothing of the backend in this checkout.

How to fix: delete the entry.
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
    code="MG002",
    slug="exemption-needed",
    point=0,
    phase="0",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="An exemption is needed",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("no entry"),),
    invalid=(
        MiniRepo(
            "the point is present",
            edits=(
                Edit(
                    "massgen-audit.yaml",
                    "",
                    "version: 1\nbackends:\n  acme:\n    MG201: {reason: exported under another name}\n",
                ),
            ),
            expect=(Expected("", "partial", "massgen-audit.yaml:4"),),
        ),
        MiniRepo(
            "a comment that ignores nothing",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "class AcmeBackend(",
                    "# massgen-audit: ignore[MG131] timed by the transport\nclass AcmeBackend(",
                ),
            ),
            expect=(Expected("", "partial", "massgen/backend/acme.py:7"),),
        ),
    ),
)
