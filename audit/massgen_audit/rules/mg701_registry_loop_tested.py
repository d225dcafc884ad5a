"""A test goes over the whole registry.

What it does: looks for a test module with a loop over `BACKEND_CAPABILITIES`, or a parametrisation by it.

Why it matters: a new entry is then tested the moment it is written.

Evidence: the loop.

Not a finding: a test that imports the registry under a helper's name, which counts if it loops over it there.

How to fix: write one test that checks each entry of the registry.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.registry import NAME
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.tested import registry_loop
from massgen_audit.model.units import Unit
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    if not model.layout.test_files:
        return not_applicable("this checkout has no tests")
    found = registry_loop(model)
    if found is not None:
        path, line, how = found
        return present(f"{path} {how}", seen(path, line, "test", how))
    inside = any(path.startswith("massgen/tests/") for path in model.layout.test_files)
    belongs = f"{'massgen/tests' if inside else 'tests'}/test_backend_capabilities.py"
    where = searched(belongs, 1, f"none of {len(model.layout.test_files)} test modules loops over {NAME}")
    return partial("no test goes over the registry", where, seen(at.CAPABILITIES, 1, "defines", NAME))


RULE = Rule(
    code="MG701",
    slug="registry-loop-tested",
    point=0,
    phase="7.1",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="A test goes over the whole registry",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a loop"),),
    invalid=(
        MiniRepo(
            "no loop",
            removed=("massgen/tests/test_capabilities.py",),
            expect=(Expected("", "partial", "massgen/tests/test_backend_capabilities.py:1"),),
        ),
    ),
)
