"""The registry's `env_var` is the variable that the code reads.

What it does: collects the variables that `create_backend(type)` and the class read, and compares them with the entry.

Why it matters: setup wizards and documentation tell people to set the registry's variable.

Evidence: the read, and the entry.

Not a finding: several accepted variables, if the registry names one of them; optional keys of local servers.

How to fix: name the variable that is read.
"""

from __future__ import annotations

from massgen_audit.model.keys import class_reads
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    if info.row is None or not info.handled:
        return not_applicable(f"{info.name} has no registry entry and code to compare")
    variable = info.row.get("env_var")
    entry = seen(info.row.path, info.row.where("env_var"), "entry", f"env_var={variable!r}")
    bare = model.finder.create(info.name, unset=None)
    asked = [event for event in bare.events if event.kind == "getenv"]
    if not isinstance(variable, str) or not variable:
        if bare.raises and asked:
            read = seen(asked[0].path, asked[0].line, "literal", asked[0].name)
            return partial(f"the registry names no key, {info.name} asks for {asked[0].name}", entry, read)
        return present(f"{info.name} needs no key", entry)
    read_event = next((event for event in asked if event.name == variable), None)
    inside = class_reads(model, info, variable)
    if read_event is not None:
        return present(f"{variable} is read", seen(read_event.path, read_event.line, "literal", variable), entry)
    if inside is not None:
        return present(f"{unit.info.name} reads {variable}", inside, entry)
    names = ", ".join(dict.fromkeys(event.name for event in asked)) or "nothing"
    others = [seen(event.path, event.line, "literal", event.name) for event in asked[:3]]
    return partial(f"the registry names {variable}, the code reads {names}", entry, *others)


RULE = Rule(
    code="MG214",
    slug="env-var-agrees",
    point=6,
    phase="2.3",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="The registry's env_var is the variable that the code reads",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("the same variable"),
        MiniRepo(
            "one of two accepted variables",
            edits=(
                Edit(
                    "massgen/cli.py",
                    'os.getenv("ACME_API_KEY")',
                    'os.getenv("ACME_TOKEN") or os.getenv("ACME_API_KEY")',
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the registry names another variable",
            edits=(Edit("massgen/backend/capabilities.py", '"ACME_API_KEY"', '"ACME_TOKEN"'),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:28"),),
        ),
        MiniRepo(
            "the registry names none",
            edits=(Edit("massgen/backend/capabilities.py", 'env_var="ACME_API_KEY"', "env_var=None"),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:28"),),
        ),
    ),
)
