"""The subjects that a command line asks for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

from massgen_conformance.commands.problems import UsageProblem
from massgen_conformance.subject import Factory, Subject
from massgen_conformance.targets import TargetError, load_target, subjects

Over: TypeAlias = Callable[[str, Factory], Subject]
"""Makes the subject of a name where what it speaks is known without its profile."""


def chosen(arguments: argparse.Namespace, names: list[str], over: Over | None = None) -> list[Subject]:
    """The subjects of these provider names. Raises `UsageProblem` for what cannot be had."""
    try:
        _, factory = load_target(arguments.target)
        return [over(name, factory) for name in names] if over else subjects(names, factory, arguments.wire)
    except TargetError as error:
        raise UsageProblem(str(error)) from error
