"""From findings to edits, and the proof that the edits do what they claim.

Edits are planned on the checkout as it would be after the edits before them, and the result is audited again: the
findings must be gone, nothing that was proven may be lost, and planning once more must find nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from massgen_audit.api import audit_tree
from massgen_audit.collector import uncollected
from massgen_audit.facts.digests import Cache
from massgen_audit.fixes.draft import Draft, merged
from massgen_audit.fixes.edit import BrokenFix, CannotFix, FileEdit
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.fixes.recipes import FIXES, Fix
from massgen_audit.tree import Tree
from massgen_audit.values import Audit, Finding, Fixable, Status, Tier

_ROUNDS = 4  # an entry makes the branch possible, the branch the example
_OPEN = (Status.MISSING, Status.PARTIAL)
_ACCEPTED = (Status.EXEMPT, Status.BASELINED)
# What a verdict must not become. One that is possible only now, such as a price for an entry that did not exist, is no
# loss: nothing was proven there before.
_WORSE: dict[Status, frozenset[Status]] = {
    Status.PRESENT: frozenset({Status.PLANNED, Status.UNVERIFIABLE, Status.PARTIAL, Status.MISSING}),
    Status.PARTIAL: frozenset({Status.UNVERIFIABLE, Status.MISSING}),
}

Audited = Callable[[Tree], Audit]
Key = tuple[str, str, str]
Refusals = dict[Key, tuple[Finding, str]]


@uncollected
def plan_fixes(
    audit: Audit,
    tree: Tree,
    unsafe: bool = False,
    *,
    refused: Callable[[Finding, str], None] | None = None,
    audited: Audited | None = None,
    cache: Cache | None = None,
) -> list[FileEdit]:
    """The edits that resolve what can be resolved in `audit`, which is an audit of `tree`.

    Backends that `audit` leaves out and findings that it accepts are left alone. `unsafe` admits edits that may change
    behaviour. `refused` is told each finding that has a fix which does not apply here, and why. Raises BrokenFix if the
    edits would not do what they claim: `audited` gives what is said of the tree after them, by default a whole audit.
    """
    again = audited or partial(audit_tree, cache=cache)
    fixes = [fix for fix in FIXES if unsafe or fix.safety is not Fixable.UNSAFE]
    concerned = {finding.backend for finding in audit.findings()}
    accepted = {_key(finding) for finding in audit.findings() if finding.status in _ACCEPTED}
    edits: dict[str, FileEdit] = {}
    refusals: Refusals = {}
    current: Tree = tree
    for _ in range(_ROUNDS):
        open_findings = [f for f in audit.findings() if f.status in _OPEN and f.backend in concerned]
        draft, refusals = _round([f for f in open_findings if _key(f) not in accepted], fixes, Draft(current, cache))
        if not draft.edits:
            break
        edits = merged(edits, draft.edits)
        current = OverlayTree(tree, edits.values())
        after = again(current)
        _prove(audit, after, draft.answered)
        audit = after
    else:
        raise BrokenFix(f"after {_ROUNDS} rounds there is still something to edit")
    if refused is not None:
        for finding, reason in refusals.values():
            refused(finding, reason)
    return sorted(edits.values(), key=lambda edit: edit.path)


def _round(findings: Sequence[Finding], fixes: Sequence[Fix], draft: Draft) -> tuple[Draft, Refusals]:
    refusals: Refusals = {}
    for fix in fixes:
        for finding in findings:
            if finding.code == fix.code:
                try:
                    with draft.all_or_nothing():
                        fix.edit(draft, finding)
                except CannotFix as reason:
                    refusals.setdefault((finding.code, finding.unit, str(reason)), (finding, str(reason)))
    return draft, refusals


def _prove(before: Audit, after: Audit, answered: Iterable[Finding]) -> None:
    """Every answered finding is gone, and no verdict is worse than it was. Advice may follow from what was added: a new
    variable is to be documented.
    """
    now = {_key(finding): finding.status for finding in after.findings()}
    for finding in answered:
        if now.get(_key(finding)) in _OPEN:
            raise BrokenFix(f"{finding.code} of {finding.unit} is still {now[_key(finding)]} after its fix")
    prove_no_worse(before, after)


def prove_no_worse(before: Audit, after: Audit) -> None:
    """Raises BrokenFix where a verdict that counts is worse than it was."""
    now = {_key(finding): finding.status for finding in after.findings()}
    for finding in before.findings():
        later = now.get(_key(finding), finding.status)
        if finding.tier is not Tier.RECOMMENDED and later in _WORSE.get(finding.status, ()):
            raise BrokenFix(f"{finding.code} of {finding.unit} would go from {finding.status} to {later}")


def _key(finding: Finding) -> Key:
    return (finding.code, finding.backend, finding.unit)
