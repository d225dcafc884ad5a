"""What the model of a checkout knows that a fix may write down. Nothing here guesses: an unknown fact is left out."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath

from massgen_audit.facts.shapes import Function
from massgen_audit.fixes.branch import BranchFacts
from massgen_audit.fixes.edit import CannotFix
from massgen_audit.fixes.entry import RECORD, Known
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.examples import examples
from massgen_audit.model.interp.values import Instance, Member
from massgen_audit.model.params import BASE_METHOD, DECLARED_DIFFERENCE, HANDLER_BASE_METHOD
from massgen_audit.model.repo import ROOT_CLASS, RepoModel
from massgen_audit.model.types import PLACEHOLDERS, Row, TypeInfo
from massgen_audit.values import FILL_IN, Finding

PACKAGE = "massgen.backend"
_STATED_URL = re.compile(r"\bbase url:\s*(https?://\S+?)[.,;]?(?:\s|$)", re.IGNORECASE)
_GETENV = frozenset({"os.getenv", "os.environ.get", "getenv", "environ.get"})


def type_named(model: RepoModel, name: str) -> TypeInfo:
    found = next((info for info in model.types if info.name == name), None)
    if found is None:
        raise CannotFix(f"nothing in the checkout names the type {name}")
    return found


def class_of(model: RepoModel, finding: Finding) -> ClassInfo:
    """The class a finding is about: its unit, the class of its `type -> class`, or what serves its type."""
    name = finding.unit.rpartition(" -> ")[2]
    found = [info for info in model.concrete if info.name == name]
    if len(found) > 1:
        raise CannotFix(f"{len(found)} classes are called {name}: export the right one by hand")
    return found[0] if found else serving_class(model, type_named(model, finding.backend))


def module_in_package(info: ClassInfo) -> str:
    """The class's module as its package `massgen.backend` imports it: `grok`, or `grok.client`."""
    dotted = dotted_module(info)
    if not dotted.startswith(f"{PACKAGE}."):
        raise CannotFix(f"{info.name} is in {info.path}, outside {PACKAGE}: export it by hand")
    return dotted.removeprefix(f"{PACKAGE}.")


def dotted_module(info: ClassInfo) -> str:
    """The module of a class as an import statement names it."""
    parts = PurePosixPath(info.path.removesuffix("/__init__.py")).with_suffix("").parts
    if not all(part.isidentifier() for part in parts):
        raise CannotFix(f"{info.path} cannot be imported by name: rename the file")
    return ".".join(parts)


def serving_class(model: RepoModel, info: TypeInfo) -> ClassInfo:
    """The class that serves a type, also one that `create_backend` does not handle yet.

    A type without a class of its own whose entry says that its API is OpenAI-compatible is served by the class that
    serves most of the other such types.
    """
    if info.cls is not None:
        return info.cls
    if _is_compatible(info):
        served = Counter(other.cls.key for other in model.types if other.cls is not None and _is_compatible(other))
        if served:
            found = model.classes.get(served.most_common(1)[0][0])
            if found is not None:
                return found
    raise CannotFix(f"no class serves {info.name} yet: write massgen/backend/{info.name}.py first")


def _is_compatible(info: TypeInfo) -> bool:
    notes = info.row.get("notes") if info.row else None
    return isinstance(notes, str) and "openai-compatible api" in notes.lower()


def branch_facts(model: RepoModel, name: str) -> BranchFacts:
    """What the registry entry says of a type's key and endpoint, with the class that serves it."""
    info = type_named(model, name)
    if info.row is None:
        raise CannotFix(f"{name} has no registry entry to take its key and endpoint from: add the entry first")
    cls = serving_class(model, info)
    variable, title = info.row.get("env_var"), info.row.get("provider_name")
    reads = isinstance(variable, str) and not reads_variable(model, cls, variable)
    return BranchFacts(
        type=name,
        cls=cls.name,
        module=dotted_module(cls),
        title=title if isinstance(title, str) else name,
        env_vars=(variable,) if reads and isinstance(variable, str) else (),
        base_url=stated_url(info.row),
    )


def stated_url(row: Row) -> str | None:
    """The endpoint an entry names, in its own field or, where the record has none, as `Base URL: ...` in its notes."""
    field, notes = row.get("base_url"), row.get("notes")
    if isinstance(field, str):
        return field
    found = _STATED_URL.search(notes) if isinstance(notes, str) and "base_url" not in row.fields else None
    return found[1] if found else None


