"""The ways in which a report is written to a file, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from massgen_conformance.report.badge import badge
from massgen_conformance.report.document import Document
from massgen_conformance.report.html import page
from massgen_conformance.report.junit import junit
from massgen_conformance.report.markdown import markdown
from massgen_conformance.report.terminal import text


def as_json(report: Document) -> str:
    return json.dumps(report, indent=1) + "\n"


FACES: Final[dict[str, Callable[[Document], str]]] = {
    "text": text,
    "json": as_json,
    "html": page,
    "junit": junit,
    "markdown": markdown,
    "badge": badge,
}


def write(report: Document, files: Mapping[str, Path]) -> None:
    """Write every file that was asked for; the keys are names of `FACES`."""
    for face, path in files.items():
        path.write_text(FACES[face](report), encoding="utf-8")
