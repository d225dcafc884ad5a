"""What the commands that write do: `scaffold`."""

from __future__ import annotations

import argparse
import sys

from massgen_audit.cli import UsageError
from massgen_audit.commands import Checkout


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
