"""Nothing that the framework consumes gets through the params handler.

What it does: evaluates the handler's exclusions and compares them with the settings that the backend's abstract base
classes read from the configuration, with the names of the base sets, and with the names that MassGen's base set has
always had.

Why it matters: such a setting works until somebody uses it; then it is sent to the provider, which refuses the request.

Evidence: the handler's method, and the place that reads the setting.

Not a finding: settings that a request carries anyway, such as `model` or `temperature`.

How to fix: add the names to the base set, which every handler includes.
"""

from __future__ import annotations

from massgen_audit.model.params import HANDLER_METHOD, LONG_NAMED, handlers, leaks, name_set
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    instance = model.instance_of(unit)
    for item in handlers(model, instance):
        found = model.definition(item.info, HANDLER_METHOD)
        if found is None:
            continue
        owner, method = found
        here = seen(owner.path, method.place, "defines", f"{owner.name}.{HANDLER_METHOD}")
        names = name_set(model.ask(item, HANDLER_METHOD))
        if names is None:
            return unverifiable(f"what {owner.name}.{HANDLER_METHOD} returns is computed", here)
        escaped = leaks(model, info, instance, names)
        if escaped:
            listed = ", ".join(entry.name for entry in escaped)
            read = [seen(entry.path, entry.place, "calls", entry.why) for entry in escaped[:5]]
            where = searched(owner.path, method.place, f"to add to the base set, or here: {listed}")
            return partial(f"{owner.name} lets {listed} through to the API", here, *read, where)
        return present(f"{owner.name} lets nothing of the framework's through", here)
    return not_applicable(f"{info.name} has no params handler")


_TWO = '{"cwd", "type"}'
_ALL_BUT_CWD = f"set({' '.join(sorted(LONG_NAMED - {'cwd'}))!r}.split())"

RULE = Rule(
    code="MG403",
    slug="handler-exclusions-hold",
    point=10,
    phase="4.2",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="Nothing that the framework consumes gets through the params handler",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("every setting that is read is excluded"),),
    invalid=(
        MiniRepo(
            "the framework reads a setting that no set names",
            edits=(
                Edit(
                    "massgen/backend/base.py",
                    '        self.workspace = kwargs.get("cwd")\n',
                    '        self.workspace = kwargs.get("cwd")\n        self.retries = kwargs.get("tool_retries")\n',
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/api_params_handler/_acme_api_params_handler.py:9"),),
        ),
        MiniRepo(
            "an abstract base beside the framework's own reads a setting",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "class AcmeBackend(CustomToolAndMCPBackend):\n    def __init__(self, api_key=None, **kwargs):\n",
                    "class HTTPBackend(CustomToolAndMCPBackend):\n    def __init__(self, api_key=None, **kwargs):\n"
                    "        super().__init__(api_key, **kwargs)\n        self.limits = _limits(self.config)\n\n\n"
                    'def _limits(config):\n    return config.get("connect_timeout")\n\n\n'
                    "class AcmeBackend(HTTPBackend):\n    def __init__(self, api_key=None, **kwargs):\n",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/api_params_handler/_acme_api_params_handler.py:9"),),
        ),
        MiniRepo(
            "both sets have lost the same name",
            edits=(
                Edit("massgen/backend/base.py", f"return {_TWO}", f"return {_ALL_BUT_CWD}"),
                Edit(
                    "massgen/backend/base.py",
                    '        self.workspace = kwargs.get("cwd")\n',
                    "        self.workspace = None\n",
                ),
                Edit(
                    "massgen/api_params_handler/_api_params_handler_base.py",
                    f"return {_TWO}",
                    f"return {_ALL_BUT_CWD}",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/api_params_handler/_acme_api_params_handler.py:9"),),
        ),
    ),
)
