"""Token counting stands once.

What it does: compares runs of statements of all backend files, names aside, and takes those that
are about counting and pricing tokens.

Why it matters: copies of a formula disagree as soon as one of them learns of cached tokens.

Evidence: every copy, those that would save most lines first.

Not a finding: less than 40 syntax nodes; the same steps in another order; a copy inside one file.

How to fix: `TokenCostCalculator`, through `estimate_tokens` and `_update_token_usage_from_api_response` of the backend.
`massgen-audit dup` shows every group, `massgen-audit migrate 0006` moves what are whole methods.
"""

from __future__ import annotations

from massgen_audit.copied import with_copies
from massgen_audit.model.concerns import Concern
from massgen_audit.model.repeated import judge
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict


def check(model: RepoModel, unit: Unit) -> Verdict:
    return judge(model, Concern.TOKENS)


_FIRST = """\
def _account(self, usage):
    prompt = usage.get("prompt_tokens", 0)
    written = usage.get("completion_tokens", 0)
    self.token_usage.input_tokens += prompt
    self.token_usage.output_tokens += written
    self.token_usage.estimated_cost += self.calculate_cost(prompt, written, self.model)
    return prompt + written
"""
_SECOND = (
    _FIRST.replace("prompt =", "read =")
    .replace("+= prompt", "+= read")
    .replace("(prompt,", "(read,")
    .replace("prompt +", "read +")
)

RULE = Rule(
    code="MGD04",
    slug="token-code-once",
    point=0,
    phase="1.1",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="Token counting stands once",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("nothing is repeated"),
        MiniRepo(
            "counts of another meaning",
            edits=with_copies(_FIRST, _FIRST.replace("prompt + written", "max(prompt, written)")),
        ),
    ),
    invalid=(
        MiniRepo(
            "a copy under other names",
            edits=with_copies(_FIRST, _SECOND),
            expect=(Expected("", "partial", "massgen/backend/acme.py:38"),),
        ),
    ),
)
