"""Plans a migration and proves it: nothing is given out that does not keep what the migration promises."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from massgen_audit.api import audit_tree
from massgen_audit.collector import uncollected
from massgen_audit.facts.digests import Cache
from massgen_audit.facts.source import Source
from massgen_audit.fixes.edit import BrokenFix
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.fixes.plan import prove_no_worse
from massgen_audit.migrate.migration import Migration, Options, Outcome
from massgen_audit.model.repo import RepoModel
from massgen_audit.tree import Tree
from massgen_audit.values import Audit


class RolledBack(Exception):
    """The edits do not keep what the migration promises; nothing was written. The message says what was lost."""


@uncollected
def plan_migration(
    tree: Tree,
    migration: Migration,
    options: Options,
    cache: Cache | None = None,
    audited: Callable[[Tree], Audit] | None = None,
) -> Outcome:
    """The proven edits of a migration on `tree`; none where there is nothing to do or it is all left to a person.

    The checkout is read once more as it would be: no file may be unreadable that was not, the migration's own promise
    must hold, no verdict may be worse, and planning again must find nothing to change. Raises RolledBack otherwise.
    """
    model = RepoModel(Source(tree, cache))
    outcome = migration.plan(model, options)
    if not outcome.edits:
        return outcome
    migrated = OverlayTree(tree, outcome.edits)
    after = RepoModel(Source(migrated, cache))
    audit = audited or partial(audit_tree, cache=cache)
    for problem in migration.broken(model, after, options):
        raise RolledBack(f"{migration.number} is rolled back: {problem}")
    for edit in outcome.edits:
        if edit.path.endswith(".py") and after.source.module(edit.path) is None:
            raise RolledBack(f"{migration.number} is rolled back: {edit.path} {after.source.unreadable[edit.path]}")
    try:
        prove_no_worse(audit(tree), audit(migrated))
    except BrokenFix as error:
        raise RolledBack(f"{migration.number} is rolled back: {error}") from None
    if any(edit.before != edit.after for edit in migration.plan(after, options).edits):
        raise RolledBack(f"{migration.number} is rolled back: a second run would change something again")
    return outcome
