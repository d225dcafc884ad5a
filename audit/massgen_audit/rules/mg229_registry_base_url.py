"""The registry's `base_url` is the address that the code uses.

What it does: compares the entry with the `base_url` that `create_backend` sets for the type.

Why it matters: two addresses kept by hand drift apart; documentation shows one and requests go to the other.

Evidence: the entry and the call that creates the backend.

Not a finding: a trailing slash; a type whose address only the registry knows.

How to fix: take the address from the registry.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    row, instance = unit.type.row, unit.type.instance
    listed = row.get("base_url") if row else None
    used = instance.arguments.get("base_url") if instance else None
    if row is None or instance is None or not isinstance(listed, str) or not isinstance(used, str):
        return not_applicable(f"{unit.type.name} has no two addresses to compare")
    entry = seen(row.path, row.where("base_url"), "entry", listed)
    made = seen(*instance.made_at, "calls", used)
    if listed.rstrip("/") == used.rstrip("/"):
        return present(f"registry and code say {listed}", entry, made)
    return partial(f"the registry says {listed}, create_backend uses {used}", entry, made)


def _with(url: str) -> tuple[Edit, ...]:
    return (
        Edit("massgen/backend/capabilities.py", "        env_var=", f'        base_url="{url}",\n        env_var='),
        Edit(
            "massgen/cli.py",
            "AcmeBackend(api_key=api_key, **kwargs)",
            'AcmeBackend(api_key=api_key, base_url="https://api.acme.ai/v1", **kwargs)',
        ),
    )


RULE = Rule(
    code="MG229",
    slug="registry-address-agrees",
    point=6,
    phase="2.3",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="The registry's base_url is the address that the code uses",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the same address", edits=_with("https://api.acme.ai/v1/")),),
    invalid=(
        MiniRepo(
            "an older address in the registry",
            edits=_with("https://acme.dev/v1"),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:28"),),
        ),
    ),
)
