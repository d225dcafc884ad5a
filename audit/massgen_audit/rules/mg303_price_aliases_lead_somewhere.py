"""Every alias of a provider leads to a price table.

What it does: reads the dict literal in `_normalize_provider` and compares its values with the keys of
`PROVIDER_PRICING`.

Why it matters: an alias to a table that is not there prices every call of that provider at nothing.

Evidence: the table and the alias.

Not a finding: a table of a provider that no backend has; a calculator that asks a price database, which knows more
providers.

How to fix: correct the alias, or add the table.
"""

from __future__ import annotations

from massgen_audit.model.pricing import calculator, provider_aliases, provider_tables
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = calculator(model)
    tables, aliases = (provider_tables(model, found), provider_aliases(model, found)) if found else ({}, ())
    if found is None or not tables or not aliases:
        return not_applicable("there are no price tables with aliases")
    lost = [item for item in aliases if item.target not in tables]
    if not lost:
        first = aliases[0]
        return present(f"{len(aliases)} aliases lead to a table", seen(found.path, first.place, "literal", first.name))
    told = ", ".join(f"{item.name} to {item.target}" for item in lost)
    evidence = (seen(found.path, item.place, "literal", item.target) for item in lost[:5])
    if found.database:
        return present(f"aliases without a table of their own are for the price database: {told}", *evidence)
    return partial(f"aliases lead to no table: {told}", *evidence)


_LOOKUP = "    def get_model_pricing(self, provider, model):\n"


def _alias(target: str) -> Edit:
    method = f'    def _normalize_provider(self, provider):\n        names = {{"acme corp": "{target}"}}\n'
    method += "        return names.get(provider.lower(), provider)\n\n"
    return Edit("massgen/token_manager/token_manager.py", _LOOKUP, method + _LOOKUP)


RULE = Rule(
    code="MG303",
    slug="price-aliases-lead-somewhere",
    point=0,
    phase="4.1",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="Every alias of a provider leads to a price table",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no alias"),
        MiniRepo("an alias to the table", edits=(_alias("Acme"),)),
    ),
    invalid=(
        MiniRepo(
            "an alias to nothing",
            edits=(_alias("Acmee"),),
            expect=(Expected("", "partial", "massgen/token_manager/token_manager.py:19"),),
        ),
    ),
)
