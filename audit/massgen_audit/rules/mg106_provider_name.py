"""`get_provider_name` gives the right name for the type's default configuration.

What it does: follows `create_backend(type)` and the method with what that configuration holds, and compares the result
with the registry's display name.

Why it matters: the name is the pricing key and what people see; a name found by looking for a vendor's domain in
`base_url` is wrong as soon as the domain changes or no `base_url` is set.

Evidence: the definition in effect, and the registry's name.

Not a finding: spellings that differ by punctuation or contain one another, and names that the registry maps back.

How to fix: return the registry row's `provider_name`.
"""

from __future__ import annotations

from massgen_audit.model.interp.values import options
from massgen_audit.model.naming import means
from massgen_audit.model.registry import UNSAID
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, partial, present, searched, seen, unverifiable

METHOD = "get_provider_name"


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    found = model.definition(info, METHOD)
    if found is None or found[1].abstract:
        where = searched(info.path, info.fact.place.end_line, f"{METHOD} belongs in this class")
        return missing(f"{info.name} has no {METHOD}", where)
    owner, method = found
    here = seen(owner.path, method.place, "defines", METHOD, (info.name, owner.name))
    values = options(model.ask(model.instance_of(unit), METHOD))
    names = [value for value in values if isinstance(value, str)]
    if len(names) < len(values):
        return unverifiable(f"what {owner.name}.{METHOD} returns for {unit.type.name} is computed", here)
    if unit.type.row is None and UNSAID in names:
        return present(f"{METHOD} gives what the registry says", here)
    wrong = [name for name in names if not means(model, name, unit.type)]
    if not wrong:
        return present(f'{METHOD} gives "{names[0]}"', here)
    row = unit.type.row
    shown = row.get("provider_name") if row else unit.type.name
    evidence = [seen(row.path, row.where("provider_name"), "entry", f'the registry says "{shown}"')] if row else []
    return partial(f'{METHOD} gives "{wrong[0]}" for {unit.type.name} by default, not "{shown}"', here, *evidence)


RULE = Rule(
    code="MG106",
    slug="provider-name-right",
    point=1,
    phase="1.1",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="get_provider_name gives the right name for the type's default configuration",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a literal that equals the registry's name"),
        MiniRepo(
            "a name found in the base_url that create_backend sets",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    '        return "Acme"\n',
                    '        return "Acme" if "acme.ai" in self.config.get("base_url", "") else "Generic"\n',
                ),
                Edit(
                    "massgen/cli.py",
                    "        return AcmeBackend(api_key=api_key, **kwargs)",
                    '        kwargs.setdefault("base_url", "https://api.acme.ai/v1")\n'
                    "        return AcmeBackend(api_key=api_key, **kwargs)",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the name is looked for in a base_url that the type does not set",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    '        return "Acme"\n',
                    '        return "Acme" if "acme.ai" in self.config.get("base_url", "") else "Generic"\n',
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:32"),),
        ),
        MiniRepo(
            "the name is computed by something that cannot be followed",
            edits=(
                Edit("massgen/backend/acme.py", '        return "Acme"\n', "        return socket.gethostname()\n"),
            ),
            expect=(Expected("acme", "unverifiable", "massgen/backend/acme.py:32"),),
        ),
    ),
)
