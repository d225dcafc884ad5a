"""A line of the baseline is needed.

What it does: compares the fingerprints of the baseline given with `--baseline` with what is found.

Why it matters: a baseline that is not shortened lets the same finding come back unseen.

Evidence: the entry.

Not a finding: an entry for a rule that says nothing of the backend in this checkout.

How to fix: delete the line, or run `massgen-audit baseline write`.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable


def check(model: RepoModel, unit: Unit) -> Verdict:
    """Nothing to say here: the baseline is judged once every other verdict is known."""
    return not_applicable("the checkout has no such entry")


RULE = Rule(
    code="MG003",
    slug="baseline-entry-needed",
    point=0,
    phase="0",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="A line of the baseline is needed",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("no entry"),),
    invalid=(),
)
