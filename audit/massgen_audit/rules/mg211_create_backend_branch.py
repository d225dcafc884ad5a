"""`create_backend` can return a backend for the type.

What it does: follows `create_backend(type)`: through `if` chains, `match`, membership tests, dispatch tables and
functions that it hands the type to.

Why it matters: a type that passes validation and has no branch fails when the agent starts.

Evidence: the place that names the type.

Not a finding: types that the adapter registry serves; a branch that needs an optional dependency.

How to fix: add the branch, or the entry of the dispatch table.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import ENTRY
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import CLI
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, present, searched, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    if info.handled and info.instance is not None:
        place = info.branch or info.instance.made_at[1]
        where = seen(info.branch_path if info.branch else info.instance.made_at[0], place, "literal", info.name)
        return present(f"{ENTRY} returns {info.instance.info.name}", where)
    if info.lost and info.branch is not None:
        where = seen(info.branch_path, info.branch, "literal", info.name)
        return present(f"{ENTRY} names {info.name}; the class for it is missing", where)
    if info.branch is not None and not info.creation.raises:
        where = seen(info.branch_path, info.branch, "literal", info.name)
        return unverifiable(f"{ENTRY} names {info.name}, and what it returns cannot be followed", where)
    raised = [event for event in info.creation.events if event.kind == "raise" and event.path == at.CLI]
    line = raised[-1].line if raised else _end(model)
    return missing(f"{ENTRY} has no branch for {info.name}", searched(at.CLI, line, "the branch belongs before this"))


def _end(model: RepoModel) -> int:
    module = model.source.module(at.CLI)
    function = module.function(ENTRY) if module else None
    return function.place.end_line if function else model.insertion(at.CLI)


_BRANCH = '    if backend_type == "acme":\n'
_OTHER = '    if backend_type == "other":\n'
_FIXED = """\
    elif backend_type == "acme":
        api_key = kwargs.pop("api_key", None) or os.getenv("ACME_API_KEY")
        if not api_key:
            raise ConfigurationError("Acme API key not found. Set ACME_API_KEY.")
        return AcmeBackend(api_key=api_key, **kwargs)
"""

RULE = Rule(
    code="MG211",
    slug="create-backend-branch",
    point=5,
    phase="2.2",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="create_backend can return a backend for the type",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("an if branch"),
        MiniRepo("a membership test", edits=(Edit("massgen/cli.py", _BRANCH, '    if backend_type in ["acme"]:\n'),)),
        MiniRepo(
            "a dispatch table of module and class names",
            edits=(
                Edit(
                    "massgen/backend/factory.py",
                    "",
                    "import importlib\nimport os\n\n"
                    'BACKENDS: dict[str, str] = {"acme": "massgen.backend.acme:AcmeBackend"}\n\n\n'
                    "class BackendFactory:\n"
                    "    @classmethod\n"
                    "    def create(cls, backend_type, **config):\n"
                    "        target = BACKENDS.get(backend_type.lower())\n"
                    "        if target is None:\n"
                    "            raise ValueError(backend_type)\n"
                    '        if not (config.get("api_key") or os.getenv("ACME_API_KEY")):\n'
                    '            raise ValueError("Set ACME_API_KEY")\n'
                    '        module, _, name = target.partition(":")\n'
                    "        return getattr(importlib.import_module(module), name)(**config)\n",
                ),
                Edit(
                    "massgen/cli.py",
                    "",
                    "from massgen.backend.factory import BackendFactory\n\n\n"
                    "def create_backend(backend_type: str, **config):\n"
                    "    return BackendFactory.create(backend_type, **config)\n",
                ),
            ),
        ),
        MiniRepo(
            "a type of the adapter registry",
            edits=(
                Edit("massgen/adapters/__init__.py", "", 'adapter_registry = {}\nadapter_registry["agents"] = dict\n'),
                Edit(
                    "massgen/cli.py",
                    _BRANCH,
                    "    from .adapters import adapter_registry\n\n"
                    "    if backend_type in adapter_registry:\n"
                    "        return AcmeBackend(**kwargs)\n" + _BRANCH,
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the registry knows a type that has no branch",
            edits=(Edit("massgen/cli.py", _BRANCH, _OTHER),),
            expect=(Expected("acme", "missing", "massgen/cli.py:17"),),
            fixed={at.CLI: CLI.replace(_BRANCH, _OTHER).replace("    else:\n", _FIXED + "    else:\n")},
            safety=Fixable.UNSAFE,
        ),
    ),
)
