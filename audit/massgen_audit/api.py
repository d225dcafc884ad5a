"""The audit as a function: what the command line, the fixes and other programs call."""

from __future__ import annotations

from collections.abc import Sequence

from massgen_audit.engine import Timings, run
from massgen_audit.facts.source import Cache, Source
from massgen_audit.model.repo import RepoModel
from massgen_audit.rule import Rule, load_rules
from massgen_audit.tree import Tree
from massgen_audit.values import Audit


def audit_tree(
    tree: Tree,
    *,
    rules: Sequence[Rule] | None = None,
    cache: Cache | None = None,
    timings: Timings | None = None,
) -> Audit:
    """Audits a tree. Raises UnusableCheckout if it is not a MassGen checkout or a required file is unreadable."""
    source = Source(tree, cache)
    audit = run(RepoModel(source), load_rules() if rules is None else rules, timings)
    source.cache.save()
    return audit
