"""A wrapper uses the shared workflow tools.

What it does: looks for a shared function: `build_workflow_instructions` or the mixin's `_setup_workflow_tools` for
the way in, `parse_workflow_tool_calls` for the way out.

Why it matters: voting and answers are tool calls; a second parser for them misses what the first learnt.

Evidence: the calls.

Not a finding: workflow tools that the class registers with its SDK, which is unverifiable; backends that are no
wrappers; a checkout without these functions.

How to fix: call the shared functions instead of an own text and parser.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import call_evidence, first_call, running, unconcerned
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched, seen, unverifiable
from massgen_audit.wrapper import PATH, with_wrapper

_PARSER = "parse_workflow_tool_calls"
_SHARED = ("build_workflow_instructions", "_setup_workflow_tools", "build_workflow_mcp_instructions", _PARSER)


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    other = unconcerned(model, info, _PARSER)
    if other is not None:
        return other
    site = first_call(model, info, *_SHARED)
    if site is not None:
        return present(f"{info.name} uses the shared workflow tools", call_evidence(site))
    own = next((item for item in running(model, info) if "workflow" in item.function.name), None)
    if own is not None:
        here = seen(own.path, own.function.place, "defines", own.label, own.via)
        return unverifiable(f"{info.name} handles workflow tools in a way of its own", here)
    where = searched(info.path, info.fact.place.end_line, "workflow tools are never mentioned")
    return partial(f"{info.name} never uses the workflow tools", where)


_USED = (
    '        answer = await self.run(build_workflow_instructions(tools), build_server_config("specs.json"))\n'
    '        yield StreamChunk(type="tool_calls", tool_calls=parse_workflow_tool_calls(answer))\n'
)

RULE = Rule(
    code="MG604",
    slug="workflow-tools-shared",
    point=0,
    phase="6.7",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="A wrapper uses the shared workflow tools",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a wrapper that does", edits=with_wrapper()),),
    invalid=(
        MiniRepo(
            "neither the text nor the parser",
            edits=with_wrapper(
                _USED, "        answer = await self.run(tools)\n        yield StreamChunk(type='content')\n"
            ),
            expect=(Expected("", "partial", f"{PATH}:32"),),
        ),
    ),
)
