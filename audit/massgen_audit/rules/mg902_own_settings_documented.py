"""Settings that only this backend reads are documented.

What it does: collects what the class itself reads from its configuration and what no other backend reads, and looks
for each name in the documentation.

Why it matters: a setting nobody can find is not used, and its mistakes are not noticed.

Evidence: the place that reads it, or the page.

Not a finding: names that begin with an underscore; settings that several backends share; parameters of the provider's
API.

How to fix: describe the setting in the backend's section or on the schema page.
"""

from __future__ import annotations

from massgen_audit.facts.shapes import Place
from massgen_audit.model.documented import line_of, mentions
from massgen_audit.model.params import own_settings
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    shared = model.once("settings by class", lambda: _counts(model))
    own: dict[str, Place] = {name: place for name, place in own_settings(model, info) if shared[name] == 1}
    if not own:
        return not_applicable(f"{info.name} reads no setting of its own")
    lost = [name for name in own if not mentions(model, name)]
    if lost:
        evidence = (seen(info.path, own[name], "calls", name) for name in lost[:6])
        return partial(f"no page describes {', '.join(sorted(lost))}", *evidence)
    first = next(iter(own))
    page = mentions(model, first)
    return present(
        f"{len(own)} settings of {info.name} are documented", seen(page, line_of(model, page, first), "literal", first)
    )


def _counts(model: RepoModel) -> dict[str, int]:
    counts: dict[str, int] = {}
    for info in model.backends:
        for name, _ in own_settings(model, info):
            counts[name] = counts.get(name, 0) + 1
    return counts


_LINE = "        self.formatter = AcmeFormatter()\n"
_READS = Edit("massgen/backend/acme.py", _LINE, '        self.region = kwargs.get("acme_region")\n' + _LINE)

RULE = Rule(
    code="MG902",
    slug="own-settings-documented",
    point=0,
    phase="8",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="Settings that only this backend reads are documented",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no setting of its own"),
        MiniRepo(
            "described",
            edits=(
                _READS,
                Edit(
                    "docs/source/user_guide/backends.rst",
                    "     model: acme-2\n",
                    "     model: acme-2\n     acme_region: eu\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo("not described", edits=(_READS,), expect=(Expected("acme", "partial", "massgen/backend/acme.py:10"),)),
    ),
)
