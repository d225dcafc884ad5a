"""A missing API key is reported before anything is created.

What it does: follows `create_backend(type)` with no variable set, which must raise, and with only the registry's
`env_var` set, which must not.

Why it matters: without the check the first request fails with the provider's 401, minutes later and far away.

Evidence: the read of the variable, and the exception.

Not a finding: types whose registry entry names no variable, or says that the key is optional (`key_optional`, as for
servers on one's own machine); classes that authenticate themselves, because they read the variable or log in.

How to fix: read the variable that the registry names and raise an error that names it.
"""

from __future__ import annotations

from massgen_audit.model.interp.values import UNKNOWN
from massgen_audit.model.keys import class_reads
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    variable = info.row.get("env_var") if info.row else None
    if not info.handled:
        return not_applicable(f"nothing creates {info.name}")
    if not isinstance(variable, str) or not variable:
        return not_applicable(f"the registry names no key variable for {info.name}")
    if info.row and info.row.get("key_optional") is True:
        return not_applicable(f"the registry says that {info.name} works without a key")
    bare = model.finder.create(info.name, unset=None)
    if bare.raises:
        keyed = model.finder.create(info.name, unset=UNKNOWN, environ={variable: "key"})
        raised = next((event for event in bare.events if event.kind == "raise"), None)
        evidence = [seen(raised.path, raised.line, "calls", "raises without a key")] if raised else []
        read = keyed.reads(variable)
        if read is not None and not keyed.raises:
            return present(
                f"a missing {variable} is reported", seen(read.path, read.line, "literal", variable), *evidence
            )
        where = searched(raised.path if raised else info.branch_path, raised.line if raised else 1, variable)
        return partial(f"{info.name} asks for another variable than {variable}", *evidence, where)
    inside = class_reads(model, info, variable)
    if inside is not None:
        return present(f"{unit.info.name} reads {variable} itself", inside)
    place = info.branch or 1
    where = searched(info.branch_path, place, f"no check of {variable} here or in {unit.info.name}")
    return partial(f"{info.name} is created without {variable} and without a word", where)


_CHECK = '        if not api_key:\n            raise ConfigurationError("Acme API key not found. Set ACME_API_KEY.")\n'

RULE = Rule(
    code="MG213",
    slug="api-key-checked",
    point=5,
    phase="2.2",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="A missing API key is reported before anything is created",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("read and checked in the branch"),
        MiniRepo(
            "the key is optional",
            edits=(
                Edit("massgen/cli.py", _CHECK, ""),
                Edit(
                    "massgen/backend/capabilities.py",
                    "    base_url: str | None = None\n",
                    "    base_url: str | None = None\n    key_optional: bool = False\n",
                ),
                Edit(
                    "massgen/backend/capabilities.py",
                    '        env_var="ACME_API_KEY",\n',
                    '        env_var="ACME_API_KEY",\n        key_optional=True,\n',
                ),
            ),
        ),
        MiniRepo(
            "the class reads the variable itself",
            edits=(
                Edit("massgen/cli.py", '        api_key = kwargs.get("api_key") or os.getenv("ACME_API_KEY")\n', ""),
                Edit("massgen/cli.py", _CHECK, ""),
                Edit("massgen/cli.py", "AcmeBackend(api_key=api_key, **kwargs)", "AcmeBackend(**kwargs)"),
                Edit(
                    "massgen/backend/acme.py",
                    "        super().__init__(api_key, **kwargs)\n",
                    '        super().__init__(api_key or os.getenv("ACME_API_KEY"), **kwargs)\n',
                ),
                Edit(
                    "massgen/backend/acme.py",
                    "from ..api_params_handler",
                    "import os\n\nfrom ..api_params_handler",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the variable is read and not checked",
            edits=(Edit("massgen/cli.py", _CHECK, ""),),
            expect=(Expected("acme", "partial", "massgen/cli.py:11"),),
        ),
        MiniRepo(
            "another variable is asked for",
            edits=(Edit("massgen/cli.py", 'os.getenv("ACME_API_KEY")', 'os.getenv("ACME_TOKEN")'),),
            expect=(Expected("acme", "partial", "massgen/cli.py:14"),),
        ),
    ),
)
