"""The migrations, in the order in which one prepares the next."""

from __future__ import annotations

from massgen_audit.migrate import exclusions
from massgen_audit.migrate.migration import Migration

MIGRATIONS: tuple[Migration, ...] = (exclusions.MIGRATION,)


def select(wanted: str) -> Migration | None:
    """The migration of that number, with or without its zeros, or of that name."""
    number = wanted.zfill(4) if wanted.isdecimal() else wanted
    return next((item for item in MIGRATIONS if number in (item.number, item.name)), None)
