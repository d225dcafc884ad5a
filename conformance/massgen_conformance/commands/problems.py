"""What the user can put right: these end a command with exit code 2 and their message, without a traceback."""

from __future__ import annotations

from massgen_conformance.cassette.errors import CassetteError
from massgen_conformance.expectations import ExpectationError
from massgen_conformance.subject import UnmadeBackend


class UsageProblem(ValueError):
    """The command line asks for something that cannot be had."""


USAGE_PROBLEMS: tuple[type[Exception], ...] = (UsageProblem, CassetteError, ExpectationError, UnmadeBackend)
