"""What a project decided, and what becomes of decisions that outlive their cause."""

from __future__ import annotations

from datetime import date

import pytest

from massgen_audit.api import audit_tree
from massgen_audit.policy import PolicyError
from massgen_audit.rule import Edit
from massgen_audit.testing import build_files
from massgen_audit.tree import MemoryTree
from massgen_audit.values import Audit, Finding, Status

TODAY = date(2026, 6, 1)
NOT_EXPORTED = (
    Edit("massgen/backend/__init__.py", "from .acme import AcmeBackend\n", ""),
    Edit("massgen/backend/__init__.py", '    "AcmeBackend",\n', ""),
)


def audited(policy: str, *edits: Edit) -> Audit:
    files = build_files((*NOT_EXPORTED, *edits))
    return audit_tree(MemoryTree(files), policy=("policy.yaml", policy), today=TODAY)


def of(audit: Audit, code: str) -> Finding:
    return next(item for item in audit.findings() if item.code == code)


def policy(entry: str, code: str = "MG201", backend: str = "acme") -> str:
    return f"version: 1\nbackends:\n  {backend}:\n    {code}: {entry}\n"


def test_an_exemption_with_a_reason_is_kept_apart() -> None:
    found = of(audited(policy("{reason: exported by the plugin instead}")), "MG201")
    assert (found.status, found.suppressed_by) == (Status.EXEMPT, "exported by the plugin instead")


def test_only_the_named_rule_is_exempt() -> None:
    assert of(audited(policy("{reason: exported by the plugin instead}")), "MG202").status is Status.MISSING


def test_an_exemption_that_has_ended_is_void_and_reported() -> None:
    audit = audited(policy("{reason: exported by the plugin instead, until: 2026-05-31}"))
    assert of(audit, "MG201").status is Status.MISSING
    assert of(audit, "MG004").message == "the exemption of MG201 ended on 2026-05-31"


def test_the_last_day_still_counts() -> None:
    audit = audited(policy("{reason: exported by the plugin instead, until: 2026-06-01}"))
    assert of(audit, "MG201").status is Status.EXEMPT


def test_an_exemption_that_nothing_needs_is_reported_at_its_line() -> None:
    audit = audited(policy("{reason: formatted by the gateway}", "MG151"))
    found = of(audit, "MG002")
    assert (found.place.path, found.place.line) == ("policy.yaml", 4)


def test_a_reason_that_says_nothing_exempts_nothing() -> None:
    audit = audited(policy("{reason: later}"))
    assert of(audit, "MG201").status is Status.MISSING
    assert of(audit, "MG004").status is Status.PARTIAL


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 2\n", "version: 1"),
        ("- a\n", "version: 1"),
        ("version: 1\nbackend: {}\n", "backend is not a key"),
        ("version: 1\nbackends: [acme]\n", "maps a type"),
        (policy("exempt"), "reason"),
        (policy("{reason: }"), "reason"),
        (policy("{reason: exported elsewhere, until: soon}"), "until is a date"),
        (policy("{reason: exported elsewhere, since: 1}"), "since is not a key"),
        (policy("{reason: exported elsewhere}", "MG999"), "MG999 is not a rule"),
        (policy("{reason: exported elsewhere}", backend="acne"), "acne is not a backend type"),
        (policy("{reason: exported elsewhere}", "MG20l"), "MG20l is not a rule: is MG2.. meant"),
        (policy("{reason: exported elsewhere}", backend="acne"), "not a backend type: is acme meant"),
        ("a: b: c\n", "not readable as YAML"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_an_error_of_usage(text: str, told: str) -> None:
    with pytest.raises(PolicyError, match=told):
        audited(text)


def test_every_problem_of_a_policy_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        audited(policy("{}") + "  acne:\n    MG998: {reason: exported elsewhere}\n")
    assert str(caught.value).count("policy.yaml:") == 3


def test_a_comment_above_the_place_exempts_it() -> None:
    edits = (
        Edit("massgen/backend/acme.py", '        self.start_api_call_timing(kwargs["model"])\n', ""),
        Edit(
            "massgen/backend/acme.py",
            "    async def stream_with_tools(",
            "    # massgen-audit: ignore[MG131, MG132] timed by the transport below\n    async def stream_with_tools(",
        ),
    )
    audit = audit_tree(MemoryTree(build_files(edits)), today=TODAY)
    assert of(audit, "MG131").status is Status.EXEMPT
    assert of(audit, "MG131").suppressed_by == "timed by the transport below"


@pytest.mark.parametrize("named", ["MG999", "MG1311"])
def test_a_comment_that_names_no_rule_is_an_error_with_its_place(named: str) -> None:
    edit = Edit(
        "massgen/backend/acme.py",
        "    async def stream",
        f"    # massgen-audit: ignore[{named}] why not\n    async def stream",
    )
    with pytest.raises(PolicyError, match=rf"massgen/backend/acme.py:\d+: {named} is not a rule"):
        audit_tree(MemoryTree(build_files((edit,))), today=TODAY)


def test_an_empty_policy_decides_nothing() -> None:
    assert of(audited(""), "MG201").status is Status.MISSING
