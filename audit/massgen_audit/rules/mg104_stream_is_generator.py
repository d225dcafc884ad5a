"""`stream_with_tools` is an async generator.

What it does: looks for a `yield` of the method's own in an `async def`, or a `return` of another such method.

Why it matters: callers write `async for chunk in backend.stream_with_tools(...)`; a coroutine fails there.

Evidence: the definition in effect.

Not a finding: a method that returns what another async generator of the class makes.

How to fix: yield the chunks, or make the method plain `def` and return the generator.
"""

from __future__ import annotations

from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    found = model.definition(info, STREAM)
    if found is None or found[1].abstract:
        return not_applicable(f"{info.name} has no {STREAM} of its own to judge")
    owner, method = found
    here = seen(owner.path, method.place, "defines", STREAM)
    if method.is_async and method.yields:
        return present(f"{STREAM} is an async generator", here)
    for call in method.calls:
        inner = model.definition(info, call.chain.rpartition(".")[2]) if call.chain.startswith("self.") else None
        if not method.is_async and inner is not None and inner[1].is_async and inner[1].yields:
            evidence = seen(inner[0].path, inner[1].place, "defines", inner[1].name)
            return present(f"{STREAM} returns the async generator {inner[1].name}", here, evidence)
    return partial(f"{owner.name}.{STREAM} is not an async generator: it never yields", here)


RULE = Rule(
    code="MG104",
    slug="stream-is-async-generator",
    point=1,
    phase="1.1",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="stream_with_tools is an async generator",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("an async def that yields"),
        MiniRepo(
            "a plain def that returns the generator",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "    async def stream_with_tools(self, messages, tools, **kwargs):\n",
                    "    def stream_with_tools(self, messages, tools, **kwargs):\n"
                    "        return self._stream(messages, tools, **kwargs)\n\n"
                    "    async def _stream(self, messages, tools, **kwargs):\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "a coroutine that returns a list",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "    async def stream_with_tools(self, messages, tools, **kwargs):\n",
                    "    async def stream_with_tools(self, messages, tools, **kwargs):\n"
                    "        return [chunk async for chunk in self._stream(messages, tools, **kwargs)]\n\n"
                    "    async def _stream(self, messages, tools, **kwargs):\n",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:13"),),
        ),
    ),
)
