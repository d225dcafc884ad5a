"""Take an integration point of a type out of this repository: the audit names that point of that type, and no other.

Every type loses every point that it has. In an ordinary run each audit takes one point out of every type at once, in
rotation, so that some fifteen audits do; MASSGEN_AUDIT_REMOVALS=all takes them out one by one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

import pytest

from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen_audit.api import audit_tree
from massgen_audit.fixes import plan_fixes
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.tree import DirectoryTree, MemoryTree
from massgen_audit.values import POINTS, SEVERITY, Audit, BackendAudit, Status
from tests.audit.kept import Kept
from tests.audit.removing import REMOVERS, Subject, taken

ROOT = Path(__file__).parents[2]
ONE_BY_ONE = os.environ.get("MASSGEN_AUDIT_REMOVALS") == "all"
TYPES = sorted(BACKEND_CAPABILITIES)
OPEN = (Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE, Status.PLANNED)

# What the constructor of a class makes, every class that inherits from it loses too.
CHAT = frozenset(
    """
    azure_openai cerebras deepseek fireworks groq inference lmstudio moonshot nebius nvidia_nim openrouter poe qwen
    sglang together uitars vllm zai
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
Pairs = Set[tuple[int, str]]
SHARED: Mapping[tuple[int, str], frozenset[str]] = {
    (2, "openai"): frozenset({"grok"}),
    (3, "chatcompletion"): CHAT,
    (10, "chatcompletion"): CHAT,
    (3, "inference"): frozenset({"sglang", "vllm"}),
    (10, "inference"): frozenset({"sglang", "vllm"}),
}
# The validator's rules for it are advice: its code refuses nothing that they would have to know.
ADVICE = {(7, "gemini")}
# What one definition gives to every type: the stream itself, which one type wraps in its own, and a name of both base
# sets.
COMMON = {
    1: ("massgen/backend/http.py", "    async def stream_with_tools(", "    async def _stream(", {"lmstudio"}),
    10: ("massgen/backend/_excluded_params.py", "context_paths", "", set()),
}
MECHANICAL = (4, 5, 11, 12, 13, 14, 15)
# Which model a server of the user's own has, nobody can know: the example says what to fill in.
TO_FILL_IN = {(12, name) for name, row in BACKEND_CAPABILITIES.items() if row.is_open}
_KEPT = Kept()
_FILES = {path: DirectoryTree(ROOT).read(path) for path in DirectoryTree(ROOT).paths()}


def audited(files: Mapping[str, bytes]) -> Audit:
    return audit_tree(MemoryTree(files), cache=_KEPT)


@pytest.fixture(scope="module")
def whole() -> Audit:
    return audited(_FILES)


def subjects(whole: Audit) -> dict[str, Subject]:
    return {item.type: Subject(item.type, item.cls, item.file) for item in whole.backends}


def points_of(item: BackendAudit) -> list[int]:
    """The points that a type has and can lose alone."""
    present = [n for n in POINTS if item.point(n) is Status.PRESENT]
    return [n for n in present if (n, item.type) not in SHARED and (n, item.type) not in ADVICE]


def rotated(whole: Audit, turn: int, among: Iterable[int] = POINTS, without: Pairs = frozenset()) -> dict[str, int]:
    """One point for each type, another one each turn."""
    chosen = {}
    for index, item in enumerate(whole.backends):
        points = [point for point in points_of(item) if point in among and (point, item.type) not in without]
        chosen[item.type] = points[(index + turn) % len(points)]
    return chosen


def lost(whole: Audit, after: Audit) -> dict[str, set[int]]:
    """The points of each type that are worse than they were."""
    found = {item.type: item for item in after.backends}
    assert list(found) == [item.type for item in whole.backends]
    worse = {
        item.type: {n for n in POINTS if SEVERITY.index(item.point(n)) < SEVERITY.index(found[item.type].point(n))}
        for item in whole.backends
    }
    return {name: points for name, points in worse.items() if points}


def opened(whole: Audit, after: Audit) -> list[tuple[str, str, Status]]:
    """What is said of the checkout as a whole that was not said before."""
    known = {(item.code, item.unit, item.status) for item in whole.repo}
    told = [(item.code, item.unit, item.status) for item in after.repo if item.status in OPEN]
    return [item for item in told if item not in known]


def require_only(whole: Audit, after: Audit, points: Mapping[str, int]) -> None:
    assert lost(whole, after) == {name: {point} for name, point in points.items()}
    for item in after.backends:
        found = [found for found in item.findings if found.point == points.get(item.type) and found.status in OPEN]
        assert bool(found) == (item.type in points)
        assert all(finding.evidence for finding in found)


@pytest.mark.parametrize("turn", range(len(REMOVERS)))
def test_every_type_loses_a_point_and_that_point_is_named_and_no_other(whole: Audit, turn: int) -> None:
    points = rotated(whole, turn)
    after = audited(taken(_FILES, points, subjects(whole)))
    require_only(whole, after, points)
    assert opened(whole, after) == []


def test_the_turns_take_every_point_of_every_type(whole: Audit) -> None:
    turns = [rotated(whole, turn) for turn in range(len(REMOVERS))]
    wanted = {(item.type, point) for item in whole.backends for point in points_of(item)}
    assert {pair for turn in turns for pair in turn.items()} == wanted
    assert [item.type for item in whole.backends] == TYPES
    assert all(item.point(n) in (Status.PRESENT, Status.NOT_APPLICABLE) for item in whole.backends for n in POINTS)


@pytest.mark.parametrize(("point", "name"), SHARED)
def test_what_a_class_loses_its_heirs_lose_as_well(whole: Audit, point: int, name: str) -> None:
    after = audited(taken(_FILES, {name: point}, subjects(whole)))
    require_only(whole, after, dict.fromkeys([name, *SHARED[point, name]], point))


@pytest.mark.parametrize("point", COMMON)
def test_what_all_types_have_from_one_place_all_lose(whole: Audit, point: int) -> None:
    path, old, new, others = COMMON[point]
    after = audited({**_FILES, path: _FILES[path].replace(old.encode(), new.encode())})
    require_only(whole, after, dict.fromkeys(sorted({*TYPES} - others), point))


@pytest.mark.skipif(not ONE_BY_ONE, reason="MASSGEN_AUDIT_REMOVALS=all takes every point out alone, in ten minutes")
@pytest.mark.parametrize("name", TYPES)
def test_a_point_that_is_taken_out_alone_is_the_only_one_named(whole: Audit, name: str) -> None:
    item = next(item for item in whole.backends if item.type == name)
    for point in points_of(item):
        after = audited(taken(_FILES, {name: point}, subjects(whole)))
        require_only(whole, after, {name: point})
        assert opened(whole, after) == []


@pytest.mark.parametrize("turn", range(len(MECHANICAL)) if ONE_BY_ONE else (0, 3))
def test_what_is_mechanical_is_written_again_and_then_nothing_is_left_to_do(whole: Audit, turn: int) -> None:
    points = rotated(whole, turn, MECHANICAL, TO_FILL_IN)
    tree = MemoryTree(taken(_FILES, points, subjects(whole)))
    edits = plan_fixes(audit_tree(tree, cache=_KEPT), tree, unsafe=True, cache=_KEPT)
    mended = OverlayTree(tree, edits)
    after = audit_tree(mended, cache=_KEPT)
    assert lost(whole, after) == {}
    assert opened(whole, after) == []
    assert plan_fixes(after, mended, unsafe=True, cache=_KEPT) == []
