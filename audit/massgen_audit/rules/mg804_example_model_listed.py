"""An example configuration uses a model of the registry.

What it does: compares the models of the type's example configurations with its registry entry, with and without a
date at the end.

Why it matters: the first thing a user copies should run, and be priced.

Evidence: the line of the configuration.

Not a finding: types whose models are free to choose: none or only placeholders in the registry, or names of the form
`vendor/model`.

How to fix: use a listed model, or list this one.
"""

from __future__ import annotations

import re

from massgen_audit.model.examples import examples
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_DATE = re.compile(r"[-@](20\d{2}-?\d{2}-?\d{2}|\d{4}|latest)$")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    listed = info.row.models() if info.row else ()
    if info.row is None or not listed or any("/" in name for name in listed) or _deployed(model, unit):
        return not_applicable(f"the models of {info.name} are free to choose")
    used = [item for item in examples(model) if item.backend.type == info.name and item.backend.model]
    if not used:
        return not_applicable(f"no example of {info.name} names a model")
    known = {_DATE.sub("", name) for name in listed} | set(listed)
    for item in used:
        if item.backend.model in known or _DATE.sub("", item.backend.model) in known:
            return present(
                f"{item.backend.model} is listed", seen(item.path, item.place, "yaml-key", item.backend.model)
            )
    entry = seen(info.row.path, info.row.where("models"), "entry", f"{len(listed)} models")
    first = used[0]
    text = f"no example of {info.name} uses a model of the registry"
    return partial(text, seen(first.path, first.place, "yaml-key", first.backend.model), entry)


def _deployed(model: RepoModel, unit: Unit) -> bool:
    """Whether the class speaks of deployments: their names are the user's."""
    return unit.cls is not None and b"deployment" in (model.source.bytes(unit.cls.path) or b"")


RULE = Rule(
    code="MG804",
    slug="example-model-listed",
    point=0,
    phase="7.2",
    scope=Scope.TYPE,
    tier=Tier.RECOMMENDED,
    summary="An example configuration uses a model of the registry",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a listed model"),),
    invalid=(
        MiniRepo(
            "another model",
            edits=(Edit("massgen/configs/providers/acme/single_acme.yaml", "model: acme-2", "model: acme-9"),),
            expect=(Expected("acme", "partial", "massgen/configs/providers/acme/single_acme.yaml:4"),),
        ),
    ),
)
