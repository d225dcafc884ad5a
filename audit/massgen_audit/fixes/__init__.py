"""Fixes: from findings to edits of files. The editing library is imported only when something is edited."""

from __future__ import annotations

from massgen_audit.fixes.edit import BrokenFix, CannotFix, FileEdit
from massgen_audit.fixes.plan import plan_fixes
from massgen_audit.fixes.write import Refused, apply, unified_diff

__all__ = ["BrokenFix", "CannotFix", "FileEdit", "Refused", "apply", "plan_fixes", "unified_diff"]