def reads_variable(model: RepoModel, info: ClassInfo, variable: str) -> bool:
    """Whether the class finds its key itself, so that `create_backend` need not."""
    own = [base for base in model.classes.mro(info) if base.name != ROOT_CLASS]
    return any(_reads(method, variable) for base in own for method in base.fact.methods)


def _reads(function: Function, variable: str) -> bool:
    return any(call.chain in _GETENV and call.args[:1] == (("str", variable),) for call in function.calls)


def record_source(model: RepoModel) -> str:
    """The text of the module that the registry takes its record class from; "" where it defines the class itself."""
    module = model.source.module(at.CAPABILITIES)
    imported = next((item for item in module.imports if item.name == RECORD), None) if module else None
    stem = imported.module.rpartition(".")[2] if imported is not None and imported.module else ""
    return model.source.text(f"massgen/backend/{stem}.py") if stem else ""


def entry_facts(model: RepoModel, name: str) -> dict[str, Known]:
    """Fields of a registry entry that the class and its branch tell."""
    info = type_named(model, name)
    if info.cls is None:
        raise CannotFix(f"no class serves {name} yet: write massgen/backend/{name}.py first")
    instance = info.instance or Instance(info.cls, pending=([], {}))
    known: dict[str, Known] = {}
    title = _own_title(model, info, instance)
    if title:
        known["provider_name"] = title
    support = model.ask(instance, "get_filesystem_support")
    if isinstance(support, Member) and isinstance(support.value, str):
        known["filesystem_support"] = support.value
    tools = model.ask(instance, "get_supported_builtin_tools")
    if isinstance(tools, list | tuple) and all(isinstance(tool, str) for tool in tools):
        known["builtin_tools"] = tuple(tools)
    keys = [event.name for event in info.creation.events if event.kind == "getenv" and "KEY" in event.name]
    if keys:
        known["env_var"] = keys[0]
    url = instance.arguments.get("base_url")
    if isinstance(url, str):
        known["base_url"] = url
    return known


def _own_title(model: RepoModel, info: TypeInfo, instance: Instance) -> str | None:
    """The provider's name, unless the class gives it to other types as well: then it is a fallback, not a name."""
    title = model.ask(instance, "get_provider_name")
    others = (other for other in model.types if other.instance is not None and other.name != info.name)
    same_class = (other for other in others if other.cls is not None and other.cls.key == instance.info.key)
    shared = any(model.ask(other.instance, "get_provider_name") == title for other in same_class if other.instance)
    return title if isinstance(title, str) and not shared and not title.startswith(FILL_IN) else None


def usable_model(model: RepoModel, name: str, row: Row) -> str | None:
    """A model to show: the registry's default, or where that is a placeholder, what another example uses."""
    used = (item.backend.model for item in examples(model) if item.backend.type == name)
    candidates = (row.get("default_model"), *row.models(), *used)
    known = (item for item in candidates if isinstance(item, str) and item.lower() not in PLACEHOLDERS)
    return next((item for item in known if not item.startswith(FILL_IN)), None)


def names_lacking(model: RepoModel) -> dict[tuple[str, str], list[str]]:
    """What each of the two base sets of excluded settings lacks of the other, by file and method.

    Raises CannotFix where one of them is not a set of names that can be read.
    """
    base = _name_set(model, at.BASE, ROOT_CLASS, BASE_METHOD)
    handler = _name_set(model, at.HANDLER_BASE, "APIParamsHandlerBase", HANDLER_BASE_METHOD)
    return {
        (at.BASE, BASE_METHOD): sorted(handler - base - DECLARED_DIFFERENCE),
        (at.HANDLER_BASE, HANDLER_BASE_METHOD): sorted(base - handler),
    }


def _name_set(model: RepoModel, path: str, owner: str, method: str) -> frozenset[str]:
    info = model.classes.get((path, owner))
    names = model.ask(Instance(info, pending=([None], {})), method) if info is not None else None
    if not isinstance(names, set | frozenset) or not all(isinstance(name, str) for name in names):
        raise CannotFix(f"what {owner}.{method} returns is not a set of names: add the names where it gets them from")
    return frozenset(names)
