"""create_backend refuses a type that it does not know.

What it does: follows `create_backend` with a type that nobody has.

Why it matters: a misspelt type that falls through gives None, and the run fails far from its cause.

Evidence: the function.

Not a finding: a refusal by another function or class that it hands the type to.

How to fix: end the chain with an error that names the type.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import ENTRY
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable

_NOBODY = "no such backend type"


def check(model: RepoModel, unit: Unit) -> Verdict:
    module = model.source.module(at.CLI)
    function = module.function(ENTRY) if module else None
    if function is None:
        return not_applicable(f"{at.CLI} defines no {ENTRY}")
    made = model.finder.create(_NOBODY)
    here = seen(at.CLI, function.place, "defines", ENTRY)
    if made.raises:
        return present("an unknown type is refused", here)
    if made.instances:
        return partial(f"an unknown type is given {made.instances[0].info.name}", here)
    return unverifiable(f"what {ENTRY} does with an unknown type cannot be followed", here)


RULE = Rule(
    code="MG215",
    slug="unknown-type-refused",
    point=0,
    phase="2.2",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="create_backend refuses a type that it does not know",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("an error at the end"),),
    invalid=(
        MiniRepo(
            "anything becomes the default backend",
            edits=(
                Edit(
                    "massgen/cli.py",
                    '        raise ConfigurationError(f"Unsupported backend type: {backend_type}")\n',
                    "        return AcmeBackend(**kwargs)\n",
                ),
            ),
            expect=(Expected("", "partial", "massgen/cli.py:10"),),
        ),
    ),
)
