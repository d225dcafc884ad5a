"""The hook script knows the wrapper.

What it does: looks for the type as a string in `scripts/test_hook_backends.py`.

Why it matters: the script is the only test of hooks that runs the real command.

Evidence: the line.

Not a finding: backends that are no wrappers; a checkout without the script.

How to fix: add a configuration of the type to the script.
"""

from __future__ import annotations

import re

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import is_wrapper
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen

SCRIPT = "scripts/test_hook_backends.py"


def check(model: RepoModel, unit: Unit) -> Verdict:
    if not model.source.exists(SCRIPT):
        return not_applicable(f"this checkout has no {SCRIPT}")
    if not is_wrapper(model, unit.info):
        return not_applicable(f"{unit.info.name} is no wrapper")
    named = re.compile(rf"[\"']{re.escape(unit.type.name)}[\"']")
    for number, line in enumerate(model.source.lines(SCRIPT), 1):
        if named.search(line):
            return present(f"{SCRIPT} knows {unit.type.name}", seen(SCRIPT, number, "literal", unit.type.name))
    spot = next((n for n, text in enumerate(model.source.lines(SCRIPT), 1) if "BACKEND_CONFIGS" in text), 1)
    return partial(f"{SCRIPT} does not know {unit.type.name}", searched(SCRIPT, spot, f"{unit.type.name} belongs here"))


_WRAPPED = (
    Edit(
        "massgen/backend/acme.py",
        "        params = await self.api_params_handler.build_api_params(messages, tools, kwargs)\n",
        "        params = await self.run(messages, tools)\n",
    ),
    Edit("massgen/backend/acme.py", "        self.api_params_handler = AcmeAPIParamsHandler(self)\n", ""),
    Edit(
        "massgen/backend/acme.py",
        "from .base_with_custom_tool_and_mcp import CustomToolAndMCPBackend\n",
        "from .base import LLMBackend\n",
    ),
    Edit("massgen/backend/acme.py", "class AcmeBackend(CustomToolAndMCPBackend):", "class AcmeBackend(LLMBackend):"),
)

RULE = Rule(
    code="MG704",
    slug="hook-script-knows-type",
    point=0,
    phase="7.3",
    scope=Scope.LINK,
    tier=Tier.RECOMMENDED,
    summary="The hook script knows the wrapper",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no script"),
        MiniRepo(
            "a wrapper in the script",
            edits=(*_WRAPPED, Edit("scripts/test_hook_backends.py", "", 'BACKEND_CONFIGS = {"acme": {}}\n')),
        ),
    ),
    invalid=(
        MiniRepo(
            "a wrapper that is not in it",
            edits=(*_WRAPPED, Edit("scripts/test_hook_backends.py", "", "import os\n\nBACKEND_CONFIGS = {}\n")),
            expect=(Expected("acme", "partial", "scripts/test_hook_backends.py:3"),),
        ),
    ),
)
