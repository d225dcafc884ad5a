"""The registry has an entry for the type, under its own name.

What it does: evaluates `BACKEND_CAPABILITIES` and compares the key with the entry's `backend_type`.

Why it matters: validation, the setup wizard and the documentation tables come from the registry.

Evidence: the entry.

Not a finding: an entry that is built outside the dict.

How to fix: add a `BackendCapabilities(...)` row.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.registry import NAME
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import CAPABILITIES
from massgen_audit.values import FILL_IN, Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, partial, present, searched, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    if info.row is None:
        module = model.source.module(at.CAPABILITIES)
        places = [place for name, place in (module.assigned if module else ()) if name == NAME]
        if places and not model.rows:
            return unverifiable(
                f"{NAME} is built in a way that cannot be followed", seen(at.CAPABILITIES, places[0], "entry")
            )
        line = places[0].end_line if places else model.insertion(at.CAPABILITIES)
        return missing(
            f"{NAME} has no entry for {info.name}", searched(at.CAPABILITIES, line, "the entry belongs here")
        )
    entry = seen(info.row.path, info.row.place, "entry", info.name)
    named = info.row.get("backend_type")
    if isinstance(named, str) and named != info.name:
        return partial(f'the entry for {info.name} says backend_type="{named}"', entry)
    return present(f"{NAME} has an entry for {info.name}", entry)


_FIXED = f"""\
    "acme_lite": BackendCapabilities(
        backend_type="acme_lite",
        provider_name="{FILL_IN}: the provider's name as users know it",
        supported_capabilities={{"{FILL_IN}: what the backend supports, of the Capability values"}},
        builtin_tools=["search"],
        filesystem_support="mcp",
        models=["{FILL_IN}: the models it serves, the newest first"],
        default_model="{FILL_IN}: one of models",
        env_var="ACME_API_KEY",
    ),
"""

RULE = Rule(
    code="MG221",
    slug="registry-entry",
    point=6,
    phase="2.3",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The registry has an entry for the type, under its own name",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("an entry of the dict"),
        MiniRepo(
            "a dict built from rows",
            edits=(
                Edit(
                    "massgen/backend/capabilities.py",
                    'BACKEND_CAPABILITIES: dict[str, BackendCapabilities] = {\n    "acme": BackendCapabilities(',
                    "_ROWS = (\n    BackendCapabilities(",
                ),
                Edit(
                    "massgen/backend/capabilities.py",
                    '        model_release_dates={"acme-2": "2025-06", "acme-1": "2024-06"},\n    ),\n}\n',
                    '        model_release_dates={"acme-2": "2025-06", "acme-1": "2024-06"},\n    ),\n)\n'
                    "BACKEND_CAPABILITIES = {row.backend_type: row for row in _ROWS}\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "create_backend knows a type that the registry does not",
            edits=(Edit("massgen/cli.py", 'if backend_type == "acme":', 'if backend_type in ("acme", "acme_lite"):'),),
            expect=(Expected("acme_lite", "missing", "massgen/backend/capabilities.py:31"),),
            fixed={at.CAPABILITIES: CAPABILITIES[:-2] + _FIXED + "}\n"},
            safety=Fixable.SCAFFOLD,
        ),
        MiniRepo(
            "only the dispatch table of a factory module knows the type",
            edits=(
                Edit(
                    "massgen/cli.py",
                    '    if backend_type == "acme":\n',
                    '    if backend_type == "lite":\n        return factory.create(backend_type)\n'
                    '    if backend_type == "acme":\n',
                ),
                Edit(
                    "massgen/cli.py",
                    "from .backend.acme import AcmeBackend\n",
                    "from .backend import factory\nfrom .backend.acme import AcmeBackend\n",
                ),
                Edit(
                    "massgen/backend/factory.py",
                    "",
                    "from .acme import AcmeBackend\n\n"
                    'CLASSES = {"lite": AcmeBackend, "tiny": AcmeBackend}\n\n\n'
                    "def create(name):\n    return CLASSES[name]()\n",
                ),
            ),
            expect=(
                Expected("lite", "missing", "massgen/backend/capabilities.py:31"),
                Expected("tiny", "missing", "massgen/backend/capabilities.py:31"),
            ),
        ),
        MiniRepo(
            "the entry names another type",
            edits=(Edit("massgen/backend/capabilities.py", 'backend_type="acme"', 'backend_type="acne"'),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:20"),),
        ),
    ),
)
