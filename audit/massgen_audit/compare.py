"""Two audits of one checkout compared: which findings are new, which are gone, which say something else.

A finding is known again by its fingerprint, as in a baseline: rule, backend and unit, and no line number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from massgen_audit.values import POINTS, SEVERITY, Audit, Finding, Status

OPEN = frozenset({Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE, Status.PLANNED})


class Change(NamedTuple):
    """A finding on both sides; None where its rule says nothing of its unit."""

    before: Finding | None
    after: Finding | None

    @property
    def now(self) -> Finding:
        """The later side, or the earlier where there is no other."""
        found = self.after or self.before
        assert found is not None
        return found


class Cell(NamedTuple):
    """A point of a backend whose status differs."""

    backend: str
    point: int
    before: Status
    after: Status


@dataclass(frozen=True, slots=True)
class Comparison:
    """`new` findings are open and were not, or were milder; `gone` ones were open and are not; `changed` ones are open
    on both sides and say something else, none of it worse.
    """

    before: Audit
    after: Audit
    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    changed: tuple[Change, ...]
    same: int  # findings open on both sides that say the same

    @property
    def added(self) -> tuple[str, ...]:
        """Backend types that only the later side has."""
        return _types(self.after, self.before)

    @property
    def removed(self) -> tuple[str, ...]:
        return _types(self.before, self.after)

    @property
    def unreadable(self) -> tuple[tuple[str, str], ...]:
        """Files that only the later side cannot read."""
        known = {path for path, _ in self.before.unreadable}
        return tuple((path, why) for path, why in self.after.unreadable if path not in known)

    def cells(self) -> tuple[Cell, ...]:
        """Points that differ, of types that both sides have."""
        earlier = {backend.type: backend for backend in self.before.backends}
        pairs = ((earlier[backend.type], backend) for backend in self.after.backends if backend.type in earlier)
        return tuple(
            Cell(after.type, number, before.point(number), after.point(number))
            for before, after in pairs
            for number in POINTS
            if before.point(number) is not after.point(number)
        )

    def only_new(self) -> Audit:
        """The later audit with nothing open but what is new: what the formats for annotations render."""
        return selected(self.after, (change.now for change in self.new), self.unreadable)


def compare(before: Audit, after: Audit) -> Comparison:
    new: list[Change] = []
    gone: list[Change] = []
    changed: list[Change] = []
    same = 0
    for change in _pairs(before, after):
        was, now = _weight(change.before), _weight(change.after)
        if now > was:
            new.append(change)
        elif was and not now:
            gone.append(change)
        elif was and _words(change.before) != _words(change.after):
            changed.append(change)
        else:
            same += bool(was)
    return Comparison(before, after, tuple(new), tuple(gone), tuple(changed), same)


def selected(audit: Audit, findings: Iterable[Finding], unreadable: tuple[tuple[str, str], ...]) -> Audit:
    """The audit with these findings and no others."""
    chosen = {id(finding) for finding in findings}
    backends = tuple(
        replace(item, findings=tuple(finding for finding in item.findings if id(finding) in chosen))
        for item in audit.backends
    )
    repo = tuple(finding for finding in audit.repo if id(finding) in chosen)
    return replace(audit, backends=backends, repo=repo, unreadable=unreadable)


def keyed(audit: Audit) -> Iterator[tuple[tuple[str, int], Finding]]:
    """Each finding with what it is known by; the few that share a fingerprint are counted."""
    counts: Counter[str] = Counter()
    for finding in audit.findings():
        yield (finding.fingerprint, counts[finding.fingerprint]), finding
        counts[finding.fingerprint] += 1


def touched(before: Audit, after: Audit, changed: Collection[str], since: str) -> Audit:
    """The later audit in which an open finding counts as known unless what changed concerns it: it points at a changed
    file, its backend's class or one that it inherits from is in such a file, or it was not there or was milder.
    """
    new = {id(change.now) for change in compare(before, after).new}
    lineage = {
        item.type for audit in (before, after) for item in audit.backends if not set(changed).isdisjoint(item.lineage)
    }

    def mark(finding: Finding) -> Finding:
        concerned = finding.backend in lineage or any(item.span.path in changed for item in finding.evidence)
        if finding.status not in OPEN or concerned or id(finding) in new:
            return finding
        return replace(finding, status=Status.BASELINED, suppressed_by=f"as it was at {since}")

    backends = tuple(replace(item, findings=tuple(map(mark, item.findings))) for item in after.backends)
    return replace(after, backends=backends, repo=tuple(map(mark, after.repo)), since=since)


def _pairs(before: Audit, after: Audit) -> Iterator[Change]:
    earlier, later = dict(keyed(before)), dict(keyed(after))
    for key in dict.fromkeys([*later, *earlier]):
        yield Change(earlier.get(key), later.get(key))


def _weight(finding: Finding | None) -> int:
    """How bad an open finding is; 0 for one that is not open."""
    return SEVERITY.index(finding.status) if finding is not None and finding.status in OPEN else 0


def _words(finding: Finding | None) -> tuple[Status, str] | None:
    return (finding.status, finding.message) if finding else None


def _types(audit: Audit, other: Audit) -> tuple[str, ...]:
    known = {backend.type for backend in other.backends}
    return tuple(sorted(backend.type for backend in audit.backends if backend.type not in known))


__all__ = ["OPEN", "Change", "Comparison", "compare", "keyed", "selected", "touched"]
