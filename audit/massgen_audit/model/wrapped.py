"""What backends that wrap an agent of their own (a command or an SDK) share: the words of the rules about them."""

from __future__ import annotations

import re

from massgen_audit.facts.shapes import Place
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.reach import CallSite, Reached
from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.roles import Role, http_call, role_of
from massgen_audit.model.units import Unit
from massgen_audit.values import Evidence, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen

MIXIN = "NativeToolBackendMixin"


def is_wrapper(model: RepoModel, info: ClassInfo) -> bool:
    """An SDK or a command that is an agent itself; a class that sends its own HTTP requests is none."""
    return role_of(model, info) is Role.WRAPPER and http_call(model, info) is None


def helper(model: RepoModel, name: str) -> Place | None:
    """Where the base module defines a helper function that wrappers share."""
    module = model.source.module(at.BASE)
    function = module.function(name) if module else None
    return function.place if function else None


def running(model: RepoModel, info: ClassInfo) -> tuple[Reached, ...]:
    """Everything that the constructor and the stream can reach."""
    return (*model.reach.from_method(info, "__init__"), *model.reach.from_method(info, STREAM))


def first_call(model: RepoModel, info: ClassInfo, *names: str) -> CallSite | None:
    """The first reachable call of one of the functions or methods."""
    sites = (site for entry in ("__init__", STREAM) for site in model.reach.calls(info, entry, *names))
    return next(sites, None)


def call_evidence(site: CallSite) -> Evidence:
    return seen(site.reached.path, site.call.place, "calls", site.call.chain, site.reached.via)


def unconcerned(model: RepoModel, info: ClassInfo, needs: str = "") -> Verdict | None:
    """Why a rule about wrappers does not apply: another kind of backend, or no such helper in this checkout."""
    if needs and helper(model, needs) is None:
        return not_applicable(f"this checkout has no {needs} in {at.BASE}")
    if not is_wrapper(model, info):
        return not_applicable(f"{info.name} is no wrapper: its tools are MassGen's own")
    return None


def mixin_of(model: RepoModel, info: ClassInfo) -> ClassInfo | None:
    return next((item for item in model.classes.mro(info) if item.name == MIXIN), None)


def named_in(model: RepoModel, unit: Unit, script: str) -> Verdict:
    """Whether a script that tries wrappers for real has a configuration of the unit's type."""
    if not model.source.exists(script):
        return not_applicable(f"this checkout has no {script}")
    if not is_wrapper(model, unit.info):
        return not_applicable(f"{unit.info.name} is no wrapper")
    named = re.compile(rf"[\"']{re.escape(unit.type.name)}[\"']")
    for number, line in enumerate(model.source.lines(script), 1):
        if named.search(line):
            return present(f"{script} knows {unit.type.name}", seen(script, number, "literal", unit.type.name))
    spot = next((n for n, text in enumerate(model.source.lines(script), 1) if "BACKEND_CONFIGS" in text), 1)
    return partial(f"{script} does not know {unit.type.name}", searched(script, spot, f"{unit.type.name} belongs here"))
