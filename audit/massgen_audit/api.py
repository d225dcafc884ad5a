"""The audit as a function: what the command line, the fixes and other programs call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from massgen_audit.collector import uncollected
from massgen_audit.deciding import Judged, Named, decide
from massgen_audit.engine import Timings, run
from massgen_audit.facts.digests import Cache
from massgen_audit.facts.source import Source
from massgen_audit.model.layout import UnusableCheckout
from massgen_audit.model.repo import RepoModel
from massgen_audit.policy import inline_exemptions
from massgen_audit.rule import Rule, load_rules
from massgen_audit.tree import DirectoryTree, Tree, find_root
from massgen_audit.values import Audit


@uncollected
def audit_tree(
    tree: Tree,
    *,
    rules: Sequence[Rule] | None = None,
    cache: Cache | None = None,
    timings: Timings | None = None,
    policy: Named | None = None,
    baseline: Named | None = None,
    today: date | None = None,
    only: Collection[str] = (),
    also: Collection[str] = (),
) -> Audit:
    """Audits a tree under its policy: the one in its root, or `policy` as (name, text). `baseline` is (name, text) too.
    With `only`, nothing is judged but these types, and what the checkout decided about others is not looked at. A
    policy may name the types of `also`, which another version of the checkout has.

    Raises UnusableCheckout if it is not a MassGen checkout or a required file is unreadable, PolicyError or
    BaselineError if what was decided cannot be read.
    """
    judged = judge(Source(tree, cache), load_rules() if rules is None else rules, timings, only)
    codes = () if rules is None else [rule.code for rule in load_rules()]
    return decide(tree, judged, policy=policy, baseline=baseline, today=today, codes=codes, also=also)


@uncollected
def judge(source: Source, rules: Sequence[Rule], timings: Timings | None = None, only: Collection[str] = ()) -> Judged:
    """What the rules say, whatever was decided about it. Raises UnusableCheckout as `audit_tree` does."""
    found = run(RepoModel(source), rules, timings, only)
    source.save()
    paths = {item.span.path for finding in found.findings() for item in finding.evidence}
    return Judged(found, tuple(inline_exemptions(source.tree, paths)))


def audit(root: Path, *, cache: Cache | None = None) -> Audit:
    """Audits the checkout at or above a directory under the policy in its root.

    Raises UnusableCheckout if there is none, or as `audit_tree` does.
    """
    found = find_root(root)
    if found is None:
        raise UnusableCheckout(f"no massgen/backend/base.py in {root} or above it")
    return audit_tree(DirectoryTree(found), cache=cache)


__all__ = ["audit", "audit_tree", "judge"]
