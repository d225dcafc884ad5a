"""The two base sets of excluded settings agree.

What it does: evaluates `LLMBackend.get_base_excluded_config_params` and the handlers' `get_base_excluded_params`.

Why it matters: two lists kept equal by hand drift apart, and each difference is a setting that reaches a provider.

Evidence: both methods, with the names that only one of them has. Two methods that return one constant agree by
construction.

Not a finding: `upload_files`, which only a handler can consume.

How to fix: define the set once and return it from both methods.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.params import BASE_METHOD, DECLARED_DIFFERENCE, HANDLER_BASE_METHOD, known_exclusions
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import BASE, HANDLER_BASE
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    instances = [info.instance for info in model.types if info.instance is not None]
    entries = known_exclusions(model, instances[0]) if instances else []
    handler = {name: (path, place) for name, path, place in entries if path == at.HANDLER_BASE}
    base = {name: (path, place) for name, path, place in entries if path != at.HANDLER_BASE}
    if not handler or not base:
        return not_applicable(f"this checkout does not have both {BASE_METHOD} and {HANDLER_BASE_METHOD}")
    here = [seen(*next(iter(found.values())), "defines") for found in (base, handler)]
    only_handler = sorted(set(handler) - set(base) - DECLARED_DIFFERENCE)
    only_base = sorted(set(base) - set(handler))
    if not only_handler and not only_base:
        return present(f"both sets exclude the same {len(base)} names", *here)
    parts = []
    if only_handler:
        parts.append(f"only the handlers exclude {', '.join(only_handler)}")
    if only_base:
        parts.append(f"only the backends exclude {', '.join(only_base)}")
    lacking = here[0] if only_handler else here[1]
    return partial("; ".join(parts), lacking, *here, searched(lacking.span.path, lacking.span.line, "belongs here"))


_NAMES = 'return {"cwd", "type"}'
_MORE = 'return {"cwd", "hooks", "type"}'

RULE = Rule(
    code="MG401",
    slug="exclusion-sets-agree",
    point=10,
    phase="4.2",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="The two base sets of excluded settings agree",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("equal literals"),
        MiniRepo(
            "one constant that both return",
            edits=(
                Edit("massgen/backend/_excluded.py", "", 'NAMES = frozenset("cwd type".split())\n'),
                Edit("massgen/backend/base.py", 'return {"cwd", "type"}', "return NAMES"),
                Edit(
                    "massgen/backend/base.py",
                    "from enum import Enum\n",
                    "from enum import Enum\n\nfrom ._excluded import NAMES\n",
                ),
                Edit(
                    "massgen/api_params_handler/_api_params_handler_base.py", 'return {"cwd", "type"}', "return NAMES"
                ),
                Edit(
                    "massgen/api_params_handler/_api_params_handler_base.py",
                    "from abc import ABC, abstractmethod\n",
                    "from abc import ABC, abstractmethod\n\nfrom ..backend._excluded import NAMES\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the handlers exclude a name more",
            edits=(
                Edit(
                    "massgen/api_params_handler/_api_params_handler_base.py",
                    _NAMES,
                    _MORE,
                ),
            ),
            expect=(Expected("", "partial", "massgen/backend/base.py:29"),),
            fixed={at.BASE: BASE.replace(_NAMES, _MORE)},
            safety=Fixable.UNSAFE,
        ),
        MiniRepo(
            "the backends exclude a name more",
            edits=(Edit("massgen/backend/base.py", _NAMES, _MORE),),
            expect=(Expected("", "partial", "massgen/api_params_handler/_api_params_handler_base.py:20"),),
            fixed={at.HANDLER_BASE: HANDLER_BASE.replace(_NAMES, _MORE)},
            safety=Fixable.UNSAFE,
        ),
    ),
)
