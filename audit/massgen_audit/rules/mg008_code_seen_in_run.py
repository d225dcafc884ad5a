"""What the code has is seen when the conformance kit runs it.

What it does: `check --with-conformance FILE` compares verdicts that say `present` with the checks of the kit's report
that see the very same thing; `massgen_audit/pairings.py` has the pairs.

Why it matters: what stands in the code and never happens is dead code, or a path that nobody takes, and every verdict
that rests on it is too good.

Evidence: the places on which the verdict rests; the message tells what the kit expected and what came.

Not a finding: a check that did not apply, could not be tested, or holds in some of its runs; a stream that broke off
before the thing could come; a provider of the report that is no type of the checkout. Without a report nothing is said.

How to fix: follow the evidence in a debugger, run the check alone, and mend the path or remove what is never reached.
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
    code="MG008",
    slug="code-seen-in-run",
    point=0,
    phase="0",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="What the code has is seen when the conformance kit runs it",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("no report"),),
    invalid=(),
)
