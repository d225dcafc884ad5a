"""Which settings a backend keeps from its provider, and which the framework consumes and must be kept."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import partial

from massgen_audit.facts.nodes import walk
from massgen_audit.facts.shapes import Call, Place
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.interp.values import Instance, options
from massgen_audit.model.reach import CallSite
from massgen_audit.model.repo import ROOT_CLASS, STREAM, RepoModel
from massgen_audit.model.roles import is_shared

BASE_METHOD = "get_base_excluded_config_params"
HANDLER_BASE_METHOD = "get_base_excluded_params"
HANDLER_METHOD = "get_excluded_params"
# The handlers' set is the base set and this: a request path without a handler has nothing to upload.
DECLARED_DIFFERENCE = frozenset({"upload_files"})
_CONFIG_ROOTS = frozenset({"kwargs", "self.config", "all_params", "params"})
# What the base sets have named since MassGen 0.1.12. A set that has most of these and not all has lost the others.
LONG_NAMED = frozenset(
    """
    agent_id agent_temporary_workspace agent_temporary_workspace_parent command_line_allowed_commands
    command_line_blocked_commands command_line_docker_cpu_limit command_line_docker_credentials
    command_line_docker_enable_sudo command_line_docker_image command_line_docker_memory_limit
    command_line_docker_network_mode command_line_docker_packages command_line_execution_mode context_paths
    context_write_access_enabled cwd enable_image_generation enable_mcp_command_line enforce_read_before_delete
    mcp_servers session_id type
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
_KEPT = re.compile(r"exclu.*(param|config|setting|key)", re.IGNORECASE)
# Settings that a provider's API takes, or that every request path names for itself: no leak if they go out.
_REQUEST = frozenset(
    """
    model messages tools stream temperature max_tokens top_p stop seed system_message system timeout reasoning
    max_output_tokens response_format tool_choice previous_response_id
    """.split()  # noqa: SIM905 - a list of words reads better as one
)


@dataclass(frozen=True, slots=True)
class Consumed:
    """A setting that is the framework's, and where and how that is known."""

    name: str
    path: str
    place: Place
    why: str


def framework_settings(model: RepoModel, info: ClassInfo) -> tuple[Consumed, ...]:
    """Settings that the abstract bases of `info` read from the configuration, first place of each."""
    found: dict[str, Consumed] = {}
    for item in model.classes.mro(info)[1:]:
        if not model.classes.inherits(item, ROOT_CLASS) or not is_shared(model, item):
            continue
        for name, place in model.once(f"settings of {item.path}:{item.name}", partial(_read_by, model, item)):
            found.setdefault(name, Consumed(name, item.path, place, f"{item.name} reads {name}"))
    return tuple(found.values())


def own_settings(model: RepoModel, info: ClassInfo) -> tuple[tuple[str, Place], ...]:
    """Settings that the class itself reads from its configuration, first place of each."""
    found: dict[str, Place] = {}
    for name, place in model.once(f"settings of {info.path}:{info.name}", partial(_read_by, model, info)):
        found.setdefault(name, place)
    return tuple(found.items())


def _read_by(model: RepoModel, info: ClassInfo) -> list[tuple[str, Place]]:
    """What the methods of a class read, and the functions beside it that they hand the configuration to."""
    calls = [call for method in info.fact.methods for call in method.calls]
    read = [(_setting(call, _CONFIG_ROOTS), call.place) for call in calls]
    module = model.source.module(info.path)
    for call in calls:
        function = module.function(call.chain) if module else None
        if function is not None:
            given = zip(function.params, call.args, strict=False)
            roots = frozenset(name for name, value in given if value[0] == "name" and value[1] in _CONFIG_ROOTS)
            read += [(_setting(inner, roots), inner.place) for inner in function.calls]
    return [(name, place) for name, place in read if name and name not in _REQUEST and not name.startswith("_")]


