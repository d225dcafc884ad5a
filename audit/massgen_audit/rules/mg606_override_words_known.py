"""Tool categories are skipped or overridden, nothing else.

What it does: evaluates `get_tool_category_overrides`: every value is `skip` or `override`.

Why it matters: any other word is treated as no override, and the agent has the tools twice.

Evidence: the method.

Not a finding: an answer that is computed; backends without the mixin.

How to fix: use `skip` or `override`.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import MIXIN, mixin_of
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable
from massgen_audit.wrapper import PATH, with_wrapper

METHOD, WORDS = "get_tool_category_overrides", ("skip", "override")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    found = model.definition(info, METHOD)
    if found is None or mixin_of(model, info) is None:
        return not_applicable(f"{info.name} has no {MIXIN}")
    owner, method = found
    here = seen(owner.path, method.place, "defines", f"{owner.name}.{METHOD}")
    answer = model.ask(model.instance_of(unit), METHOD)
    if not isinstance(answer, dict) or not all(isinstance(word, str) for word in answer.values()):
        return unverifiable(f"what {owner.name}.{METHOD} returns is computed", here)
    strange = sorted({word for word in answer.values() if word not in WORDS})
    if strange:
        return partial(f"{METHOD} says {', '.join(strange)}, which is neither skip nor override", here)
    return present(f"{len(answer)} categories are skipped or overridden", here)


RULE = Rule(
    code="MG606",
    slug="override-words-known",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="Tool categories are skipped or overridden, nothing else",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no mixin"),
        MiniRepo("a wrapper that does", edits=with_wrapper()),
    ),
    invalid=(
        MiniRepo(
            "another word",
            edits=with_wrapper('"filesystem": "skip"', '"filesystem": "ignore"'),
            expect=(Expected("", "partial", f"{PATH}:31"),),
        ),
    ),
)
