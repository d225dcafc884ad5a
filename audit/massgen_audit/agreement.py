"""Compares what the rules read in the code with what the conformance kit saw of the same thing.

MG008 is about what the code has and the run does not show, MG009 about what the run shows and the code does not have.
A check that did not apply or could not be tested says nothing, nor does a verdict other than present and missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from massgen_audit.observed import Failed, Observations, ReportError, Seen
from massgen_audit.pairings import PAIRINGS, RAISED, Pairing
from massgen_audit.values import Audit, BackendAudit, Finding, Fixable, Status, Tier

UNSEEN, UNREAD = ("MG008", "code-seen-in-run"), ("MG009", "run-found-in-code")


def apply(audit: Audit, observed: Observations, wanted: Collection[str] = ()) -> Audit:
    """The audit with a finding for each comparison that can be made; providers are the types of the same name.

    Raises ReportError if the report is about none of the types, or of those wanted, or has none of the checks.
    """
    types = [item.type for item in audit.backends if not wanted or item.type in wanted]
    _require_common(types, observed)
    backends = tuple(
        replace(item, findings=(*item.findings, *_compared(item, observed.providers.get(item.type, {}))))
        for item in audit.backends
    )
    told = {finding.code for item in backends for finding in item.findings}
    compared = {UNSEEN[0]: "shows less than the rules found", UNREAD[0]: "shows more than the rules found"}
    repo = (
        replace(item, message=f"the report {compared[item.code]} nowhere") if item.code in compared else item
        for item in audit.repo
        if item.code not in compared or item.code not in told
    )
    return replace(audit, backends=backends, repo=tuple(repo))


def _require_common(types: list[str], observed: Observations) -> None:
    both = [name for name in types if name in observed.providers]
    if not both:
        told = ", ".join(sorted(observed.providers)) or "nobody"
        raise ReportError(f"it is about {told}, and none of them is a type looked at here: {', '.join(types)}")
    known = {check for pair in PAIRINGS for check in pair.checks}
    if not any(known & set(observed.providers[name]) for name in both):
        raise ReportError(f"it has none of the checks that are compared: {', '.join(sorted(known))}")


def _compared(backend: BackendAudit, checks: Mapping[str, Seen]) -> Iterator[Finding]:
    by_code = {finding.code: finding for finding in backend.findings}
    for pair in PAIRINGS:
        said = by_code.get(pair.rule)
        if said is not None and said.status in (Status.PRESENT, Status.MISSING):
            yield from _judged(pair, said, {name: checks[name] for name in pair.checks if name in checks})


def _judged(pair: Pairing, said: Finding, checks: Mapping[str, Seen]) -> Iterator[Finding]:
    shown = next((name for name, seen in checks.items() if seen.verdict == "pass"), "")
    against = _refuted(pair, checks)
    read = said.status is Status.PRESENT
    names = " and ".join(checks)
    if read and against:
        came = f"expected {against.expected}, got {against.actual}" + (f" ({against.stream})" if against.stream else "")
        message = f"{pair.rule} reads in the code: {said.message}; {names} did not see it: {came}"
        yield _finding(UNSEEN, said, names, Status.PARTIAL, message)
    elif read and shown:
        yield _finding(UNSEEN, said, shown, Status.PRESENT, f"{pair.rule} and {shown} agree: {said.message}")
    elif not read and shown and pair.proves:
        message = f"{pair.rule} does not find it in the code: {said.message}; {shown} saw it: {pair.why}"
        yield _finding(UNREAD, said, shown, Status.PARTIAL, message)
    elif not read and against:
        yield _finding(UNREAD, said, names, Status.PRESENT, f"{pair.rule} and {names} agree: {said.message}")


def _refuted(pair: Pairing, checks: Mapping[str, Seen]) -> Failed | None:
    """The failure to show, if what was seen leaves no room for the thing; None otherwise."""
    if not pair.refutes:
        return None
    if pair.once:
        return next((failed for seen in checks.values() for failed in seen.failures), None)
    if set(pair.checks) - set(checks) or not all(seen.always_failing for seen in checks.values()):
        return None
    failures = [failed for seen in checks.values() for failed in seen.failures]
    return failures[0] if all(_without(pair, failed) for failed in failures) else None


def _without(pair: Pairing, failed: Failed) -> bool:
    """Whether a run had nothing of the thing, and nothing that explains why."""
    if pair.saying:
        return failed.actual == pair.saying
    came = failed.kinds | ({RAISED} if failed.broke_off else set())
    return bool(failed.stream) and not pair.excuses & came and not any(kind.startswith(pair.lacking) for kind in came)


def _finding(code: tuple[str, str], said: Finding, checks: str, status: Status, message: str) -> Finding:
    return Finding(
        code=code[0],
        slug=code[1],
        point=0,
        tier=Tier.REQUIRED,
        backend=said.backend,
        unit=f"{said.code} -> {checks}",
        status=status,
        message=message,
        evidence=said.evidence,
        fixable=Fixable.NO,
    )
