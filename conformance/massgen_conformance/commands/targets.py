"""The subjects that a command line asks for."""

from __future__ import annotations

import argparse

from massgen_conformance.commands.problems import UsageProblem
from massgen_conformance.subject import Subject
from massgen_conformance.targets import TargetError, load_target, subjects


def chosen(arguments: argparse.Namespace, names: list[str]) -> list[Subject]:
    """The subjects of these provider names. Raises `UsageProblem` for what cannot be had."""
    try:
        _, factory = load_target(arguments.target)
        return subjects(names, factory, arguments.wire)
    except TargetError as error:
        raise UsageProblem(str(error)) from error
