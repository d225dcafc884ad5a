"""A backend with an HTTP API filters its request through a params handler.

What it does: evaluates `self.api_params_handler` after the constructor; without one, looks for an HTTP client of a
model API on the request path.

Why it matters: settings of the framework that reach the provider are answered with a 400, and each backend that filters
by hand forgets others.

Evidence: the place that makes the handler, and its class; several under a condition must all qualify.

Not a finding: wrappers of a CLI or an agent SDK, and framework adapters, which send no request of their own; a handler
class that is defined beside the backend.

How to fix: subclass `APIParamsHandlerBase` in `massgen/api_params_handler/` and set it in the constructor.
"""

from __future__ import annotations

from massgen_audit.model.params import handlers
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.roles import Role, http_call, role_of
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import ACME_ON_ROOT
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    found = handlers(model, model.instance_of(unit))
    if found:
        evidence = []
        for item in found:
            path, line = item.made_at
            evidence.append(seen(path or item.info.path, line or item.info.fact.place, "calls", item.info.name))
        return present(f"{info.name} filters with {found[0].info.name}", *evidence)
    client = http_call(model, info)
    where = searched(info.path, info.fact.place, "self.api_params_handler is set by no constructor above this class")
    if client is not None:
        site = seen(client.reached.path, client.call.place, "calls", client.call.chain, client.reached.via)
        return missing(f"{info.name} sends HTTP requests and has no params handler", where, site)
    if role_of(model, info) in (Role.WRAPPER, Role.ADAPTER):
        here = seen(info.path, info.fact.place, "defines", info.name)
        return not_applicable(f"{info.name} sends no HTTP request of its own", here)
    return missing(f"{info.name} has no params handler", where)


RULE = Rule(
    code="MG161",
    slug="params-handler-in-effect",
    point=3,
    phase="1.3",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="A backend with an HTTP API filters its request through a params handler",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("set in the constructor"),),
    invalid=(
        MiniRepo(
            "no constructor sets one",
            edits=(
                Edit("massgen/backend/acme.py", "        self.api_params_handler = AcmeAPIParamsHandler(self)\n", ""),
            ),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:7"),),
        ),
        MiniRepo(
            "the request path asks a handler, under a base of another name",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "",
                    ACME_ON_ROOT.replace("        self.api_params_handler = AcmeAPIParamsHandler(self)\n", ""),
                ),
            ),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:6"),),
        ),
    ),
)
