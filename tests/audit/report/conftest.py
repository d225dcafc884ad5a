"""Audits to render: nothing, everything in place, one of each status, many backends, and hostile text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from massgen_audit.report import RenderOptions, RuleInfo
from massgen_audit.values import (
    POINTS,
    Audit,
    BackendAudit,
    Evidence,
    Finding,
    Fixable,
    Scope,
    Span,
    Status,
    Tier,
)

NASTY = "100% <b>bold</b> | `tick` *star* [a](b) @team ::error::, 'q' \"d\" & ünïcode 漢字 \x1b[31m\r\n::set-output x"
NASTY += "##[error]y\x85\u2028\ufffe\udc80\U0001f600"  # ends of a line for some, what XML cannot hold, two of UTF-16
PATH = "massgen/configs/providers/größe/単一: a,b|c.yaml"


def make_finding(status: Status, **fields: object) -> Finding:
    kind = "searched" if status is Status.MISSING else "defines"
    made = Finding(
        code="MG201",
        slug="class-exported",
        point=4,
        tier=Tier.REQUIRED,
        backend="grok",
        unit="GrokBackend",
        status=status,
        message=f"export is {status.value}",
        evidence=(
            Evidence(Span("massgen/backend/grok.py", 3), "defines", "the class"),
            Evidence(Span("massgen/backend/__init__.py", 12, 5, 12, 20), kind, "belongs here", ("A", "B")),
        ),
        fixable=Fixable.SAFE,
        suppressed_by="agreed in issue 12" if status in (Status.EXEMPT, Status.BASELINED) else "",
    )
    return replace(made, **fields)


def make_backend(name: str, *findings: Finding) -> BackendAudit:
    own = tuple(replace(finding, backend=name) for finding in findings)
    return BackendAudit(name, f"{name.title()}Backend", f"massgen/backend/{name}.py", own)


def make_audit(*backends: BackendAudit, repo: tuple[Finding, ...] = (), **fields: object) -> Audit:
    return replace(Audit("checkout", "layout of the registry", backends, repo, (), ("MG201",)), **fields)


def every_status() -> Audit:
    """Point n of `grok` has the n-th status; the repository has one finding of its own."""
    findings = [
        make_finding(status, point=number, code=f"MG{number}01") for number, status in enumerate(Status, start=1)
    ]
    repo = make_finding(Status.MISSING, code="MG001", point=0, backend="", unit="repo", fixable=Fixable.NO)
    return make_audit(make_backend("grok", *findings), repo=(repo,))


def clean() -> Audit:
    findings = [make_finding(Status.PRESENT, point=number, code=f"MG{number}01") for number in POINTS]
    return make_audit(make_backend("grok", *findings))


def many() -> Audit:
    """Forty types: each misses its own export, and one class they share lacks a method."""
    shared = make_finding(Status.MISSING, code="MG106", point=1, unit="SharedBackend", message="no provider name")
    return make_audit(
        *(
            make_backend(f"type_{number:02}", shared, make_finding(Status.MISSING, message=f"no export {number}"))
            for number in range(40)
        )
    )


def hostile() -> Audit:
    evidence = (Evidence(Span(PATH, 7), "searched", NASTY),)
    missing = make_finding(Status.MISSING, message=NASTY, unit=NASTY, evidence=evidence, slug="a,b:c")
    exempt = make_finding(Status.EXEMPT, code="MG301", point=8, suppressed_by=NASTY)
    backend = make_backend("größe|`漢字`", missing, exempt)
    return make_audit(backend, layout=NASTY, unreadable=((PATH, NASTY),))


AUDITS: dict[str, Callable[[], Audit]] = {
    "no backends": make_audit,
    "clean": clean,
    "every status": every_status,
    "forty backends": many,
    "hostile text": hostile,
}


@pytest.fixture(params=AUDITS)
def any_audit(request: pytest.FixtureRequest) -> Audit:
    return AUDITS[request.param]()


@pytest.fixture
def audit_named() -> Callable[[str], Audit]:
    return lambda name: AUDITS[name]()


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return make_finding


@pytest.fixture
def backend() -> Callable[..., BackendAudit]:
    return make_backend


@pytest.fixture
def audit() -> Callable[..., Audit]:
    return make_audit


@pytest.fixture
def options() -> RenderOptions:
    rules = (
        RuleInfo("MG106", "provider-name", 1, Scope.CLASS, Tier.REQUIRED, "The class names its provider."),
        RuleInfo(
            "MG201",
            "class-exported",
            4,
            Scope.CLASS,
            Tier.REQUIRED,
            "The class is exported.",
            "Import it in massgen/backend/__init__.py and add it to __all__.",
            "# MG201\n\nThe class is exported.",
        ),
        RuleInfo("MG999", "never-fires", 0, Scope.REPO, Tier.RECOMMENDED, "Nothing here."),
    )
    return RenderOptions(rules=rules)
