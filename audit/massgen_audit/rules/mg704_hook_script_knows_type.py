"""The hook script knows the wrapper.

What it does: looks for the type as a string in `scripts/test_hook_backends.py`.

Why it matters: the script is the only test of hooks that runs the real command.

Evidence: the line.

Not a finding: backends that are no wrappers; a checkout without the script.

How to fix: add a configuration of the type to the script.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import named_in
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.wrapper import AS_WRAPPER

SCRIPT = "scripts/test_hook_backends.py"


def check(model: RepoModel, unit: Unit) -> Verdict:
    return named_in(model, unit, SCRIPT)


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
            edits=(*AS_WRAPPER, Edit(SCRIPT, "", 'BACKEND_CONFIGS = {"acme": {}}\n')),
        ),
    ),
    invalid=(
        MiniRepo(
            "a wrapper that is not in it",
            edits=(*AS_WRAPPER, Edit(SCRIPT, "", "import os\n\nBACKEND_CONFIGS = {}\n")),
            expect=(Expected("acme", "partial", f"{SCRIPT}:3"),),
        ),
    ),
)
