"""Short forms for the verdicts that rules give."""

from __future__ import annotations

from massgen_audit.facts.shapes import Place
from massgen_audit.values import Evidence, Span, Status, Verdict


def span(path: str, place: Place | int = 1) -> Span:
    """A span of a place in a file, or of a whole line."""
    if isinstance(place, int):
        return Span(path, place, 1, place, 1)
    return Span(path, *place)


def seen(path: str, place: Place | int, kind: str, note: str = "", via: tuple[str, ...] = ()) -> Evidence:
    return Evidence(span(path, place), kind, note, via)


def searched(path: str, place: Place | int, note: str) -> Evidence:
    """A place searched in vain: where the missing piece belongs."""
    return Evidence(span(path, place), "searched", note)


def present(message: str, *evidence: Evidence) -> Verdict:
    return Verdict(Status.PRESENT, message, evidence)


def partial(message: str, *evidence: Evidence) -> Verdict:
    return Verdict(Status.PARTIAL, message, evidence)


def missing(message: str, *evidence: Evidence) -> Verdict:
    return Verdict(Status.MISSING, message, evidence)


def planned(message: str, *evidence: Evidence) -> Verdict:
    return Verdict(Status.PLANNED, message, evidence)


def not_applicable(message: str, *evidence: Evidence) -> Verdict:
    return Verdict(Status.NOT_APPLICABLE, message, evidence)


def unverifiable(message: str, *evidence: Evidence) -> Verdict:
    return Verdict(Status.UNVERIFIABLE, message, evidence)
