"""The stream does not block the event loop.

What it does: looks for `time.sleep`, `requests` and `subprocess.run` right in the coroutines that `stream_with_tools`
reaches.

Why it matters: while one backend sleeps or waits for a process, every other agent of the run stands still.

Evidence: the call, with the chain that leads to it.

Not a finding: calls in a nested function or lambda, which is what a thread is given; calls in plain functions, which
may run in a thread.

How to fix: use `asyncio.sleep`, `asyncio.create_subprocess_exec`, an asynchronous client, or `asyncio.to_thread`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from massgen_audit.facts.nodes import children
from massgen_audit.facts.shapes import Call
from massgen_audit.model.reach import Reached
from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_BLOCKING = frozenset(
    {"time.sleep", "subprocess.run", "subprocess.check_output", "subprocess.check_call", "subprocess.call"}
)
_CLIENTS = (
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.delete",
    "requests.request",
    "urllib.request.urlopen",
)


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    reached = model.reach.from_method(info, STREAM)
    found = [(item, call) for item in reached if item.function.is_async for call in _blocking(model, item)]
    if found:
        evidence = (seen(item.path, call.place, "calls", call.chain, item.via) for item, call in found[:5])
        return partial(f"{info.name} blocks the event loop: {found[0][1].chain}", *evidence)
    first = model.definition(info, STREAM)
    if first is None or first[1].abstract:
        return not_applicable(f"{info.name} implements no {STREAM}")
    here = seen(first[0].path, first[1].place, "defines", STREAM)
    return present(f"none of {len(reached)} functions of the stream blocks", here)


def _blocking(model: RepoModel, reached: Reached) -> Iterator[Call]:
    for call in reached.function.calls:
        if (call.chain in _BLOCKING or call.chain in _CLIENTS) and _runs_here(model, reached, call):
            yield call


def _runs_here(model: RepoModel, reached: Reached, call: Call) -> bool:
    """Whether the call stands in the coroutine itself and not in a function nested in it."""
    stack: list[ast.AST | None] = [model.source.statement(reached.path, reached.function.place)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call) and (node.lineno, node.col_offset + 1) == call.place[:2]:
            return True
        for child in children(node) if node is not None else ():
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                stack.append(child)
    return False


RULE = Rule(
    code="MG137",
    slug="loop-not-blocked",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="The stream does not block the event loop",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("nothing blocks"),
        MiniRepo(
            "a thread sleeps",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "        params = await",
                    "        await asyncio.to_thread(lambda: time.sleep(1))\n        params = await",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "a retry sleeps",
            edits=(
                Edit(
                    "massgen/backend/acme.py", "        params = await", "        time.sleep(1)\n        params = await"
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:27"),),
        ),
    ),
)
