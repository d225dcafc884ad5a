"""The generic type finds the key for the address of every provider it stands for.

What it does: where a type without a key variable shares its class with hosted types, follows `create_backend` with each
of their addresses and no variable set; it must look for that provider's key, as it does for the others.

Why it matters: a domain that the chain does not recognise gets no key and no error.

Evidence: the reads of variables on the way.

Not a finding: checkouts whose generic type looks for no key at all.

How to fix: derive the key from the registry row whose `base_url` matches, not from a list of domains.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen

Hosted = tuple[TypeInfo, str, str]  # the type, its address, its key variable


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    if not info.handled or info.row is None or info.row.get("env_var"):
        return not_applicable(f"{info.name} is not a generic type")
    hosts = _hosted(model, unit)
    known: list[Hosted] = []
    lost: list[Hosted] = []
    for other, url, variable in hosts:
        found = model.finder.create(info.name, unset=None, base_url=url)
        (known if found.reads(variable) else lost).append((other, url, variable))
    if not known:
        return not_applicable(f"{info.name} looks for no provider's key")
    place = seen(info.branch_path, info.branch or 1, "literal", info.name)
    if not lost:
        return present(f"{info.name} finds the key of all {len(known)} providers by their address", place)
    told = "; ".join(f"{other.name} at {url} ({variable})" for other, url, variable in lost)
    where = searched(info.branch_path, info.branch or 1, "the addresses are compared below")
    return partial(f"{info.name} does not recognise {told}", place, where)


def _hosted(model: RepoModel, unit: Unit) -> list[Hosted]:
    """The hosted types that share the class: with the address that their own branch uses, and their key variable."""
    found = []
    for other in model.types_of(unit.info):
        url = other.instance.arguments.get("base_url") if other.instance else None
        variable = other.row.get("env_var") if other.row else None
        if other.name != unit.type.name and isinstance(url, str) and isinstance(variable, str):
            found.append((other, url, variable))
    return found


def _generic(domain: str) -> tuple[Edit, ...]:
    return (
        Edit(
            "massgen/backend/capabilities.py",
            '    "acme": BackendCapabilities(',
            '    "any": BackendCapabilities("any", "Acme Any", {"mcp"}, ["search"], "mcp", ["custom"], "custom"),\n'
            '    "beta": BackendCapabilities("beta", "Acme", {"mcp"}, ["search"], "mcp", ["b"], "b", "BETA_KEY"),\n'
            '    "acme": BackendCapabilities(',
        ),
        Edit(
            "massgen/cli.py",
            "        return AcmeBackend(api_key=api_key, **kwargs)\n",
            '        return AcmeBackend(api_key=api_key, base_url="https://api.acme.ai/v1", **kwargs)\n'
            '    elif backend_type == "beta":\n'
            '        api_key = kwargs.get("api_key") or os.getenv("BETA_KEY")\n'
            "        if not api_key:\n"
            '            raise ConfigurationError("Set BETA_KEY.")\n'
            '        return AcmeBackend(api_key=api_key, base_url="https://api.beta.dev/v1", **kwargs)\n'
            '    elif backend_type == "any":\n'
            '        url = kwargs.get("base_url") or ""\n'
            '        if "acme.ai" in url and not os.getenv("ACME_API_KEY"):\n'
            '            raise ConfigurationError("Set ACME_API_KEY.")\n'
            f'        if "{domain}" in url and not os.getenv("BETA_KEY"):\n'
            '            raise ConfigurationError("Set BETA_KEY.")\n'
            "        return AcmeBackend(**kwargs)\n",
        ),
    )


RULE = Rule(
    code="MG219",
    slug="generic-type-knows-addresses",
    point=5,
    phase="2.2",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="The generic type finds the key for the address of every provider it stands for",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("every address is recognised", edits=_generic("beta.dev")),),
    invalid=(
        MiniRepo(
            "one address is looked for under an old domain",
            edits=_generic("beta.com"),
            expect=(Expected("any", "partial", "massgen/cli.py:21"),),
        ),
    ),
)
