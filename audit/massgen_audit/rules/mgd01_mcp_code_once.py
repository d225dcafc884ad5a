"""MCP code stands once.

What it does: compares runs of statements of all backend files, names aside, and takes those that
are about MCP servers and their tools.

Why it matters: every copy connects, filters and fails in its own way after the first mend.

Evidence: every copy, those that would save most lines first.

Not a finding: less than 40 syntax nodes; the same steps in another order; a copy inside one file.

How to fix: one method of the class above the copies, or `MCPIntegrationMixin` of massgen-backends. `massgen-audit dup`
shows every group, `massgen-audit migrate 0003` moves what are whole methods.
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
    return judge(model, Concern.MCP)


_FIRST = """\
async def _connect_mcp(self):
    if self._mcp_client is not None or not self.config.get("mcp_servers"):
        return self._mcp_client
    link = MCPClient(self.config["mcp_servers"], timeout_seconds=30)
    await link.connect()
    self._mcp_functions = {tool.name: tool for tool in await link.list_tools()}
    self._mcp_client = link
    return link
"""
_SECOND = _FIRST.replace("_connect_mcp", "_open").replace("link", "made")

RULE = Rule(
    code="MGD01",
    slug="mcp-code-once",
    point=0,
    phase="1.1",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="MCP code stands once",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("nothing is repeated"),
        MiniRepo(
            "a method of the same name that does something else",
            edits=with_copies(_FIRST, _FIRST.replace("await link.connect()", "client.start(); await link.wait()")),
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
