"""The test of the class is collected and asserts something.

What it does: looks in the test modules that import the class for a function that pytest collects and that has an
`assert`, a `raises` or an assertion method.

Why it matters: a script that prints proves nothing to a machine.

Evidence: the function.

Not a finding: types without a test, which MG702 reports.

How to fix: turn the script into a test: a function named `test_...` that asserts.
"""

from __future__ import annotations

import re

from massgen_audit.facts.shapes import Place
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.tested import importing_tests
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_TEST = re.compile(r"^\s*(?:async\s+)?def\s+test\w*", re.MULTILINE)
_ASSERTS = re.compile(r"^\s*assert\b|pytest\.raises|\.assert\w+\(|\bself\.(?:assert|fail)\w*\(", re.MULTILINE)


def check(model: RepoModel, unit: Unit) -> Verdict:
    found: list[tuple[str, Place, str]] = []
    for path, place, name in importing_tests(model, unit.type):
        found.append((path, place, name))
        text = model.source.text(path)
        function, claim = _TEST.search(text), _ASSERTS.search(text)
        if function is not None and claim is not None:
            line = text.count("\n", 0, claim.end()) + 1
            here, there = seen(path, place, "test", name), seen(path, line, "test", "asserts")
            return present(f"{path.rpartition('/')[2]} asserts", here, there)
    if not found:
        return not_applicable(f"no test imports what serves {unit.type.name}")
    path, place, name = found[0]
    names = " and ".join(path.rpartition("/")[2] for path, _, _ in found[:3])
    return partial(f"nothing is asserted in {names}", seen(path, place, "test", name))


RULE = Rule(
    code="MG703",
    slug="test-asserts",
    point=0,
    phase="7.1",
    scope=Scope.TYPE,
    tier=Tier.RECOMMENDED,
    summary="The test of the class is collected and asserts something",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a test that asserts"),),
    invalid=(
        MiniRepo(
            "a script",
            edits=(
                Edit(
                    "massgen/tests/test_acme_backend.py",
                    "",
                    "from massgen.backend.acme import AcmeBackend\n\n\ndef main():\n    print(AcmeBackend())\n",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/tests/test_acme_backend.py:1"),),
        ),
    ),
)
