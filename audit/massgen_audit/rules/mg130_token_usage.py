"""Token usage is accounted for.

What it does: follows `stream_with_tools` and looks for one of the calls that record usage: from the API's own figures,
or estimated.

Why it matters: a backend that records nothing shows every answer as free.

Evidence: the call, with the chain that leads to it.

Not a finding: a checkout whose base classes define none of these methods; a backend that hands the whole stream to a
framework adapter, which is unverifiable.

How to fix: `self._update_token_usage_from_api_response(usage, model)`, or `self._estimate_token_usage(...)` where the
API reports nothing.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.tracking import USAGE, judge
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable


def check(model: RepoModel, unit: Unit) -> Verdict:
    if not any(model.defines(name) for name in USAGE):
        return not_applicable("this checkout has no way to record usage")
    return judge(model, unit, USAGE, "usage is recorded")


RULE = Rule(
    code="MG130",
    slug="token-usage-recorded",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="Token usage is accounted for",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("the API's figures are recorded"),
        MiniRepo(
            "the call is in an inherited helper",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    '        self._update_token_usage_from_api_response({}, kwargs["model"])\n',
                    "        self._account(kwargs)\n",
                ),
                Edit(
                    "massgen/backend/base_with_custom_tool_and_mcp.py",
                    "class CustomToolAndMCPBackend(LLMBackend):\n",
                    "class CustomToolAndMCPBackend(LLMBackend):\n"
                    "    def _account(self, kwargs):\n"
                    '        self._update_token_usage_from_api_response({}, kwargs["model"])\n\n',
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "nothing is recorded",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    '        self._update_token_usage_from_api_response({}, kwargs["model"])\n',
                    "",
                ),
            ),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:13"),),
        ),
    ),
)
