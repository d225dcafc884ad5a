"""Migrations: numbered changes from an old way of a checkout to a shared one, each proven before it is written."""

from __future__ import annotations

from massgen_audit.migrate.catalogue import MIGRATIONS, select
from massgen_audit.migrate.migration import Migration, Note, Options, Outcome
from massgen_audit.migrate.plan import RolledBack, plan_migration

__all__ = ["MIGRATIONS", "Migration", "Note", "Options", "Outcome", "RolledBack", "plan_migration", "select"]
