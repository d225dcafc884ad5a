"""A wrapper offers the media tools through the shared definitions.

What it does: looks for a call of `get_multimodal_tool_definitions` that the constructor or the stream reaches.

Why it matters: `read_media` and `generate_media` are otherwise unknown to the wrapped agent, or differ from everyone
else's.

Evidence: the call.

Not a finding: backends that are no wrappers: their base class registers the tools; a checkout without that function.

How to fix: add the shared definitions to the custom tools where `enable_multimodal_tools` is set.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import call_evidence, first_call, unconcerned
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched
from massgen_audit.wrapper import PATH, with_wrapper

HELPER = "get_multimodal_tool_definitions"


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    other = unconcerned(model, info, HELPER)
    if other is not None:
        return other
    site = first_call(model, info, HELPER)
    if site is not None:
        return present(f"{info.name} offers the media tools", call_evidence(site))
    init = model.definition(info, "__init__")
    place = init[1].place if init and init[0] == info else info.fact.place
    return partial(f"{info.name} does not offer the media tools", searched(info.path, place, f"{HELPER} belongs here"))


RULE = Rule(
    code="MG601",
    slug="media-tools-shared",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="A wrapper offers the media tools through the shared definitions",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a wrapper that does", edits=with_wrapper()),),
    invalid=(
        MiniRepo(
            "the tools are never added",
            edits=with_wrapper("get_multimodal_tool_definitions()", "[]"),
            expect=(Expected("", "partial", f"{PATH}:13"),),
        ),
    ),
)
