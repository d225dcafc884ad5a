"""Which findings a report lists, in which order, and which of them are one finding seen from several backends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from massgen_audit.values import POINTS, Audit, BackendAudit, Evidence, Finding, Status


@dataclass(frozen=True, slots=True)
class Group:
    """One finding and all the backend types it concerns: a class that serves eleven types is reported once."""

    finding: Finding
    backends: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The types it concerns, or `repository`."""
        return ", ".join(self.backends) or "repository"

    @property
    def others(self) -> tuple[Evidence, ...]:
        """Evidence besides the place where the finding is reported."""
        return tuple(evidence for evidence in self.finding.evidence if evidence.span != self.finding.place)


def backends(audit: Audit) -> list[BackendAudit]:
    return sorted(audit.backends, key=lambda backend: backend.type)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """By point, those of no point last, then by code, backend and unit: the same audit prints the same report."""
    return sorted(findings, key=lambda f: (f.point or len(POINTS) + 1, f.code, f.backend, f.unit, f.place, f.message))


def groups(audit: Audit, show: frozenset[Status]) -> list[Group]:
    """The findings with a status in `show`; those that say the same of the same places are one group."""
    return grouped(finding for finding in audit.findings() if finding.status in show)


def grouped(findings: Iterable[Finding]) -> list[Group]:
    concerned: dict[tuple[object, ...], list[Finding]] = {}
    for finding in ordered(findings):
        key = (finding.code, finding.status, finding.message, finding.evidence, finding.suppressed_by)
        concerned.setdefault(key, []).append(finding)
    return [
        Group(same[0], tuple(sorted({finding.backend for finding in same if finding.backend})))
        for same in concerned.values()
    ]


def fingerprints(found: Iterable[Group]) -> list[str]:
    """An id for each group, in which no line number is: that of its first finding, with a number where it is taken."""
    given: Counter[str] = Counter()
    made: list[str] = []
    for group in found:
        plain = group.finding.fingerprint
        given[plain] += 1
        made.append(plain if given[plain] == 1 else f"{plain}-{given[plain]}")
    return made


def since_words(audit: Audit, show: frozenset[Status]) -> str:
    """The verdict on what changed since a commit."""
    told, known = len(groups(audit, show)), len(groups(audit, frozenset({Status.BASELINED})))
    older = f" {known} older ones are left out: `massgen-audit check` tells them." if known else ""
    return f"{told or 'No'} finding{'s' * (told != 1)} in what changed since {audit.since}.{older}"


def cells(audit: Audit) -> Counter[Status]:
    """How many of the matrix's cells have each status."""
    return Counter(backend.point(number) for backend in audit.backends for number in POINTS)
