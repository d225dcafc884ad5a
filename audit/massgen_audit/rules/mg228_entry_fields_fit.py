"""The registry entry gives every required field and no unknown one.

What it does: compares the keywords of the entry with the fields of the dataclass.

Why it matters: the registry is made while the package is imported: one wrong field and nothing of MassGen starts.

Evidence: the entry and the class of the registry.

Not a finding: an entry that is built by another function; fields handed over with `**`.

How to fix: give the missing field; take out or rename the unknown one.
"""

from __future__ import annotations

import ast

from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.registry import entry_call
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    call = entry_call(model.source, row, unit.type.name) if row else None
    module = model.source.module(row.path) if row else None
    key = model.classes.resolve_class(module, ast.unparse(call.func)) if module and call else None
    info = model.classes.get(key) if key else None
    if row is None or call is None or info is None or "__init__" in {item.name for item in info.fact.methods}:
        return not_applicable(f"the entry of {unit.type.name} is not one call of a dataclass")
    names = [item.arg for item in call.keywords]
    entry = seen(row.path, row.place, "entry", f"{len(names) + len(call.args)} fields")
    fields = _fields(model, info)
    if None in names or any(isinstance(item, ast.Starred) for item in call.args) or not fields:
        return not_applicable(f"the fields of the entry of {unit.type.name} come from elsewhere", entry)
    given = {*list(fields)[: len(call.args)], *names}
    wrong = [f"no {name}" for name, needed in fields.items() if needed and name not in given]
    wrong += [f"an unknown {name}" for name in names if name not in fields]
    if wrong:
        kind = seen(info.path, info.fact.place, "defines", info.name)
        return partial(f"the entry of {unit.type.name} has {', '.join(wrong)}", entry, kind)
    return present(f"the entry of {unit.type.name} fits {info.name}", entry)


def _fields(model: RepoModel, info: ClassInfo) -> dict[str, bool]:
    """Field to whether it must be given, in order, those of bases first."""
    found: dict[str, bool] = {}
    for item in reversed(model.classes.mro(info)):
        node = model.source.statement(item.path, item.fact.place)
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                found[part.target.id] = part.value is None
    return found


RULE = Rule(
    code="MG228",
    slug="entry-fields-fit",
    point=0,
    phase="2.3",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The registry entry gives every required field and no unknown one",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("every field"),),
    invalid=(
        MiniRepo(
            "a field is missing and one is misspelt",
            edits=(
                Edit(
                    "massgen/backend/capabilities.py",
                    '        env_var="ACME_API_KEY",\n',
                    '        envvar="ACME_API_KEY",\n',
                ),
                Edit("massgen/backend/capabilities.py", '        default_model="acme-2",\n', ""),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:20"),),
        ),
    ),
)
