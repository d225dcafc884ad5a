"""Every credential that the code reads is documented.

What it does: collects the names that backends and `cli.py` read from the environment and that end in `_KEY`,
`_TOKEN`, `_SECRET` or `_ENDPOINT`, and looks for each in the documentation.

Why it matters: an undocumented variable is found only by those who read the source.

Evidence: the place that reads it.

Not a finding: variables of other kinds: switches of the program's own.

How to fix: name the variable on a page.
"""

from __future__ import annotations

import re

from massgen_audit.facts.shapes import Place
from massgen_audit.model import layout as at
from massgen_audit.model.documented import line_of, mentions
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_CREDENTIAL = re.compile(r"^[A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET|ENDPOINT)$")
_READERS = ("os.getenv", "os.environ.get", "getenv", "environ.get")


def check(model: RepoModel, unit: Unit) -> Verdict:
    read = _read(model)
    if not read:
        return not_applicable("nothing reads a credential from the environment")
    lost = {name: where for name, where in read.items() if not mentions(model, name)}
    if lost:
        evidence = (seen(path, place, "literal", name) for name, (path, place) in list(lost.items())[:6])
        return partial(f"no page names {', '.join(sorted(lost))}", *evidence)
    first = next(iter(read))
    page = mentions(model, first)
    return present(f"{len(read)} credentials are documented", seen(page, line_of(model, page, first), "literal", first))


def _read(model: RepoModel) -> dict[str, tuple[str, Place]]:
    found: dict[str, tuple[str, Place]] = {}
    for path in dict.fromkeys((*model.layout.class_files, at.CLI)):
        module = model.source.module(path)
        methods = [method for fact in module.classes for method in fact.methods] if module else []
        for function in [*methods, *(module.functions if module else ())]:
            for call in function.calls:
                if call.chain in _READERS and call.args and _CREDENTIAL.match(call.args[0][1]):
                    found.setdefault(call.args[0][1], (path, call.place))
    return found


_UNNAMED = Edit("docs/source/user_guide/backends.rst", "The key is read from ``ACME_API_KEY``.\n", "It has a key.\n")

RULE = Rule(
    code="MG907",
    slug="credentials-documented",
    point=0,
    phase="8",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="Every credential that the code reads is documented",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("named"),),
    invalid=(MiniRepo("no page names it", edits=(_UNNAMED,), expect=(Expected("", "partial", "massgen/cli.py:12"),)),),
)
