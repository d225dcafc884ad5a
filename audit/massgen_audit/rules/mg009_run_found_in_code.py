"""What the conformance kit sees is found in the code.

What it does: `check --with-conformance FILE` compares verdicts that say `missing` with the checks of the kit's report
that see the very same thing; `massgen_audit/pairings.py` has the pairs.

Why it matters: the finding that the rule gave is wrong, or the code does the thing in a way that no reader can follow
either.

Evidence: the place where the rule looked for it; the message tells which check passed and what that shows.

Not a finding: a check that passes although what the rule looks for may be absent on paths that it does not play.

How to fix: exempt the rule's finding with that reason, write the call plainly, or report the rule with that code.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable


def check(model: RepoModel, unit: Unit) -> Verdict:
    """Nothing to say here: reports are compared once every other verdict is known."""
    return not_applicable("no report of the conformance kit was given: --with-conformance FILE")


RULE = Rule(
    code="MG009",
    slug="run-found-in-code",
    point=0,
    phase="0",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="What the conformance kit sees is found in the code",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("no report"),),
    invalid=(),
)