def leaks(model: RepoModel, info: ClassInfo, instance: Instance, excluded: frozenset[str]) -> tuple[Consumed, ...]:
    """Settings of the framework that `excluded` lets through: read by its abstract bases, named by either base set, or
    lost from both.
    """
    found = {item.name: item for item in framework_settings(model, info) if item.name not in excluded}
    known = known_exclusions(model, instance)
    for name, path, place in known:
        if name not in excluded and name not in DECLARED_DIFFERENCE:
            found.setdefault(name, Consumed(name, path, place, f"a base set names {name}"))
    lost = LONG_NAMED - {name for name, _, _ in known} - excluded
    if known and len(lost) * 2 < len(LONG_NAMED):
        _, path, place = known[0]
        for name in lost:
            found.setdefault(name, Consumed(name, path, place, f"this set of MassGen's has always named {name}"))
    return tuple(found[name] for name in sorted(found))


def known_exclusions(model: RepoModel, instance: Instance) -> list[tuple[str, str, Place]]:
    """The names of the two base sets, each with the method that gives the set."""
    base = model.definition(instance.info, BASE_METHOD)
    names = name_set(model.ask(instance, BASE_METHOD)) or frozenset()
    found = [(name, base[0].path, base[1].place) for name in sorted(names)] if base else []
    module = model.source.module(at.HANDLER_BASE)
    for fact in module.classes if module else ():
        method = fact.method(HANDLER_BASE_METHOD)
        info = model.classes.get((at.HANDLER_BASE, fact.name))
        if method is not None and info is not None:
            value = model.ask(Instance(info, pending=([instance], {})), HANDLER_BASE_METHOD)
            found += [(name, at.HANDLER_BASE, method.place) for name in sorted(name_set(value) or ())]
    return found


def inline_exclusions(model: RepoModel, site: CallSite, instance: Instance) -> frozenset[str]:
    """The base set and every literal name that the function which asks for it adds."""
    names = set(name_set(model.ask(instance, BASE_METHOD)) or ())
    node = model.source.statement(site.reached.path, site.reached.function.place)
    for item in walk(node) if node else ():
        if isinstance(item, (ast.Set, ast.List, ast.Tuple)):
            names.update(part.value for part in item.elts if isinstance(part, ast.Constant) and type(part.value) is str)
    return frozenset(names)


def _setting(call: Call, roots: frozenset[str]) -> str:
    root, _, method = call.chain.rpartition(".")
    if root in roots and method in ("get", "pop") and call.args and call.args[0][0] == "str":
        return call.args[0][1]
    return ""


def name_set(value: object) -> frozenset[str] | None:
    """A set of names as evaluated; None if it is not known."""
    for option in options(value):
        if not isinstance(option, (set, frozenset, list, tuple)):
            return None
        if not all(isinstance(name, str) for name in option):
            return None
    return frozenset(name for option in options(value) for name in option)


def base_filter(model: RepoModel, info: ClassInfo) -> CallSite | None:
    """Where the class itself asks for the base set: on its request path, or while it is constructed."""
    for entry in (STREAM, "__init__"):
        for site in model.reach.calls(info, entry, BASE_METHOD):
            return site
    return None


@dataclass(frozen=True, slots=True)
class OwnFilter:
    """Where a class hands settings on except those of a set of names."""

    path: str
    line: int


def own_filter(model: RepoModel, info: ClassInfo) -> OwnFilter | None:
    """Where methods of the class itself compare the keys of settings with names that they call excluded."""
    for entry in (STREAM, "__init__"):
        for reached in model.reach.from_method(info, entry):
            if reached.owner is None or reached.owner.key != info.key:
                continue
            node = model.source.statement(reached.path, reached.function.place)
            for item in ast.walk(node) if node else ():
                if isinstance(item, ast.Compare) and isinstance(item.ops[0], ast.NotIn):
                    kept = item.comparators[0]
                    if isinstance(item.left, ast.Name) and isinstance(kept, ast.Name) and _KEPT.search(kept.id):
                        return OwnFilter(reached.path, item.lineno)
    return None


def handlers(model: RepoModel, instance: Instance) -> tuple[Instance, ...]:
    """The params handlers in effect: several where a condition chooses."""
    value = model.attribute(instance, "api_params_handler")
    return tuple(option for option in options(value) if isinstance(option, Instance))


def formatters(model: RepoModel, instance: Instance) -> tuple[Instance, ...]:
    value = model.attribute(instance, "formatter")
    return tuple(option for option in options(value) if isinstance(option, Instance))
