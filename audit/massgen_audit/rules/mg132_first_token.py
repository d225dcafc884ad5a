"""The first token is recorded.

What it does: follows `stream_with_tools` on the class, through `self`, `super()`, helper functions and objects that the
checkout defines, and looks for the call.

Why it matters: time to first token is the figure that people compare providers by.

Evidence: the call, with the chain that leads to it; a call guarded by `try` or `hasattr` counts.

Not a finding: a checkout whose base classes do not define the method; a backend that hands the whole stream to a
framework adapter, which is unverifiable.

How to fix: `self.record_first_token()` at the first content, reasoning or tool-call delta.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.tracking import FIRST, judge
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict


def check(model: RepoModel, unit: Unit) -> Verdict:
    return judge(model, unit, (FIRST,), "the first token is recorded")


RULE = Rule(
    code="MG132",
    slug="first-token-recorded",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="The first token is recorded",
    check=check,
    doc=__doc__ or "",
    probes=("record_first_token",),
    valid=(
        MiniRepo("the call is in the method itself"),
        MiniRepo(
            "this checkout defines no such method",
            edits=(
                Edit("massgen/backend/base.py", "    def record_first_token(self):\n        self.first = True\n\n", ""),
                Edit("massgen/backend/acme.py", "                self.record_first_token()\n", ""),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the call is not made",
            edits=(Edit("massgen/backend/acme.py", "                self.record_first_token()\n", ""),),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:13"),),
        ),
    ),
)
