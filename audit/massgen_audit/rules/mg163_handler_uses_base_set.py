"""The handler's exclusions contain the base set.

What it does: evaluates `get_excluded_params` and `get_base_excluded_params` of the handler and compares them.

Why it matters: every setting that the orchestrator learns to read is added to the base set; a handler that does not
include it sends the new setting to the provider.

Evidence: the method in effect, evaluated through unions, updates and intermediate names.

Not a finding: a handler that adds to the set.

How to fix: `return self.get_base_excluded_params() | {...}`.
"""

from __future__ import annotations

from massgen_audit.model.params import HANDLER_BASE_METHOD, HANDLER_METHOD, handlers, name_set
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    for item in handlers(model, model.instance_of(unit)):
        found = model.definition(item.info, HANDLER_METHOD)
        if found is None:
            continue
        owner, method = found
        here = seen(owner.path, method.place, "defines", f"{owner.name}.{HANDLER_METHOD}")
        base = name_set(model.ask(item, HANDLER_BASE_METHOD))
        names = name_set(model.ask(item, HANDLER_METHOD))
        if base is None or names is None:
            return unverifiable(f"what {owner.name}.{HANDLER_METHOD} returns is computed", here)
        lacking = sorted(base - names)
        if not lacking:
            return present(f"{owner.name} excludes the base set and {len(names - base)} more", here)
        where = searched(owner.path, method.place, f"{len(lacking)} names of the base set are not excluded here")
        if base & names:
            return partial(f"{owner.name} does not exclude {', '.join(lacking[:5])}", here, where)
        return missing(f"{owner.name} excludes nothing of the base set", where)
    return not_applicable(f"{unit.info.name} has no params handler")


RULE = Rule(
    code="MG163",
    slug="handler-uses-base-set",
    point=10,
    phase="4.2",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="The handler's exclusions contain the base set",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a union with the base set"),
        MiniRepo(
            "an intermediate name that is updated",
            edits=(
                Edit(
                    "massgen/api_params_handler/_acme_api_params_handler.py",
                    '        return self.get_base_excluded_params() | {"enable_search"}\n',
                    "        names = set(self.get_base_excluded_params())\n"
                    '        names.update({"enable_search"})\n'
                    "        return names\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the set is written by hand",
            edits=(
                Edit(
                    "massgen/api_params_handler/_acme_api_params_handler.py",
                    'self.get_base_excluded_params() | {"enable_search"}',
                    '{"type", "enable_search"}',
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/api_params_handler/_acme_api_params_handler.py:9"),),
        ),
        MiniRepo(
            "nothing of the base set is there",
            edits=(
                Edit(
                    "massgen/api_params_handler/_acme_api_params_handler.py",
                    'self.get_base_excluded_params() | {"enable_search"}',
                    '{"enable_search"}',
                ),
            ),
            expect=(Expected("acme", "missing", "massgen/api_params_handler/_acme_api_params_handler.py:9"),),
        ),
    ),
)
