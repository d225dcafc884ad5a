"""From a description to edits: the class is written from a template, what is known goes into the registry, and the
fixes do the rest, so that what is scaffolded, what is fixed and what is checked are the same fifteen points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from massgen_audit.api import audit_tree
from massgen_audit.collector import uncollected
from massgen_audit.facts.digests import Cache
from massgen_audit.facts.source import Source
from massgen_audit.fixes.draft import merged
from massgen_audit.fixes.edit import CannotFix, FileEdit
from massgen_audit.fixes.entry import Known, add_entry
from massgen_audit.fixes.example import example_path, example_yaml
from massgen_audit.fixes.knowledge import record_source
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.fixes.plan import plan_fixes
from massgen_audit.model import layout as at
from massgen_audit.model.interp.values import Instance, Member
from massgen_audit.model.repo import RepoModel
from massgen_audit.rule import load_rules
from massgen_audit.scaffold import kit, layered, massgen
from massgen_audit.scaffold.spec import CannotScaffold, Spec
from massgen_audit.tree import Tree, Unreadable
from massgen_audit.values import Audit, Finding, Status, Tier

_OPEN = (Status.MISSING, Status.PARTIAL)
_CODE = "scaffold"
_PRICES = 8  # the point that a type without prices leaves alone, and the dearest to judge


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The edits, what `check` would still find of the type and not of every other, and what only a person knows."""

    edits: tuple[FileEdit, ...]
    open: tuple[Finding, ...]
    next_steps: tuple[str, ...]


@uncollected
def plan_scaffold(tree: Tree, spec: Spec, cache: Cache | None = None) -> Scaffold:
    """The edits that make a type of `spec` in `tree`. Raises CannotScaffold for what exists or cannot be done here."""
    audited = partial(audit_tree, cache=cache, only={spec.name})
    others = partial(audit_tree, cache=cache, rules=[rule for rule in load_rules() if rule.point != _PRICES])
    before = others(tree)
    model = RepoModel(Source(tree, cache))
    _refuse_existing(model, spec)
    seeds = [FileEdit(path, None, text, (_CODE,)) for path, text in _sources(model, spec).items()]
    _refuse_files(tree, [*(seed.path for seed in seeds), example_path(spec.name)])
    try:
        seeds += _registered(OverlayTree(tree, seeds), spec, cache)
        seeds += kit.profiles(tree, spec) if _is_layered(model) else []
    except CannotFix as reason:
        raise CannotScaffold(f"{at.CAPABILITIES}: {reason}") from None
    seeded = OverlayTree(tree, seeds)
    first = _only(audited(seeded), spec.name)
    fixes = plan_fixes(first, seeded, unsafe=True, audited=audited, cache=cache)
    edits = merged({seed.path: seed for seed in seeds}, fixes)
    scaffolded = OverlayTree(tree, edits.values())
    _refuse_harm(before, others(scaffolded))
    left = [item for item in _only(audited(scaffolded), spec.name).findings() if item.status in _OPEN]
    elsewhere = {(item.code, item.place.path) for item in before.findings() if item.status in _OPEN} - {
        (item.code, path) for item in left for path in edits
    }
    return Scaffold(
        tuple(sorted(edits.values(), key=lambda edit: edit.path)),
        tuple(item for item in left if item.tier is not Tier.RECOMMENDED and _own(item, elsewhere)),
        _next_steps(spec, tuple(edits), model.source.exists(kit.PROVIDERS)),
    )


def _sources(model: RepoModel, spec: Spec) -> dict[str, str]:
    if _is_layered(model):
        return layered.sources(spec)
    module, parent = massgen.PARENTS[spec.base]
    if model.classes.get((f"massgen/backend/{module}.py", parent)) is None:
        raise CannotScaffold(
            f"this checkout has no {parent} in massgen/backend/{module}.py to build on: use another base"
        )
    return massgen.sources(spec, model.defines)


def _is_layered(model: RepoModel) -> bool:
    return model.source.exists(layered.NEEDED)


