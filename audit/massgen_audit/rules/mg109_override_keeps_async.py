"""An override is a coroutine where its base is one.

What it does: compares each method of the class with the next definition above it: one `async def` and the other not
is a difference.

Why it matters: a caller that awaits the base's method, or does not, gets a coroutine that never runs, or a TypeError.

Evidence: both definitions.

Not a finding: a method whose callers look whether the result is awaitable; private methods, which only the class
itself calls. Which side is right is not said: the checklist and the code differ.

How to fix: give both the same form, or let the callers accept both.
"""

from __future__ import annotations

import re

from massgen_audit.facts.shapes import Function
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_TESTS = ("isawaitable", "iscoroutine")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    compared = []
    for method in info.fact.methods:
        above = model.classes.method(info, method.name, after=info)
        if above is None or method.name.startswith("_") or "property" in method.decorators:
            continue
        owner, base = above
        here = seen(info.path, method.place, "defines", f"{info.name}.{method.name}")
        there = seen(owner.path, base.place, "defines", f"{owner.name}.{method.name}")
        if _form(method) != _form(base) and not _either_way(model, method.name):
            text = f"{info.name}.{method.name} is {_form(method)}, {owner.name}'s is {_form(base)}"
            return partial(text, here, there)
        compared.append(here)
    if not compared:
        return not_applicable(f"{info.name} overrides nothing")
    return present(f"{len(compared)} overrides have the form of their base", *compared[:3])


def _form(method: Function) -> str:
    return "async" if method.is_async else "not async"


def _either_way(model: RepoModel, name: str) -> bool:
    """Whether some caller of the method looks at what it got before it awaits it."""
    return model.once(f"callers of {name}", lambda: any(_looks(model, path, name) for path in _callers(model)))


def _callers(model: RepoModel) -> list[str]:
    return [path for path in model.source.tree.paths() if path.startswith("massgen/") and path.count("/") == 1]


def _looks(model: RepoModel, path: str, name: str) -> bool:
    text = model.source.text(path)
    if f".{name}(" not in text:
        return False
    return any(
        word in text[found.start() : found.start() + 400]
        for found in re.finditer(rf"\.{name}\(", text)
        for word in _TESTS
    )


RULE = Rule(
    code="MG109",
    slug="override-keeps-async",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="An override is a coroutine where its base is one",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a method like its base"),),
    invalid=(
        MiniRepo(
            "a coroutine over a plain method",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "    def get_supported_builtin_tools(self):",
                    "    async def get_supported_builtin_tools(self):",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:35"),),
        ),
    ),
)
