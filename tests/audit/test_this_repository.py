"""The auditor's own repository passes the audit, and libcst stays out of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from massgen_audit.api import audit
from massgen_audit.values import Status, Tier

ROOT = Path(__file__).parents[2]
FAILING = (Status.MISSING, Status.PARTIAL)


@pytest.mark.skipif(not (ROOT / "massgen" / "cli.py").exists(), reason="massgen has no create_backend to audit")
def test_nothing_is_missing_here() -> None:
    found = audit(ROOT)
    failing = [item for item in found.findings() if item.status in FAILING and item.tier is not Tier.RECOMMENDED]
    assert [f"{item.code} {item.backend}: {item.message}" for item in failing] == []
    assert found.unreadable == ()
    assert len(found.backends) > 5


def test_an_audit_neither_imports_the_audited_package_nor_the_editing_library() -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom massgen_audit.api import audit\n"
        f"audit(Path({str(ROOT)!r}))\n"
        "print([name for name in ('massgen', 'libcst', 'rich', 'httpx2') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"


def test_the_rules_of_the_generic_type_are_known_to_be_validated() -> None:
    generic = next(item for item in audit(ROOT).backends if item.type == "chatcompletion")
    verdict = next(item for item in generic.findings if item.code == "MG242")
    assert verdict.status is Status.PRESENT
    assert "raises over dialect" in {item.note for item in verdict.evidence}
