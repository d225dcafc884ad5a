"""Reports for the tests of their faces: one of a run that failed, and one that is green."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.report import Document, Failure, ItemResult, Moment, Origin, Report, document
from massgen_conformance.runner import checks

assert checks  # the catalogue is filled by importing the runner

EVIL = "<script>alert(1)</script> `|` ```"
"""Text that a subject may have produced: none of it may become markup."""

TIMELINE = (
    Moment(0.001, "request", "POST /v1/chat", "120 bytes"),
    Moment(0.002, "wire", "bytes 0 to 57", f"data: {EVIL}", 57),
    Moment(0.003, "chunk", "content", "'Hello'", 57),
    Moment(0.004, "cut", "the connection is cut", "57 of 90 bytes sent"),
    Moment(0.005, "chunk", "done", "'stop'", 57, fault=True),
)
FAILURE = Failure("One done.", "exactly one done", f"2 of them {EVIL}", "chunk 3", "content" * 40, EVIL, 3)
ORIGIN = Origin("acme.backends:make", "2026-11-26T10:00:00+00:00", ("pytest", "--target", "acme.backends:make"))


def failed() -> Document:
    """Two providers; one fails, cannot be tested, and has a problem of the run."""
    items = [
        ItemResult("LIF-01", "acme", "text", Verdict.FAIL, "synthetic", EVIL, FAILURE, 0.25, TIMELINE),
        ItemResult("LIF-02", "acme", "eof", Verdict.PASS, "recorded", seconds=0.5),
        ItemResult("RSN-01", "acme", "", Verdict.NOT_APPLICABLE, message="acme does not offer reasoning"),
        ItemResult("USG-01", "acme", "text", Verdict.NOT_TESTABLE, message="no stream\x00"),
        ItemResult("LIF-01", "other", "text", Verdict.PASS),
    ]
    return document(Report(items, problems=["expired on 2026-01-01: X"], origin=ORIGIN), CATALOGUE)


def green() -> Document:
    """What `failed` would be with everything put right, LIF-02 left out and CON-01 added."""
    items = [
        ItemResult("LIF-01", "acme", "text", Verdict.PASS),
        ItemResult("USG-01", "acme", "text", Verdict.PASS),
        ItemResult("CON-01", "acme", "text", Verdict.PASS, timeline=TIMELINE),
    ]
    return document(Report(items, origin=replace(ORIGIN, command=())), CATALOGUE)
