"""`stream_with_tools` takes `messages`, `tools` and any keyword.

What it does: compares the parameters of the definition in effect.

Why it matters: the orchestrator passes `agent_id`, `session_id` and every API parameter as keywords.

Evidence: the definition in effect.

Not a finding: defaults, annotations, and further named parameters.

How to fix: `async def stream_with_tools(self, messages, tools, **kwargs)`.
"""

from __future__ import annotations

from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = model.definition(unit.info, STREAM)
    if found is None:
        return not_applicable(f"{unit.info.name} has no {STREAM}")
    owner, method = found
    here = seen(owner.path, method.place, "defines", STREAM)
    lacking = [name for name in ("messages", "tools") if name not in method.params]
    if not method.open_ended:
        lacking.append("**kwargs")
    if lacking:
        return partial(f"{owner.name}.{STREAM} does not take {', '.join(lacking)}", here)
    return present(f"{STREAM} takes messages, tools and any keyword", here)


RULE = Rule(
    code="MG105",
    slug="stream-signature",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="stream_with_tools takes messages, tools and any keyword",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the signature of the contract"),),
    invalid=(
        MiniRepo(
            "no keywords are taken",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "stream_with_tools(self, messages, tools, **kwargs)",
                    "stream_with_tools(self, messages, tools, kwargs=None)",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:13"),),
        ),
    ),
)
