"""A hosted provider that shares a class has an endpoint of its own.

What it does: where one class serves several types and `create_backend` gives some of them a `base_url`, looks at those
that need a key and get none.

Why it matters: the class then falls back to another vendor's address, and the key is sent there.

Evidence: the arguments with which the backend is created.

Not a finding: generic types, local servers, and branches that raise when no `base_url` is configured.

How to fix: set the provider's `base_url` in the branch, or raise when it is missing.
"""

from __future__ import annotations

from massgen_audit.model.interp.values import UNKNOWN
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    variable = info.row.get("env_var") if info.row else None
    if not info.handled or info.instance is None or not isinstance(variable, str):
        return not_applicable(f"{info.name} needs no key of a hosted provider")
    given = info.instance.arguments.get("base_url")
    path, line = info.instance.made_at
    if isinstance(given, str):
        return present(f"{info.name} goes to {given}", seen(path, line, "calls", unit.info.name))
    if not any(_has_url(other.instance) for other in model.types_of(unit.info) if other.handled):
        return not_applicable(f"{unit.info.name} brings its endpoint itself")
    keyed = model.finder.create(info.name, unset=UNKNOWN, environ={variable: "key"}, base_url=None)
    if keyed.raises:
        return present(f"{info.name} demands a base_url", seen(path, line, "calls", unit.info.name))
    where = searched(path, line, "no base_url is set or demanded before this")
    return partial(f"{info.name} is created without an endpoint: its key goes to the class's default address", where)


def _has_url(instance: object) -> bool:
    return isinstance(getattr(instance, "arguments", {}).get("base_url"), str)


_SECOND = (
    Edit(
        "massgen/backend/capabilities.py",
        '    "acme": BackendCapabilities(',
        '    "twin": BackendCapabilities(\n'
        '        "twin", "Acme", {"mcp"}, ["search"], "mcp", ["acme-2"], "acme-2", "ACME_API_KEY"\n'
        "    ),\n"
        '    "acme": BackendCapabilities(',
    ),
    Edit(
        "massgen/cli.py",
        "        return AcmeBackend(api_key=api_key, **kwargs)\n",
        '        kwargs["base_url"] = "https://api.acme.ai/v1"\n'
        "        return AcmeBackend(api_key=api_key, **kwargs)\n"
        '    elif backend_type == "twin":\n'
        '        api_key = kwargs.get("api_key") or os.getenv("ACME_API_KEY")\n'
        "        if not api_key:\n"
        '            raise ConfigurationError("Set ACME_API_KEY.")\n'
        "        return AcmeBackend(api_key=api_key, **kwargs)\n",
    ),
)

RULE = Rule(
    code="MG218",
    slug="endpoint-known",
    point=5,
    phase="2.2",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="A hosted provider that shares a class has an endpoint of its own",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a class that brings its endpoint"),),
    invalid=(
        MiniRepo(
            "the second type of a class gets no base_url",
            edits=_SECOND,
            expect=(Expected("twin", "partial", "massgen/cli.py:21"),),
        ),
    ),
)