def _refuse_existing(model: RepoModel, spec: Spec) -> None:
    if any(info.name == spec.name for info in model.types):
        raise CannotScaffold(f"there is a backend type {spec.name}: `check --backend {spec.name}` shows it")
    same = next((info for info in model.concrete if info.name == spec.cls), None)
    if same is not None:
        raise CannotScaffold(f"{same.path} has a class {spec.cls}: choose another name")


def _refuse_files(tree: Tree, paths: list[str]) -> None:
    for path in paths:
        try:
            tree.read(path)
        except FileNotFoundError:
            continue
        except Unreadable as error:
            raise CannotScaffold(f"{path} {error}: choose another name") from None
        raise CannotScaffold(f"{path} exists: choose another name, or remove it")


def _registered(tree: Tree, spec: Spec, cache: Cache | None) -> list[FileEdit]:
    """The registry with the type, and an example of it: what a fix takes everything else from."""
    model = RepoModel(Source(tree, cache))
    before = tree.read(at.CAPABILITIES).decode()
    after = add_entry(before, spec.name, _known(model, spec), record_source(model))
    text = example_yaml(spec.name, spec.title, spec.model, spec.variable)
    return [
        FileEdit(at.CAPABILITIES, before, after, (_CODE,)),
        FileEdit(example_path(spec.name), None, text, (_CODE,)),
    ]


def _known(model: RepoModel, spec: Spec) -> dict[str, Known]:
    known: dict[str, Known] = {
        "provider_name": spec.title,
        "supported_capabilities": (),
        "builtin_tools": (),
        "filesystem_support": _filesystem(model, spec),
        "models": (spec.any_model,),
        "default_model": spec.any_model,
    }
    if spec.variable:
        known["env_var"] = spec.variable
    if spec.auth == "oauth":
        known["key_optional"] = True
    if spec.over_http:
        known["base_url"] = spec.base_url
    else:
        known |= {"any_model": True, "needs_address": False}
    fields = model.source.text(at.CAPABILITIES) + record_source(model)
    return {name: value for name, value in known.items() if f"{name}:" in fields}


def _filesystem(model: RepoModel, spec: Spec) -> str:
    """What the new class says, which it may inherit."""
    info = model.classes.get((f"massgen/backend/{spec.name}.py", spec.cls))
    support = model.ask(Instance(info, pending=([], {})), "get_filesystem_support") if info else None
    return support.value if isinstance(support, Member) and isinstance(support.value, str) else "none"


def _only(audit: Audit, name: str) -> Audit:
    return replace(audit, backends=tuple(item for item in audit.backends if item.type == name), repo=())


def _own(finding: Finding, elsewhere: set[tuple[str, str]]) -> bool:
    """Whether a finding is the new type's. What a file that it only uses lacks, other types were told already."""
    return (finding.code, finding.place.path) not in elsewhere


def _refuse_harm(before: Audit, after: Audit) -> None:
    """A new type must not lower anything that was there."""
    was = {(item.code, item.backend, item.unit): item.status for item in before.findings()}
    for item in after.findings():
        if item.status in _OPEN and was.get((item.code, item.backend, item.unit)) is Status.PRESENT:
            raise CannotScaffold(f"{item.code} of {item.unit} would become {item.status}: {item.message}")


def _next_steps(spec: Spec, paths: tuple[str, ...], kit_here: bool) -> tuple[str, ...]:
    steps = [f"massgen/backend/{spec.name}.py: what the provider does differently, each with its source"]
    if spec.over_http:
        steps.append(f"{at.CAPABILITIES}: the address (it is {spec.base_url}), the models and what they can do")
    else:
        steps.append(f"{at.CAPABILITIES}: the models and what they can do")
    steps.append("the price table: what the models cost")
    if any(PurePosixPath(path).name == "supported_models.rst" for path in paths):
        steps.append(f"python {at.GENERATOR}: writes the generated tables from the registry")
    if kit_here:
        steps.append(f"{kit.command(spec)}: the conformance kit; its report names what remains by check")
    return tuple(steps)
