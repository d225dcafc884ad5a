"""Prices are possible and stand once.

What it does: reads the literals of `PROVIDER_PRICING`: no price below zero, none above a dollar for a thousand
tokens, no model twice in one table.

Why it matters: a price in the wrong unit is a thousand times too high, and of two rows for one model the first is
never read.

Evidence: the table, or the row.

Not a finding: free models; a price that is computed.

How to fix: correct the row.
"""

from __future__ import annotations

from massgen_audit.model.pricing import calculator, price_rows
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_HIGHEST = 1.0  # dollars for a thousand tokens: several times the dearest model that was ever sold


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = calculator(model)
    rows = price_rows(model, found) if found else ()
    if found is None or not rows:
        return not_applicable("there are no price tables to read")
    seen_rows = set()
    wrong = []
    for row in rows:
        if (row.provider, row.model) in seen_rows:
            wrong.append((row, f"{row.model} stands twice under {row.provider}"))
        seen_rows.add((row.provider, row.model))
        if any(not 0 <= price <= _HIGHEST for price in row.prices):
            wrong.append((row, f"{row.model} costs {max(row.prices, key=abs)} for a thousand tokens"))
    if wrong:
        evidence = (seen(found.path, row.place, "literal", what) for row, what in wrong[:5])
        return partial("; ".join(what for _, what in wrong[:3]), *evidence)
    return present(f"{len(rows)} prices are possible", seen(found.path, rows[0].place, "literal", rows[0].model))


RULE = Rule(
    code="MG304",
    slug="prices-sane",
    point=0,
    phase="4.1",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="Prices are possible and stand once",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("small numbers, each once"),),
    invalid=(
        MiniRepo(
            "a price for a million tokens",
            edits=(
                Edit(
                    "massgen/token_manager/token_manager.py",
                    '"acme-1": ModelPricing(0.001, 0.005)',
                    '"acme-1": ModelPricing(1.0, 5.0)',
                ),
            ),
            expect=(Expected("", "partial", "massgen/token_manager/token_manager.py:14"),),
        ),
        MiniRepo(
            "a model twice",
            edits=(
                Edit("massgen/token_manager/token_manager.py", '"acme-1": ModelPricing(', '"acme-2": ModelPricing('),
            ),
            expect=(Expected("", "partial", "massgen/token_manager/token_manager.py:14"),),
        ),
    ),
)
