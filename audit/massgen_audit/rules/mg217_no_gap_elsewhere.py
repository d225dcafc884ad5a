"""No place that lists the backend types leaves this one out.

What it does: counts, in every run of lines under `massgen/` that name types as strings, how many of the known types
occur; a run that names at least half of them and not this one is a gap in the checklist.

Why it matters: the fifteen files are not all: menus, model catalogues and dispatch chains list the types too, and
nobody looks there.

Evidence: the place, with the number of types that it names.

Not a finding: places of the checklist, which other rules judge; a place that lists fewer than half of the types; one
whose types all have a key, models, an address or a class of their own, for a type that has none; a type that is named
by its provider or by the variable of its key.

How to fix: add the type to the place, or say in the policy why it is not concerned.
"""

from __future__ import annotations

from massgen_audit.model.mined import concerns, places
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = places(model)
    if not found:
        return not_applicable("no place beyond the checklist lists the backend types")
    name = unit.type.name
    lacking = [place for place in found if name not in place.names and concerns(model, place, unit.type)]
    if not lacking:
        evidence = (seen(place.path, place.line, "literal", place.owner) for place in found[:3])
        return present(f"{len(found)} further places list {name}", *evidence)
    where = [searched(item.path, item.line, f"{item.owner} names {len(item.names)} types") for item in lacking[:5]]
    told = ", ".join(item.owner for item in lacking[:3])
    return partial(f"{name} is not in {told}, which lists most types (a gap in the checklist)", *where)


_NAMES = ("bolt", "cord", "dart", "echo")
_MORE = (
    Edit(
        "massgen/cli.py",
        'if backend_type == "acme":',
        f"if backend_type in {['acme', *_NAMES]}:",
    ),
)


def _menu(*names: str) -> Edit:
    return Edit("massgen/menu.py", "", f"def choose():\n    return {list(names)}\n")


RULE = Rule(
    code="MG217",
    slug="no-gap-elsewhere",
    point=0,
    phase="2",
    scope=Scope.TYPE,
    tier=Tier.RECOMMENDED,
    summary="No place that lists the backend types leaves this one out",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no such place"),
        MiniRepo("a menu with every type", edits=(*_MORE, _menu("acme", *_NAMES))),
    ),
    invalid=(
        MiniRepo(
            "a menu that forgot it",
            edits=(*_MORE, _menu(*_NAMES)),
            expect=(Expected("acme", "partial", "massgen/menu.py:2"),),
        ),
    ),
)
