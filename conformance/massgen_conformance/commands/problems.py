"""What the user can put right: these end a command with exit code 2 and their message, without a traceback."""

from __future__ import annotations

from pathlib import Path

from massgen_conformance.cassette.errors import CassetteError
from massgen_conformance.expectations import ExpectationError
from massgen_conformance.script import UnreadableScript
from massgen_conformance.subject import UnmadeBackend


class UsageProblem(ValueError):
    """The command line asks for something that cannot be had."""


def require_writable(*paths: Path | None) -> None:
    """Raise `UsageProblem` for a file that could not be written: better before a run than after it."""
    for path in paths:
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            raise UsageProblem(f"{path} is not a file in an existing folder")


USAGE_PROBLEMS: tuple[type[Exception], ...] = (
    UsageProblem,
    CassetteError,
    ExpectationError,
    UnmadeBackend,
    UnreadableScript,
)
