"""A wrapper says whether it runs hooks natively.

What it does: looks for `supports_native_hooks`, `get_native_hook_adapter` and `set_native_hooks_config` on the
class's linearisation.

Why it matters: the orchestrator asks before every round; without an answer its permission hooks are never seen by the
wrapped agent.

Evidence: the definitions in effect.

Not a finding: backends that are no wrappers; a checkout without these methods.

How to fix: derive from `NativeToolBackendMixin`, or define the three methods.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.model.wrapped import unconcerned
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched, seen
from massgen_audit.wrapper import WRAPPER, with_wrapper

_METHODS = ("supports_native_hooks", "get_native_hook_adapter", "set_native_hooks_config")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    other = unconcerned(model, info)
    if other is not None:
        return other
    found = {name: model.definition(info, name) for name in _METHODS}
    evidence = [seen(item[0].path, item[1].place, "defines", name) for name, item in found.items() if item]
    lost = [name for name, item in found.items() if item is None]
    if not lost:
        return present(f"{info.name} says how hooks run", *evidence)
    where = searched(info.path, info.fact.place.end_line, f"{', '.join(lost)} belongs here")
    return partial(f"{info.name} does not say how hooks run: no {', '.join(lost)}", where, *evidence)


_BARE = WRAPPER.replace("(NativeToolBackendMixin, LLMBackend)", "(LLMBackend)").replace("ToolCLI", "Bare")

RULE = Rule(
    code="MG608",
    slug="native-hooks-in-effect",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="A wrapper says whether it runs hooks natively",
    check=check,
    doc=__doc__ or "",
    probes=("supports_native_hooks",),
    valid=(MiniRepo("a wrapper that does", edits=with_wrapper()),),
    invalid=(
        MiniRepo(
            "a wrapper without the mixin",
            edits=(*with_wrapper(), Edit("massgen/backend/bare.py", "", _BARE)),
            expect=(Expected("", "partial", "massgen/backend/bare.py:32"),),
        ),
    ),
)
