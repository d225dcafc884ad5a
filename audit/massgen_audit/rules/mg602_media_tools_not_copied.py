"""No backend has a copy of the media tools' definitions.

What it does: searches the file of the class for an entry that names `read_media` or `generate_media` as a tool.

Why it matters: a copy misses what the shared definition learns.

Evidence: the line, or the class.

Not a finding: the base module, which is the definition's home; a checkout without the shared function.

How to fix: call `get_multimodal_tool_definitions()`.
"""

from __future__ import annotations

import re

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import helper
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen
from massgen_audit.wrapper import PATH, with_wrapper

_COPY = re.compile(r"""["'](?:name|function|func)["']\s*:\s*\[?\s*["'](?:read_media|generate_media)["']""")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    home = helper(model, "get_multimodal_tool_definitions")
    if home is None:
        return not_applicable("this checkout has no shared definition of the media tools")
    for number, line in enumerate(model.source.lines(info.path), 1):
        if "_media" in line and _COPY.search(line):
            return partial(
                f"{info.path} has its own definition of a media tool", seen(info.path, number, "literal", line.strip())
            )
    return present(f"{info.name} copies no media tool", seen(info.path, info.fact.place.line, "defines", info.name))


RULE = Rule(
    code="MG602",
    slug="media-tools-not-copied",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="No backend has a copy of the media tools' definitions",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no shared function"),
        MiniRepo("no copy", edits=with_wrapper()),
    ),
    invalid=(
        MiniRepo(
            "a copy",
            edits=with_wrapper("get_multimodal_tool_definitions()", '[{"name": ["read_media"], "path": "tools.py"}]'),
            expect=(Expected("", "partial", f"{PATH}:17"),),
        ),
    ),
)
