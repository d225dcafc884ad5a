"""The registry's `provider_name` means what the class says.

What it does: compares the entry with what `get_provider_name` gives for the type's default configuration.

Why it matters: prices are looked up by the class's name, documentation shows the registry's; readers match them.

Evidence: the entry and the method in effect.

Not a finding: spellings that differ by punctuation or contain one another, and names that the registry maps back.

How to fix: return the entry's name from the class.
"""

from __future__ import annotations

from massgen_audit.model.interp.values import options
from massgen_audit.model.naming import means
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

METHOD = "get_provider_name"


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    found = model.definition(unit.info, METHOD)
    shown = row.get("provider_name") if row else None
    names = [value for value in options(model.ask(model.instance_of(unit), METHOD)) if isinstance(value, str)]
    if row is None or found is None or not isinstance(shown, str) or not names:
        return not_applicable(f"{unit.type.name} has no two names to compare")
    entry = seen(row.path, row.where("provider_name"), "entry", shown)
    here = seen(found[0].path, found[1].place, "defines", METHOD, (unit.info.name, found[0].name))
    wrong = [name for name in names if not means(model, name, unit.type, typed=False)]
    if wrong:
        return partial(f'the registry says "{shown}", {unit.info.name} says "{wrong[0]}"', entry, here)
    return present(f'"{shown}" and "{names[0]}" are one name', entry, here)


RULE = Rule(
    code="MG223",
    slug="registry-provider-agrees",
    point=6,
    phase="2.3",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="The registry's provider_name means what the class says",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("equal names"),
        MiniRepo(
            "a longer display name",
            edits=(Edit("massgen/backend/capabilities.py", 'provider_name="Acme"', 'provider_name="Acme (Cloud)"'),),
        ),
    ),
    invalid=(
        MiniRepo(
            "another name",
            edits=(Edit("massgen/backend/capabilities.py", 'provider_name="Acme"', 'provider_name="Zenith"'),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:22"),),
        ),
    ),
)
