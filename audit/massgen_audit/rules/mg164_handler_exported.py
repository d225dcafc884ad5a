"""The params handler is exported by its package.

What it does: looks for the params handler's class among the names that `massgen/api_params_handler/__init__.py`
binds.

Why it matters: the package's own list is what others import from and what shows that the class exists.

Evidence: the import.

Not a finding: a params handler that is defined beside its backend; a package that exports nothing at all.

How to fix: import it there and add it to `__all__`.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.params import handlers
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    module = model.source.module(at.HANDLER_INIT)
    if module is None or not module.imports:
        return not_applicable("the package exports nothing")
    package = at.HANDLER_INIT.rpartition("/")[0]
    found = [item.info for item in handlers(model, model.instance_of(unit)) if item.info.path.startswith(f"{package}/")]
    if not found:
        return not_applicable(f"{unit.info.name} has no params handler of that package")
    bound = {item.bound: item.place for item in module.imports}
    for info in found:
        if info.name not in bound:
            where = searched(at.HANDLER_INIT, model.insertion(at.HANDLER_INIT), f"{info.name} belongs here")
            return partial(f"{info.name} is not exported by {package}", where)
    return present(
        f"{found[0].name} is exported", seen(at.HANDLER_INIT, bound[found[0].name], "literal", found[0].name)
    )


RULE = Rule(
    code="MG164",
    slug="handler-exported",
    point=0,
    phase="1.3",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="The params handler is exported by its package",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("the package exports nothing"),
        MiniRepo(
            "an import",
            edits=(
                Edit(
                    "massgen/api_params_handler/__init__.py",
                    "",
                    "from ._acme_api_params_handler import AcmeAPIParamsHandler\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "another is exported",
            edits=(Edit("massgen/api_params_handler/__init__.py", "", "from ._base import Other\n"),),
            expect=(Expected("acme", "partial", "massgen/api_params_handler/__init__.py:1"),),
        ),
    ),
)
