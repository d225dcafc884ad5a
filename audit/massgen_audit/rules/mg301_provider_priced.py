"""The provider's name leads to a price table.

What it does: follows `_normalize_provider` for the name that the backend gives, and looks for the table's key.

Why it matters: the key must equal the normalised name exactly; a near miss makes every answer cost nothing.

Evidence: the table's key.

Not a finding: local, delegated and placeholder models; a checkout that asks a price database.

How to fix: add the table, or an alias that leads to one.
"""

from __future__ import annotations

from massgen_audit.model.pricing import calculator, providers, table_key
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = calculator(model)
    row = unit.type.row
    if found is None or found.table is None:
        return not_applicable("this checkout has no price table")
    if row is None or not row.models() or not row.get("env_var"):
        return not_applicable(f"{unit.type.name} has no models of its own to price")
    if found.database:
        return not_applicable(f"prices come from a database ({found.database}) before the table")
    names = providers(model, unit)
    for name in names:
        key = table_key(model, found, name)
        if key is not None:
            return present(f'"{name}" leads to the table "{key[0]}"', seen(found.path, key[1], "entry", key[0]))
    where = searched(found.path, found.table.end_line, "the provider's prices belong here")
    return partial(f"no table for {' or '.join(names) or unit.type.name}", where)


RULE = Rule(
    code="MG301",
    slug="provider-priced",
    point=0,
    phase="3.1",
    scope=Scope.TYPE,
    tier=Tier.CONDITIONAL,
    summary="The provider's name leads to a price table",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("the name is the key"),
        MiniRepo(
            "an alias leads to the key",
            edits=(
                Edit("massgen/token_manager/token_manager.py", '        "Acme": {', '        "Acme Inc": {'),
                Edit(
                    "massgen/token_manager/token_manager.py",
                    "    def get_model_pricing(self, provider, model):\n"
                    "        return self.PROVIDER_PRICING.get(provider, {}).get(model)\n",
                    "    def get_model_pricing(self, provider, model):\n"
                    "        return self.PROVIDER_PRICING.get(self._normalize_provider(provider), {}).get(model)\n\n"
                    "    def _normalize_provider(self, provider):\n"
                    '        return {"acme": "Acme Inc"}.get(provider.lower(), provider)\n',
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the key is spelled otherwise",
            edits=(Edit("massgen/token_manager/token_manager.py", '        "Acme": {', '        "ACME": {'),),
            expect=(Expected("acme", "partial", "massgen/token_manager/token_manager.py:16"),),
        ),
    ),
)
