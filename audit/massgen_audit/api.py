"""The audit as a function: what the command line, the fixes and other programs call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from massgen_audit import baseline as debt
from massgen_audit import policy as decisions
from massgen_audit.engine import Timings, run
from massgen_audit.facts.source import Cache, Source
from massgen_audit.model.repo import RepoModel
from massgen_audit.policy import Exemption, PolicyError
from massgen_audit.rule import Rule, load_rules
from massgen_audit.tree import Tree, Unreadable
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
) -> Audit:
    """Audits a tree under its policy: the one in its root, or `policy` as (name, text). `baseline` is (name, text) too.

    Raises UnusableCheckout if it is not a MassGen checkout or a required file is unreadable, PolicyError or
    BaselineError if what was decided cannot be read.
    """
    chosen = load_rules() if rules is None else rules
    source = Source(tree, cache)
    audit = run(RepoModel(source), chosen, timings)
    source.cache.save()
    exemptions = [*_policy(tree, policy, audit), *decisions.inline_exemptions(tree, _paths(audit))]
    audit = decisions.apply(audit, exemptions, today or date.today())
    if baseline is not None:
        name, text = baseline
        audit = debt.apply(audit, debt.read(text), name)
    return audit


def _policy(tree: Tree, given: tuple[str, str] | None, audit: Audit) -> tuple[Exemption, ...]:
    if given is None:
        try:
            given = (decisions.FILE, tree.read(decisions.FILE).decode("utf-8", "replace"))
        except FileNotFoundError:
            return ()
        except Unreadable as error:
            raise PolicyError(f"{decisions.FILE}: {error}") from None
    codes = {rule.code for rule in load_rules()}
    return decisions.read_policy(given[1], given[0], codes, [item.type for item in audit.backends])


def _paths(audit: Audit) -> Collection[str]:
    return {item.span.path for finding in audit.findings() for item in finding.evidence}


__all__ = ["audit_tree"]
