"""What the rules said of a checkout, and what the project decided about it: its policy, its comments, its baseline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from massgen_audit import baseline as debt
from massgen_audit import policy as decisions
from massgen_audit.policy import Exemption, PolicyError
from massgen_audit.report.options import RuleInfo
from massgen_audit.tree import Tree, Unreadable
from massgen_audit.values import Audit

Named = tuple[str, str]  # the name of a file and its text


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts, the comments in the source that answer them, and what reports say of the rules, where known."""

    audit: Audit
    inline: tuple[Exemption, ...]
    catalogue: tuple[RuleInfo, ...] = ()


def decide(
    tree: Tree,
    judged: Judged,
    *,
    policy: Named | None = None,
    baseline: Named | None = None,
    today: date | None = None,
    codes: Collection[str] = (),
    also: Collection[str] = (),
) -> Audit:
    """The audit under the policy in the root of the tree, or the one given, and under a baseline. A policy may name the
    rules that gave verdicts and `codes`, the types of the audit and those of `also`.

    Raises PolicyError or BaselineError if what was decided cannot be read, or a comment names no rule.
    """
    found = judged.audit
    given = policy or _own_policy(tree)
    written: tuple[Exemption, ...] = ()
    known = {*found.rules_run, *codes}
    decisions.require_rules(judged.inline, known)
    if given is not None:
        written = decisions.read_policy(given[1], given[0], known, [*(item.type for item in found.backends), *also])
    found = decisions.apply(found, [*written, *judged.inline], today or date.today())
    return found if baseline is None else debt.apply(found, debt.read(baseline[1]), baseline[0])


def _own_policy(tree: Tree) -> Named | None:
    try:
        return decisions.FILE, tree.read(decisions.FILE).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except Unreadable as error:
        raise PolicyError(f"{decisions.FILE}: {error}") from None
