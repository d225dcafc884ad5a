"""The constructor calls the one above it.

What it does: follows the class's own `__init__` through `self` and `super()` to a call of `super().__init__`, or of a
base's by name.

Why it matters: the root class sets the configuration, the token counts and the workspace; without it every inherited
method fails later.

Evidence: the call.

Not a finding: a class without a constructor of its own.

How to fix: call `super().__init__(api_key, **kwargs)`.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    own = info.fact.method("__init__")
    if own is None:
        return not_applicable(f"{info.name} has no constructor of its own")
    bases = {base.rpartition(".")[2] for base in info.fact.bases}
    for reached in model.reach.from_method(info, "__init__"):
        for call in reached.function.calls:
            owner, _, name = call.chain.rpartition(".")
            if (
                name == "__init__"
                and reached.owner == info
                and (owner == "super()" or owner.rpartition(".")[2] in bases)
            ):
                return present(
                    f"{info.name} calls the constructor above it", seen(info.path, call.place, "calls", call.chain)
                )
    where = searched(info.path, own.place, "super().__init__ belongs here")
    return missing(f"{info.name}.__init__ does not call the constructor above it", where)


RULE = Rule(
    code="MG111",
    slug="base-constructor-called",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="The constructor calls the one above it",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("super().__init__"),),
    invalid=(
        MiniRepo(
            "the call is not there",
            edits=(Edit("massgen/backend/acme.py", "        super().__init__(api_key, **kwargs)\n", ""),),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:8"),),
        ),
    ),
)
