"""A wrapper hands custom tools to the agent it wraps.

What it does: looks for a reachable function or call that is about custom tools: `write_tool_specs`,
`build_server_config`, an SDK's `create_sdk_mcp_server`, or a name with `custom_tool`.

Why it matters: tools of the configuration silently do not exist for that agent.

Evidence: the call, or the function.

Not a finding: backends that are no wrappers.

How to fix: write the tools' specifications and give the agent the server that `build_server_config` describes.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import call_evidence, first_call, running, unconcerned
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched, seen, unverifiable
from massgen_audit.wrapper import PATH, with_wrapper

_CALLS = ("write_tool_specs", "build_server_config", "create_sdk_mcp_server", "define_tool")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    other = unconcerned(model, info)
    if other is not None:
        return other
    site = first_call(model, info, *_CALLS)
    if site is not None:
        return present(f"{info.name} hands custom tools on", call_evidence(site))
    for reached in running(model, info):
        if "custom_tool" in reached.function.name:
            here = seen(reached.path, reached.function.place, "defines", reached.label, reached.via)
            return present(f"{info.name} hands custom tools on", here)
    if model.classes.foreign_bases(info):
        return unverifiable(
            f"a base of {info.name} is not in this checkout", seen(info.path, info.fact.place.line, "defines")
        )
    where = searched(info.path, info.fact.place.end_line, "the tools of the configuration are handed to nobody")
    return partial(f"{info.name} has no way for custom tools", where)


_HANDED = (
    '        write_tool_specs(self.tools, "specs.json")\n'
    '        answer = await self.run(build_workflow_instructions(tools), build_server_config("specs.json"))\n'
)

RULE = Rule(
    code="MG603",
    slug="custom-tools-offered",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="A wrapper hands custom tools to the agent it wraps",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a wrapper that does", edits=with_wrapper()),),
    invalid=(
        MiniRepo(
            "no tool is handed on",
            edits=with_wrapper(_HANDED, "        answer = await self.run(build_workflow_instructions(tools))\n"),
            expect=(Expected("", "partial", f"{PATH}:31"),),
        ),
    ),
)
