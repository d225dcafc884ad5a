"""Circuit breaker code stands once.

What it does: compares runs of statements of all backend files, names aside, and takes those that
are about circuit breakers.

Why it matters: a breaker that counts in two places opens too late in both.

Evidence: every copy, those that would save most lines first.

Not a finding: less than 40 syntax nodes; the same steps in another order; a copy inside one file.

How to fix: one method of the class above the copies, or `LLMCircuitBreaker`. `massgen-audit dup` shows every group,
`massgen-audit migrate 0004` moves what are whole methods.
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
    return judge(model, Concern.BREAKER)


_FIRST = """\
def _open_circuit_breaker(self, settings):
    prefix = "llm_circuit_breaker_"
    found = {}
    for key in list(settings):
        if key.startswith(prefix):
            found[key[len(prefix):]] = settings.pop(key)
    self.circuit_breaker = LLMCircuitBreaker(found, name=self.get_provider_name())
    return self.circuit_breaker
"""
_SECOND = _FIRST.replace("found", "options").replace("prefix", "start")

RULE = Rule(
    code="MGD02",
    slug="breaker-code-once",
    point=0,
    phase="1.1",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="Circuit breaker code stands once",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("nothing is repeated"),
        MiniRepo(
            "another order of the same steps",
            edits=with_copies(
                _FIRST, _FIRST.replace("    found = {}\n", "").replace("    prefix", "    found = {}\n    prefix")
            ),
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
