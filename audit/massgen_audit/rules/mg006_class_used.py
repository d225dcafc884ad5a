"""A concrete backend class serves some type.

What it does: lists concrete subclasses of `LLMBackend` that no type of `create_backend` or the registry leads to, not
even with the option `api` that chooses among the wires of its registry entry (`apis`).

Why it matters: such a class cannot be configured; it is finished and unreachable, or forgotten.

Evidence: the types that the class serves.

Not a finding: abstract classes, and classes that others inherit from.

How to fix: give the class a type, or remove it.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    here = seen(info.path, info.fact.place, "defines", info.name)
    if unit.types:
        return present(f"{info.name} serves {', '.join(item.name for item in unit.types)}", here)
    if asked := model.on_request.get(info.key):
        return present(f"{info.name} serves {asked}", here)
    heirs = [other.name for other in model.backends if info.key in {item.key for item in model.classes.mro(other)[1:]}]
    if heirs:
        return not_applicable(f"{info.name} is a base of {', '.join(heirs)}", here)
    unsaid = _without_entry(model, unit)
    if unsaid:
        return not_applicable(f"the registry has no entry for {unsaid}, which {info.name} says it is of", here)
    return missing(f"no backend type leads to {info.name}", searched(info.path, info.fact.place, "defined here"))


def _without_entry(model: RepoModel, unit: Unit) -> str:
    """The type that the class says it is of, where no entry of the registry says which wires it has; else ""."""
    stated = model.attribute(model.instance_of(unit), "backend_type")
    return next((item.name for item in model.types if item.name == stated and item.row is None), "")


def _other_wire(apis: str) -> tuple[Edit, ...]:
    """The edits by which acme has a class for a second wire, and `apis` in its registry entry."""
    subclass = "from .acme import AcmeBackend\n\n\nclass AcmeChatBackend(AcmeBackend):\n    pass\n"
    chosen = "from .backend.acme import AcmeBackend\nfrom .backend.acme_chat import AcmeChatBackend\n"
    made = "        return AcmeBackend(api_key=api_key, **kwargs)\n"
    other = (
        '        if kwargs.pop("api", None) == "chat":\n            return AcmeChatBackend(api_key=api_key, **kwargs)\n'
    )
    registry = "massgen/backend/capabilities.py"
    return (
        Edit("massgen/backend/acme_chat.py", "", subclass),
        Edit("massgen/cli.py", "from .backend.acme import AcmeBackend\n", chosen),
        Edit("massgen/cli.py", made, other + made),
        Edit(registry, "    base_url: str | None = None\n", "    base_url: str | None = None\n    apis: tuple = ()\n"),
        Edit(registry, '        env_var="ACME_API_KEY",\n', f'        env_var="ACME_API_KEY",\n        apis={apis},\n'),
    )


RULE = Rule(
    code="MG006",
    slug="class-used",
    point=0,
    phase="0",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="A concrete backend class serves some type",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a class with a type"),
        MiniRepo("a class that the option api asks for", edits=_other_wire('("messages", "chat")')),
    ),
    invalid=(
        MiniRepo(
            "a class without a type",
            edits=(
                Edit(
                    "massgen/backend/orphan.py",
                    "",
                    "from .acme import AcmeBackend\n\n\nclass OrphanBackend(AcmeBackend):\n    pass\n",
                ),
            ),
            expect=(Expected("", "missing", "massgen/backend/orphan.py:4"),),
        ),
        MiniRepo(
            "a class for a wire that the registry does not name",
            edits=_other_wire('("messages",)'),
            expect=(Expected("", "missing", "massgen/backend/acme_chat.py:4"),),
        ),
    ),
)
