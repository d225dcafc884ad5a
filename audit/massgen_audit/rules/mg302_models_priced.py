"""Every concrete model of the registry resolves to a price.

What it does: follows `get_model_pricing(provider, model)` of the checkout's own calculator for each listed model, with
the provider name that the backend gives: through aliases, partial matches and patterns to a row of the table. Where the
code asks a price database first, a model counts as priced if the database lists it under the name that is asked for.

Why it matters: a model without a price costs nothing in every report.

Evidence: the calculator, and the models that do not resolve.

Not a finding: local servers, wrappers of a subscription or of other backends, and placeholders such as "custom".

How to fix: add rows, or an alias that leads to them.
"""

from __future__ import annotations

from massgen_audit.model.pricing import TABLE, Calculator, Price, calculator, price, providers, table_key
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = calculator(model)
    row = unit.type.row
    models = row.models() if row else ()
    if row is None or not models or not row.get("env_var"):
        return not_applicable(f"{unit.type.name} has no models of its own to price")
    if found is None:
        return not_applicable("this checkout has no price calculator")
    names = providers(model, unit)
    prices = {name: _best(model, found, names, name) for name in models}
    unpriced = [name for name, result in prices.items() if result is Price.NONE]
    hidden = [name for name, result in prices.items() if result is Price.HIDDEN]
    here = seen(found.path, found.lookup or found.fact.place, "defines", "the price lookup")
    listed = seen(row.path, row.where("models"), "entry", f"{len(models)} models")
    foreign = [name for name, result in prices.items() if result is Price.ELSEWHERE]
    if not unpriced and not hidden and not foreign:
        return present(f"all {len(models)} models of {unit.type.name} have a price", here, listed)
    if not unpriced and hidden:
        told = f"only {found.database or 'the calculator'} could tell the price of {', '.join(hidden[:4])}"
        return unverifiable(f"{told} of {unit.type.name}; a row in {TABLE} would settle it", here, listed)
    if not unpriced:
        return partial(f"only another vendor's price can match {', '.join(foreign)}", here, listed)
    where = searched(found.path, _place(model, found, names), f"prices of {', '.join(unpriced)} belong here")
    told = f"{len(unpriced)} of {len(models)} models have no price: {', '.join(unpriced[:4])}"
    if found.database:
        told += f"; {found.database} lists such models only with their host's name in front"
    has_table = any(table_key(model, found, name) for name in names)
    if len(unpriced) == len(models) and not has_table:
        return missing(f"{told}; {' or '.join(names)} has no table", where, listed)
    return partial(told, here, listed, where)


def _best(model: RepoModel, found: Calculator, names: tuple[str, ...], wanted: str) -> Price:
    results = {price(model, found, name, wanted) for name in names}
    return next((item for item in Price if item in results), Price.NONE)


def _place(model: RepoModel, found: Calculator, names: tuple[str, ...]) -> int:
    for name in names:
        key = table_key(model, found, name)
        if key is not None:
            return key[1].line
    return found.table.end_line if found.table else found.fact.place.end_line


RULE = Rule(
    code="MG302",
    slug="models-priced",
    point=8,
    phase="3.1",
    scope=Scope.TYPE,
    tier=Tier.CONDITIONAL,
    summary="Every concrete model of the registry resolves to a price",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a row for each"),
        MiniRepo(
            "a partial match",
            edits=(
                Edit(
                    "massgen/token_manager/token_manager.py", '            "acme-1": ModelPricing(0.001, 0.005),\n', ""
                ),
                Edit(
                    "massgen/token_manager/token_manager.py",
                    "        return self.PROVIDER_PRICING.get(provider, {}).get(model)\n",
                    "        rows = self.PROVIDER_PRICING.get(provider, {})\n"
                    "        if model in rows:\n"
                    "            return rows[model]\n"
                    "        for key, row in rows.items():\n"
                    "            if key[:4] in model:\n"
                    "                return row\n"
                    "        return None\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "one model has no row",
            edits=(
                Edit(
                    "massgen/token_manager/token_manager.py", '            "acme-1": ModelPricing(0.001, 0.005),\n', ""
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/token_manager/token_manager.py:17"),),
        ),
        MiniRepo(
            "the provider has no table",
            edits=(Edit("massgen/token_manager/token_manager.py", '        "Acme": {', '        "Other": {'),),
            expect=(Expected("acme", "missing", "massgen/token_manager/token_manager.py:16"),),
        ),
    ),
)
