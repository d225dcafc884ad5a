"""Special rules that the code enforces are validated.

What it does: collects the settings whose combination makes the class, a helper of its constructor or its adapter raise,
at construction or on the request path; a class that runs itself in a container needs that container's network. It looks
for branches and tables of the validator that single the type out and name them, for checks of them that hold for every
type, and for a validator that makes the backend to hear what it refuses.

Why it matters: what the validator does not know fails when the agent runs, without a location in the configuration.

Evidence: the raise, and the validator's branch.

Not a finding: a missing API key or model, which are checked for all types; rules of the shared base classes, unless
they demand what the registry gives other types and leaves empty for this one.

How to fix: check the same settings in `_validate_backend` or `validate_backend_config`.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.enforced import NETWORK_MODE, Enforced, enforced
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.validated import validated
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Evidence, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    if not unit.type.handled and (unit.type.branch is None or unit.type.creation.raises):
        return not_applicable(f"nothing makes a backend for {unit.type.name} yet")
    rules = enforced(model, unit.type)
    known = validated(model, unit.type)
    branches = [seen(path, place, "literal", unit.type.name) for path, place in known.sites]
    if not rules:
        if branches:
            return present(f"the validator has rules of its own for {unit.type.name}", *branches)
        return not_applicable(f"{unit.type.name} has no special rule")
    lacking = [rule for rule in rules if not known.knows(rule)]
    if not lacking:
        if known.trial is not None:
            branches.append(
                seen(*known.trial, "calls", f"the validator makes a {unit.info.name} to hear what it refuses")
            )
        return present(f"the validator knows what {unit.type.name} demands", *branches, *map(_evidence, rules))
    told = ", ".join(sorted({setting for rule in lacking for setting in rule.settings}))
    where = searched(at.VALIDATOR, _place(model), f"a check of {told} belongs here")
    evidence = [where, *map(_evidence, lacking), *branches]
    if len(lacking) < len(rules):
        return partial(f"the validator does not check {told} for {unit.type.name}", *evidence)
    return missing(f"the code of {unit.type.name} demands {told}, the validator does not", *evidence)


def _evidence(rule: Enforced) -> Evidence:
    if NETWORK_MODE in rule.settings:
        return seen(rule.path, rule.line, "calls", "runs itself in a container, whose network somebody has to choose")
    return seen(rule.path, rule.line, "calls", f"raises over {', '.join(sorted(rule.settings))}")


def _place(model: RepoModel) -> int:
    module = model.source.module(at.VALIDATOR)
    methods = [method for fact in module.classes for method in fact.methods] if module else []
    found = [method.place.end_line for method in methods if method.name == "_validate_backend"]
    return found[0] if found else model.insertion(at.VALIDATOR)


_DEMAND = Edit(
    "massgen/backend/acme.py",
    "        super().__init__(api_key, **kwargs)\n",
    '        if kwargs.get("region") and not kwargs.get("zone"):\n'
    '            raise ValueError("region needs a zone")\n'
    "        super().__init__(api_key, **kwargs)\n",
)

_IN_A_CONTAINER = Edit(
    "massgen/backend/acme.py",
    "        super().__init__(api_key, **kwargs)\n",
    "        super().__init__(api_key, **kwargs)\n"
    '        self._docker = kwargs.get("command_line_execution_mode") == "docker"\n',
)
_HELPER = Edit(
    "massgen/backend/acme.py",
    "class AcmeBackend(CustomToolAndMCPBackend):\n    def __init__(self, api_key=None, **kwargs):\n"
    "        super().__init__(api_key, **kwargs)\n",
    "def _checked(given):\n    unknown = set(given or ()) - {'zone'}\n    if unknown:\n"
    "        raise ValueError('unknown keys')\n    return given\n\n\n"
    "class AcmeBackend(CustomToolAndMCPBackend):\n    def __init__(self, api_key=None, **kwargs):\n"
    "        super().__init__(api_key, **kwargs)\n        self.region = _checked(self.config.get('region'))\n",
)
_BASE_DEMAND = Edit(
    "massgen/backend/base_with_custom_tool_and_mcp.py",
    "class CustomToolAndMCPBackend(LLMBackend):\n",
    "class CustomToolAndMCPBackend(LLMBackend):\n    def __init__(self, api_key=None, **kwargs):\n"
    "        super().__init__(api_key, **kwargs)\n        self.base_url = kwargs.get('base_url')\n"
    "        if not self.base_url:\n            raise ValueError('base_url is required')\n\n",
)
_TRIAL = (
    Edit(
        "massgen/config_validator.py",
        "from .backend.capabilities",
        "from .cli import create_backend\nfrom .backend.capabilities",
    ),
    Edit(
        "massgen/config_validator.py",
        '            result.add_error(f"Unknown backend type: {backend_type}", location)\n',
        '            result.add_error(f"Unknown backend type: {backend_type}", location)\n'
        "        try:\n            create_backend(backend_type, **backend_config)\n"
        "        except ValueError as error:\n            result.add_error(str(error), location)\n",
    ),
)
_TABLE = Edit(
    "massgen/config_validator.py",
    '            result.add_error(f"Unknown backend type: {backend_type}", location)\n',
    '            result.add_error(f"Unknown backend type: {backend_type}", location)\n'
    "        for rule in SPECIAL.get(backend_type, ()):\n            rule(backend_config, result)\n\n\n"
    "def _region(config, result):\n    if config.get('region') and not config.get('zone'):\n"
    "        result.add_error('region needs a zone', 'backend')\n\n\n"
    'SPECIAL = {"acme": (_region,)}\n',
)

RULE = Rule(
    code="MG242",
    slug="special-rules-validated",
    point=7,
    phase="2.4",
    scope=Scope.LINK,
    tier=Tier.CONDITIONAL,
    summary="Special rules that the code enforces are validated",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no special rule"),
        MiniRepo(
            "the same rule in the validator",
            edits=(
                _DEMAND,
                Edit(
                    "massgen/config_validator.py",
                    '            result.add_error(f"Unknown backend type: {backend_type}", location)\n',
                    '            result.add_error(f"Unknown backend type: {backend_type}", location)\n'
                    '        if backend_type == "acme" and backend_config.get("region"):\n'
                    '            if "zone" not in backend_config:\n'
                    '                result.add_error("region needs a zone", location)\n',
                ),
            ),
        ),
        MiniRepo("the same rule in a table from types to checks", edits=(_DEMAND, _TABLE)),
        MiniRepo("a validator that makes the backend", edits=(_HELPER, *_TRIAL)),
        MiniRepo(
            "a shared base demands what the registry gives",
            edits=(
                _BASE_DEMAND,
                Edit(
                    "massgen/backend/capabilities.py",
                    '        env_var="A',
                    '        base_url="https://acme",\n        env_var="A',
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "only a helper of the constructor knows",
            edits=(_HELPER,),
            expect=(Expected("acme", "missing", "massgen/config_validator.py:8"),),
        ),
        MiniRepo(
            "only the class knows that it runs in a container",
            edits=(_IN_A_CONTAINER,),
            expect=(Expected("acme", "missing", "massgen/config_validator.py:8"),),
        ),
        MiniRepo(
            "a shared base demands what the registry leaves empty",
            edits=(_BASE_DEMAND,),
            expect=(Expected("acme", "missing", "massgen/config_validator.py:8"),),
        ),
        MiniRepo(
            "only the constructor knows",
            edits=(_DEMAND,),
            expect=(Expected("acme", "missing", "massgen/config_validator.py:8"),),
        ),
    ),
)
