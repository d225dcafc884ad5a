"""Known debt: a file of fingerprints that may only shrink.

One sorted line per finding: fingerprint, code, backend or `-`, unit. A finding that is not in the file fails the run,
and so does a line that no finding matches any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from massgen_audit.values import Audit, Evidence, Finding, Span, Status, Tier

_DEBT = frozenset({Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE, Status.PLANNED})
HEADER = "# massgen-audit baseline: known findings, one a line. Lines are only ever removed.\n"


class BaselineError(Exception):
    """The file is not a baseline; the message gives the line."""


@dataclass(frozen=True, slots=True)
class Entry:
    fingerprint: str
    code: str
    text: str
    line: int


def write(audit: Audit) -> str:
    """The text of a baseline that accepts everything this audit found."""
    lines = {
        f"{finding.fingerprint} {finding.code} {finding.backend or '-'} {finding.unit}"
        for finding in audit.findings()
        if finding.status in _DEBT
    }
    return HEADER + "".join(f"{line}\n" for line in sorted(lines, key=lambda line: line.split(" ", 1)[1]))


def read(text: str) -> tuple[Entry, ...]:
    """Raises BaselineError for a line that is not an entry."""
    found: list[Entry] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(" ", 2)
        if len(parts) < 3 or len(parts[0]) != 16:
            raise BaselineError(f"line {number} is not `fingerprint code backend unit`: {line!r}")
        found.append(Entry(parts[0], parts[1], line, number))
    return tuple(found)


def grown(audit: Audit, entries: Iterable[Entry]) -> list[Finding]:
    """Findings that a rewrite would add."""
    known = {entry.fingerprint for entry in entries}
    return [item for item in audit.findings() if item.status in _DEBT and item.fingerprint not in known]


def apply(audit: Audit, entries: tuple[Entry, ...], path: str) -> Audit:
    """The audit with known findings marked, and a finding for each line that nothing matches any more."""
    known = {entry.fingerprint for entry in entries}
    met: set[str] = set()

    def mark(finding: Finding) -> Finding:
        if finding.status not in _DEBT or finding.fingerprint not in known:
            return finding
        met.add(finding.fingerprint)
        return replace(finding, status=Status.BASELINED, suppressed_by=f"baseline {path}")

    backends = tuple(replace(item, findings=tuple(map(mark, item.findings))) for item in audit.backends)
    repo = tuple(map(mark, audit.repo))
    stale = [
        _stale(entry, path) for entry in entries if entry.fingerprint not in met and entry.code not in audit.silent
    ]
    kept = tuple(finding for finding in repo if not stale or finding.code != "MG003")
    return replace(audit, backends=backends, repo=(*kept, *stale))


def _stale(entry: Entry, path: str) -> Finding:
    evidence = (Evidence(Span(path, entry.line, 1, entry.line, 1), "entry", entry.text),)
    message = f"the baseline lists {entry.text.split(' ', 1)[1]}, which is no longer found: remove the line"
    unit = entry.text.split(" ", 1)[1]
    return Finding("MG003", "baseline-entry-needed", 0, Tier.REQUIRED, "", unit, Status.PARTIAL, message, evidence)
