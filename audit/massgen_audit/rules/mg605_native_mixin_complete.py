"""A backend with native tools initialises the mixin and answers its questions.

What it does: looks for the call of `__init_native_tool_mixin__` and for own definitions of `get_disallowed_tools` and
`get_tool_category_overrides`.

Why it matters: without the answers the agent has each tool twice, its own and MassGen's.

Evidence: the call and the definitions.

Not a finding: backends without the mixin.

How to fix: call the initialiser in the constructor and define both methods.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import MIXIN, call_evidence, first_call, mixin_of
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen
from massgen_audit.wrapper import PATH, with_wrapper

_INITIALISER = "__init_native_tool_mixin__"
_QUESTIONS = ("get_disallowed_tools", "get_tool_category_overrides")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    mixin = mixin_of(model, info)
    if mixin is None:
        return not_applicable(f"{info.name} has no {MIXIN}")
    site = first_call(model, info, _INITIALISER)
    answers = {name: model.definition(info, name) for name in _QUESTIONS}
    lost = [] if site or mixin.fact.method(_INITIALISER) is None else [f"the call of {_INITIALISER}"]
    lost += [name for name, found in answers.items() if found is None or found[0] == mixin]
    evidence = [call_evidence(site)] if site else []
    evidence += [
        seen(found[0].path, found[1].place, "defines", name)
        for name, found in answers.items()
        if found is not None and found[0] != mixin
    ]
    if not lost:
        return present(f"{info.name} answers what {MIXIN} asks", *evidence)
    where = searched(info.path, info.fact.place.end_line, f"{', '.join(lost)} belongs in this class")
    return partial(f"{info.name} has {MIXIN} and lacks {', '.join(lost)}", where, *evidence)


RULE = Rule(
    code="MG605",
    slug="native-mixin-complete",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="A backend with native tools initialises the mixin and answers its questions",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no mixin"),
        MiniRepo("a wrapper that does", edits=with_wrapper()),
    ),
    invalid=(
        MiniRepo(
            "the initialiser is not called",
            edits=with_wrapper("        self.__init_native_tool_mixin__()\n", ""),
            expect=(Expected("", "partial", f"{PATH}:31"),),
        ),
    ),
)
