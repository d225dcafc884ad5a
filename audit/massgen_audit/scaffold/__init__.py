"""A backend type from nothing: its class, and every integration point that `check` asks for."""

from __future__ import annotations

from massgen_audit.scaffold.plan import plan_scaffold
from massgen_audit.scaffold.spec import AUTHS, BASES, CannotScaffold, Spec, spec_of

__all__ = ["AUTHS", "BASES", "CannotScaffold", "Spec", "plan_scaffold", "spec_of"]
