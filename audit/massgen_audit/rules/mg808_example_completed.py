"""No example configuration of the type waits for a person.

What it does: looks for models that start with `fill in`, which `massgen-audit fix` writes where the registry names no
model.

Why it matters: an example that a fix began counts as an example, and fails at the first request.

Evidence: the `type:` key of the example.

Not a finding: a type without an example (see MG801).

How to fix: replace the marked model with one that the provider serves.
"""

from __future__ import annotations

from massgen_audit.model.examples import examples
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import FILL_IN, Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    name = unit.type.name
    own = [item for item in examples(model) if item.backend.type == name]
    if not own:
        return not_applicable(f"there is no example of {name}")
    left = [item for item in own if item.backend.model.startswith(FILL_IN)]
    if not left:
        return present(f"the examples of {name} name their model", seen(own[0].path, own[0].place, "yaml-key"))
    places = [seen(item.path, item.place, "yaml-key", item.backend.model) for item in left]
    return partial(f"the model of {left[0].path} still says what to fill in", *places)


_CONFIG = "massgen/configs/providers/acme/single_acme.yaml"

RULE = Rule(
    code="MG808",
    slug="example-completed",
    point=12,
    phase="8",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="No example configuration of the type waits for a person",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a model of the registry"),
        MiniRepo("no model at all", edits=(Edit(_CONFIG, "      model: acme-2\n", ""),)),
    ),
    invalid=(
        MiniRepo(
            "the model is marked",
            edits=(Edit(_CONFIG, "model: acme-2", f'model: "{FILL_IN}: a model that Acme serves"'),),
            expect=(Expected("acme", "partial", f"{_CONFIG}:4"),),
        ),
    ),
)
