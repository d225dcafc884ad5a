"""What the commands that write do: `scaffold` and `migrate`."""

from __future__ import annotations

import argparse
import sys

from massgen_audit.cli import UsageError
from massgen_audit.commands import Checkout
from massgen_audit.facts.source import Source
from massgen_audit.model.repo import RepoModel


def scaffold(checkout: Checkout, arguments: argparse.Namespace) -> bool:
    """Plans and, unless `--diff`, writes a backend type. True if `check` will find nothing missing of it.

    Raises UsageError for what cannot be made; nothing is written then.
    """
    from massgen_audit.fixes import Refused, apply, unified_diff
    from massgen_audit.scaffold import CannotScaffold, plan_scaffold, spec_of

    try:
        spec = spec_of(
            arguments.name, arguments.base, arguments.auth, title=arguments.title, base_url=arguments.base_url
        )
        planned = plan_scaffold(checkout.tree, spec, checkout.cache())
        if arguments.diff:
            sys.stdout.write(unified_diff(planned.edits))
        else:
            apply(planned.edits, checkout.root)
    except (CannotScaffold, Refused) as error:
        raise UsageError(str(error)) from None
    for finding in planned.open:
        sys.stderr.write(f"left    {finding.code} {finding.place.path}:{finding.place.line} {finding.message}\n")
    if not arguments.diff:
        for edit in planned.edits:
            sys.stdout.write(f"{'added  ' if edit.before is None else 'changed'} {edit.path}\n")
        sys.stdout.write("Yours to do:\n" + "".join(f"  {step}\n" for step in planned.next_steps))
    return not planned.open


def migrate(checkout: Checkout, arguments: argparse.Namespace) -> bool:
    """Plans and, unless `--diff`, writes one migration. True if nothing is left to a person, and to write.

    Raises UsageError for what there is not, and where the edits would not keep what the migration promises.
    """
    from massgen_audit.fixes import Refused, apply, unified_diff
    from massgen_audit.migrate import Options, RolledBack, plan_migration, select

    wanted = select(arguments.migration)
    if wanted is None:
        raise UsageError(f"there is no migration {arguments.migration}: `massgen-audit migrate --list` tells them")
    if arguments.backend and not wanted.by_backend:
        raise UsageError(f"{wanted.number} is about the whole checkout: leave --backend out")
    options = Options(arguments.unsafe, _types(checkout, arguments.backend))
    try:
        outcome = plan_migration(checkout.tree, wanted, options, checkout.cache())
        if arguments.diff:
            sys.stdout.write(unified_diff(outcome.edits))
        else:
            apply(outcome.edits, checkout.root)
    except (RolledBack, Refused) as error:
        raise UsageError(str(error)) from None
    told = sys.stderr if arguments.diff else sys.stdout
    for note in sorted(outcome.changed):
        told.write(f"changed {note}\n")
    for note in sorted(outcome.left):
        told.write(f"left    {note}\n")
    told.write(f"{wanted.number} {wanted.name}: {len(outcome.changed)} changed, {len(outcome.left)} left\n")
    return not outcome.left and not (arguments.diff and outcome.edits)


def _types(checkout: Checkout, wanted: list[str]) -> frozenset[str]:
    known = [info.name for info in RepoModel(Source(checkout.tree, checkout.cache())).types] if wanted else []
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise UsageError(f"there is no backend type {', '.join(unknown)}: this checkout has {', '.join(known)}")
    return frozenset(wanted)


def migrations(form: str) -> str:
    """Every migration in a line, or the page about them."""
    from massgen_audit.migrate import MIGRATIONS

    if form == "markdown":
        from massgen_audit.docs import migrations_page

        return migrations_page(MIGRATIONS)
    return "".join(f"{item.number}  {item.name:<22} {item.summary}\n" for item in MIGRATIONS)
