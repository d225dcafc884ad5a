"""The adapter for native hooks exists and is complete.

What it does: resolves the path given to `_init_native_hook_adapter` to a class of the checkout and looks for abstract
methods that it leaves open.

Why it matters: the path is a string: a wrong one is logged at debug level and the hooks never run.

Evidence: the call and the class.

Not a finding: backends that set no such adapter; a path that is computed.

How to fix: correct the path, or implement the methods.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import call_evidence, first_call
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable
from massgen_audit.wrapper import PATH, with_wrapper


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    site = first_call(model, info, "_init_native_hook_adapter")
    if site is None:
        return not_applicable(f"{info.name} sets no adapter for native hooks")
    here = call_evidence(site)
    given = [text for kind, text in (*site.call.args, *(value for _, value in site.call.keywords)) if kind == "str"]
    module = model.source.module(info.path)
    if not given or module is None:
        return unverifiable(f"which adapter {info.name} sets is computed", here)
    package, _, name = given[0].rpartition(".")
    path = model.classes.module_path(info.path, package, 0)
    target = model.source.module(path) if path else None
    key = model.classes.resolve_class(target, name) if target else None
    adapter = model.classes.get(key) if key else None
    if adapter is None:
        return partial(f"there is no class {given[0]}", here)
    left = [method.name for _, method in model.classes.abstract_methods(adapter)]
    there = seen(adapter.path, adapter.fact.place.line, "defines", name)
    if left:
        return partial(f"{name} does not implement {', '.join(left)}", there, here)
    return present(f"{name} exists and is complete", here, there)


RULE = Rule(
    code="MG607",
    slug="hook-adapter-exists",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="The adapter for native hooks exists and is complete",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no adapter"),
        MiniRepo("a wrapper that does", edits=with_wrapper()),
    ),
    invalid=(
        MiniRepo(
            "a wrong path",
            edits=with_wrapper("hooks.ToolCLIHooks", "hooks.ToolCLIHook"),
            expect=(Expected("", "partial", f"{PATH}:16"),),
        ),
    ),
)
