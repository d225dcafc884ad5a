"""The audit as a function: what the command line, the fixes and other programs call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from massgen_audit import baseline as debt
from massgen_audit import policy as decisions
from massgen_audit.engine import Timings, run
from massgen_audit.facts.source import Cache, Source
from massgen_audit.model.layout import UnusableCheckout
from massgen_audit.model.repo import RepoModel
from massgen_audit.policy import Exemption, PolicyError
from massgen_audit.rule import Rule, load_rules
from massgen_audit.tree import DirectoryTree, Tree, Unreadable, find_root
from massgen_audit.values import Audit


def audit_tree(
    tree: Tree,
    *,
    rules: Sequence[Rule] | None = None,
    cache: Cache | None = None,
    timings: Timings | None = None,
    policy: tuple[str, str] | None = None,
    baseline: tuple[str, str] | None = None,
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
    chosen = load_rules() if rules is None else rules
    source = Source(tree, cache)
    found = run(RepoModel(source), chosen, timings, only)
    source.cache.save()
    exemptions = [*_policy(tree, policy, found, also), *decisions.inline_exemptions(tree, _paths(found))]
    found = decisions.apply(found, exemptions, today or date.today())
    if baseline is not None:
        name, text = baseline
        found = debt.apply(found, debt.read(text), name)
    return found


def audit(root: Path, *, cache: Cache | None = None) -> Audit:
    """Audits the checkout at or above a directory under the policy in its root.

    Raises UnusableCheckout if there is none, or as `audit_tree` does.
    """
    found = find_root(root)
    if found is None:
        raise UnusableCheckout(f"no massgen/backend/base.py in {root} or above it")
    return audit_tree(DirectoryTree(found), cache=cache)


def _policy(tree: Tree, given: tuple[str, str] | None, found: Audit, also: Collection[str]) -> tuple[Exemption, ...]:
    if given is None:
        try:
            given = (decisions.FILE, tree.read(decisions.FILE).decode("utf-8", "replace"))
        except FileNotFoundError:
            return ()
        except Unreadable as error:
            raise PolicyError(f"{decisions.FILE}: {error}") from None
    codes = {rule.code for rule in load_rules()}
    return decisions.read_policy(given[1], given[0], codes, [*(item.type for item in found.backends), *also])


def _paths(found: Audit) -> Collection[str]:
    return {item.span.path for finding in found.findings() for item in finding.evidence}


__all__ = ["audit", "audit_tree"]
