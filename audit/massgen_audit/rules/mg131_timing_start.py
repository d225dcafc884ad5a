"""The start of an API call is timed.

What it does: follows `stream_with_tools` on the class, through `self`, `super()`, helper functions and objects that the
checkout defines, and looks for the call.

Why it matters: without it the metrics know neither how often nor how long the provider was asked.

Evidence: the call, with the chain that leads to it; a call guarded by `try` or `hasattr` counts.

Not a finding: a checkout whose base classes do not define the method; a backend that hands the whole stream to a
framework adapter, which is unverifiable.

How to fix: `self.start_api_call_timing(model)` right before the request of each attempt.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.tracking import START, judge
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict


def check(model: RepoModel, unit: Unit) -> Verdict:
    return judge(model, unit, (START,), "the start of an API call is timed")


RULE = Rule(
    code="MG131",
    slug="timing-start-called",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="The start of an API call is timed",
    check=check,
    doc=__doc__ or "",
    probes=("start_api_call_timing",),
    valid=(
        MiniRepo("the call is in the method itself"),
        MiniRepo(
            "this checkout defines no such method",
            edits=(
                Edit(
                    "massgen/backend/base.py",
                    "    def start_api_call_timing(self, model):\n        self.timing = model\n\n",
                    "",
                ),
                Edit("massgen/backend/acme.py", '        self.start_api_call_timing(kwargs["model"])\n', ""),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the call is not made",
            edits=(Edit("massgen/backend/acme.py", '        self.start_api_call_timing(kwargs["model"])\n', ""),),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:13"),),
        ),
    ),
)
