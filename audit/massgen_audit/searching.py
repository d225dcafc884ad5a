"""What the commands that search the whole checkout do: `dup`."""

from __future__ import annotations

import argparse

from massgen_audit.commands import Checkout
from massgen_audit.facts.source import Source
from massgen_audit.model.duplicates import Duplicate, duplicates
from massgen_audit.model.repo import RepoModel


def find_duplicates(checkout: Checkout) -> tuple[Duplicate, ...]:
    """Duplicated code across the backends of a checkout, what saves most first."""
    model = RepoModel(Source(checkout.tree, checkout.cache()))
    found = duplicates(model)
    model.source.save()
    return found


def dup(checkout: Checkout, arguments: argparse.Namespace) -> tuple[str, bool]:
    """The report, and whether a group saves more lines than `--fail-over` allows."""
    from massgen_audit.report.duplication import RENDERERS

    found = find_duplicates(checkout)
    allowed: int = arguments.fail_over
    return RENDERERS[arguments.format](str(checkout.root), found), bool(allowed) and any(
        item.saved > allowed for item in found
    )
