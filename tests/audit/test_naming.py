"""When a computed provider name means a backend type."""

from __future__ import annotations

import pytest

from massgen_audit.facts.source import Source
from massgen_audit.model.naming import means
from massgen_audit.model.repo import RepoModel
from massgen_audit.rule import Edit
from massgen_audit.testing import build_files
from massgen_audit.tree import MemoryTree

ROWS = {"acme": "Acme", "acme_code": "Acme Code", "zed": "Zed (Z.ED)", "duo": "Duo (Ace/Bee)", "hub": "GitHub Hub"}


def model() -> RepoModel:
    rows = "".join(
        f'    "{name}": BackendCapabilities("{name}", "{shown}", set(), [], "mcp", ["m"], "m"),\n'
        for name, shown in ROWS.items()
        if name != "acme"
    )
    start = "BACKEND_CAPABILITIES: dict[str, BackendCapabilities] = {\n"
    edit = Edit("massgen/backend/capabilities.py", start, start + rows)
    return RepoModel(Source(MemoryTree(build_files([edit]))))


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Acme", "acme", True),
        ("ACME", "acme", True),
        ("acme_code", "acme_code", True),
        ("Acme Code", "acme_code", True),
        ("Acme", "acme_code", False),  # another backend's name, although it is inside this one's
        ("Acme Code", "acme", False),
        ("ZED", "zed", True),
        ("Z.ED", "zed", True),
        ("Bee", "duo", True),
        ("hub", "hub", True),
        ("Generic", "zed", False),
        ("Ze", "zed", False),
    ],
)
def test_a_name_means_a_type(name: str, kind: str, expected: bool) -> None:
    built = model()
    info = next(item for item in built.types if item.name == kind)
    assert means(built, name, info) is expected
