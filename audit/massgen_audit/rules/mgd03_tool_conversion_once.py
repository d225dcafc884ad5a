"""Tool conversion stands once.

What it does: compares runs of statements of all backend files, names aside, and takes those that
are about the shape of tool definitions.

Why it matters: a keyword of a schema that one copy learns to keep is lost in the other.

Evidence: every copy, those that would save most lines first.

Not a finding: less than 40 syntax nodes; the same steps in another order; a copy inside one file.

How to fix: the formatter in effect, or `ToolHandlerMixin` of massgen-backends. `massgen-audit dup` shows every group,
`massgen-audit migrate 0005` moves what are whole methods.
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
    return judge(model, Concern.TOOLS)


_FIRST = """\
def _as_functions(self, tools):
    converted = []
    for tool in tools:
        function = tool.get("function", tool)
        schema = function.get("parameters") or function.get("input_schema", {})
        converted.append({"type": "function", "name": function["name"], "parameters": schema})
    return converted
"""
_SECOND = _FIRST.replace("converted", "found").replace("schema = ", "shape = ").replace(": schema}", ": shape}")

RULE = Rule(
    code="MGD03",
    slug="tool-conversion-once",
    point=0,
    phase="1.1",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="Tool conversion stands once",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("nothing is repeated"),
        MiniRepo("another wire's shape", edits=with_copies(_FIRST, _FIRST.replace('"type": "function", ', ""))),
    ),
    invalid=(
        MiniRepo(
            "a copy under other names",
            edits=with_copies(_FIRST, _SECOND),
            expect=(Expected("", "partial", "massgen/backend/acme.py:38"),),
        ),
    ),
)
