"""No key stands in the source.

What it does: searches backends, example configurations and tests for text of the form of a vendor's key.

Why it matters: what is committed once is public for ever.

Evidence: the line, never the key.

Not a finding: placeholders: few different characters, or a word such as `test`, `example`, `your`, `fake`, `dummy` or
`xxx` in it or before it on the line.

How to fix: take the key out, revoke it at the vendor, and read it from the environment.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.secrets import first_secret, is_invented
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    layout = model.layout
    paths = [*layout.class_files, *layout.config_files, *layout.test_files]
    for path in paths:
        line = 0 if is_invented(path) else model.source.ask(path, "secret", first_secret)
        if line:
            return partial(f"{path} line {line} has the form of a key", seen(path, line, "literal", "not shown"))
    return present(f"no key in {len(paths)} files", seen(at.BASE, 1, "literal", "the first file read"))


RULE = Rule(
    code="MG503",
    slug="no-secret-written",
    point=0,
    phase="5",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="No key stands in the source",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no key"),
        MiniRepo(
            "a placeholder",
            edits=(
                Edit(
                    "massgen/tests/test_acme_backend.py",
                    'api_key="key"',
                    'api_key="sk-test-0123456789abcdefghijABCDEF"',
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "a key in a configuration",
            edits=(
                Edit(
                    "massgen/configs/providers/acme/single_acme.yaml",
                    "      model: acme-2\n",
                    "      model: acme-2\n      api_key: " + "gsk_" + "Zq81LmPw04TnXc7Rv2Bd9Ks6" + "\n",
                ),
            ),
            expect=(Expected("", "partial", "massgen/configs/providers/acme/single_acme.yaml:6"),),
        ),
    ),
)
