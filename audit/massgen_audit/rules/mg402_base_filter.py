"""A backend that filters its settings itself uses the base set, and nothing of the framework's gets through.

What it does: where the class calls `get_base_excluded_config_params`, takes that set and the names that the function
adds, and compares them with what the framework's base classes read and with what either base set names. Where it does
not, looks for an HTTP client, and for names that the class itself keeps back from the settings that it hands on.

Why it matters: a setting that gets through reaches an API or an SDK that does not know it, which fails the request.

Evidence: the call of the base set.

Not a finding: backends whose request is filtered by a params handler (see MG403); `upload_files`, which only a handler
can consume.

How to fix: add the names to the base set, or to the set in the class.
"""

from __future__ import annotations

from massgen_audit.model.interp.values import Instance
from massgen_audit.model.params import BASE_METHOD, base_filter, handlers, inline_exclusions, leaks, own_filter
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.roles import http_call
from massgen_audit.model.tracking import site_evidence
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    instance = model.instance_of(unit)
    site = base_filter(model, info)
    if site is None:
        return _without_base_set(model, unit, instance)
    escaped = leaks(model, info, instance, inline_exclusions(model, site, instance))
    if not escaped:
        return present(f"{info.name} filters with the base set", site_evidence(site))
    names = ", ".join(item.name for item in escaped)
    owners = [seen(item.path, item.place, "literal", item.why) for item in escaped[:5]]
    where = searched(site.reached.path, site.call.place, f"to add here, or to the base set: {names}")
    return partial(f"{info.name} lets {names} through", site_evidence(site), *owners, where)


def _without_base_set(model: RepoModel, unit: Unit, instance: Instance) -> Verdict:
    info = unit.info
    if handlers(model, instance):
        return not_applicable(f"{info.name} filters through its params handler")
    client = http_call(model, info)
    if client is None:
        own = own_filter(model, info) if model.definition(info, BASE_METHOD) else None
        if own is None:
            return not_applicable(f"{info.name} builds its request without the base set")
        place = seen(own.path, own.line, "calls", "keeps names back here")
        where = searched(own.path, own.line, "the base set belongs among these names")
        return missing(f"{info.name} keeps names of its own back and not those of the base set", where, place)
    where = searched(client.reached.path, client.reached.function.place, "the settings are not filtered here")
    return missing(f"{info.name} sends HTTP requests and filters nothing", where, site_evidence(client))


_INLINE = Edit(
    "massgen/backend/acme.py",
    "        params = await self.api_params_handler.build_api_params(messages, tools, kwargs)\n",
    "        excluded = self.get_base_excluded_config_params() | {'model'}\n"
    "        params = [name for name in kwargs if name not in excluded]\n",
)

RULE = Rule(
    code="MG402",
    slug="base-exclusions-hold",
    point=9,
    phase="4.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="A backend that filters its settings itself lets nothing of the framework's through",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("filtered by a handler"),
        MiniRepo("filtered in the class with the base set", edits=(_INLINE,)),
    ),
    invalid=(
        MiniRepo(
            "names of its own, without the base set and without HTTP",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "        params = await self.api_params_handler.build_api_params(messages, tools, kwargs)\n",
                    "        excluded_params = {'model'}\n"
                    "        params = [name for name in kwargs if name not in excluded_params]\n",
                ),
                Edit("massgen/backend/acme.py", "        self.api_params_handler = AcmeAPIParamsHandler(self)\n", ""),
            ),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:27"),),
        ),
        MiniRepo(
            "the framework reads a setting that the base set does not name",
            edits=(
                _INLINE,
                Edit(
                    "massgen/backend/base.py",
                    '        self.workspace = kwargs.get("cwd")\n',
                    '        self.workspace = kwargs.get("cwd")\n        self.retries = kwargs.get("tool_retries")\n',
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:27"),),
        ),
    ),
)
