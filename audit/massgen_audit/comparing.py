"""What `diff` and `check --changed` do: audit a commit, straight from git's objects, and what is compared with it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from massgen_audit import policy as decisions
from massgen_audit.api import audit_tree
from massgen_audit.cli import UsageError, read_text
from massgen_audit.commands import Checkout, fails, options_for
from massgen_audit.compare import Comparison, compare, touched
from massgen_audit.docs import rule_infos
from massgen_audit.facts.digests import Cache
from massgen_audit.git import Repository
from massgen_audit.git_tree import GitTree
from massgen_audit.model.layout import UnusableCheckout
from massgen_audit.policy import PolicyError
from massgen_audit.rule import load_rules
from massgen_audit.tree import Tree
from massgen_audit.values import Audit

WORKING_TREE = "the working tree"
HEAD = "HEAD"


def diff(checkout: Checkout) -> Comparison:
    """Both sides that the arguments name, compared. Raises UsageError for a backend that neither has.

    Raises GitError for a commit that cannot be read.
    """
    arguments = checkout.arguments
    repository = Repository(checkout.root)
    earlier, later = _sides(repository, arguments.ref, arguments.merge_base)
    cache = checkout.cache()
    with ExitStack() as open_trees:
        after = _audit(checkout, _tree(repository, later, open_trees) if later else checkout.tree, cache)
        after = after if later else replace(after, root=WORKING_TREE)
        tree = _tree(repository, earlier, open_trees)
        before = audit_before(checkout, tree, after, cache)
    wanted = arguments.backend
    known = {item.type for audit in (before, after) for item in audit.backends}
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise UsageError(f"there is no backend type {', '.join(unknown)}: there are {', '.join(sorted(known))}")
    if wanted:
        before, after = decisions.select(before, wanted), decisions.select(after, wanted)
    return compare(before, after)


def check_changed(checkout: Checkout) -> Audit:
    """The audit of the working tree, in which only what changed since the commit that `--changed` names is open.

    Changed is what differs in content from where HEAD and that commit parted: staged or not, tracked or not. Before the
    first commit that is everything.
    """
    repository = Repository(checkout.root)
    if repository.unborn():
        if checkout.arguments.changed != HEAD:
            repository.commit(checkout.arguments.changed)  # a name that means nothing is an error here as well
        return checkout.audit(baseline=True)
    named = repository.commit(checkout.arguments.changed)
    parted = repository.merge_base(named, repository.commit("HEAD"))
    name = _named(checkout.arguments.changed, named) if parted == named else parted[:12]
    cache = checkout.cache()
    after, now = checkout.audit(baseline=True), checkout.tree
    with GitTree(repository, parted, name) as tree:
        before = audit_before(checkout, tree, after, cache)
        paths = {*tree.paths(), *now.paths(), decisions.FILE, *_places(before), *_places(after)}
        changed = {path for path in paths if not tree.same(path, now)}
    return touched(before, after, changed, name)


def audit_before(checkout: Checkout, tree: GitTree, after: Audit, cache: Cache) -> Audit:
    """The earlier side, under the policy it had. One that cannot be used is told and left aside: it may be what the
    later side mends. Types that only the later side has may be named.
    """
    types = [item.type for item in after.backends]
    try:
        return _audit(checkout, tree, cache, types)
    except PolicyError as error:
        sys.stderr.write(f"at {tree.root}, without its policy: {error}\n")
        return audit_tree(tree, cache=cache, policy=("", ""), also=types)
    except UnusableCheckout as error:
        raise UnusableCheckout(f"at {tree.root}: {error}") from None


def failing(found: Comparison, fail_on: str, *, strict: bool) -> bool:
    """Whether something new is at or above the threshold."""
    return fails(found.only_new(), fail_on, strict=strict)


def render(found: Comparison, name: str, root: Path) -> str:
    from massgen_audit.report.diff import RENDERERS

    return RENDERERS[name](found, options_for(name, rule_infos(load_rules()), root=root))


def _sides(repository: Repository, text: str, merge_base: bool) -> tuple[tuple[str, str], tuple[str, str] | None]:
    """What is compared, each as (commit, name): `REF`, `REF..REF2` or `REF...REF2`; None for the working tree."""
    dots = "..." if "..." in text else ".."
    one, ranged, other = text.partition(dots)
    one, other = one or "HEAD", other or "HEAD"
    earlier = repository.commit(one)
    later = repository.commit(other) if ranged else None
    if merge_base or (ranged and dots == "..."):
        earlier = repository.merge_base(earlier, later or repository.commit("HEAD"))
        return (earlier, earlier[:12]), (later, _named(other, later)) if later else None
    return (earlier, _named(one, earlier)), (later, _named(other, later)) if later else None


def _named(name: str, commit: str) -> str:
    return commit[:12] if commit.startswith(name) else f"{name} ({commit[:12]})"


def _places(audit: Audit) -> set[str]:
    """Also files that no list has, such as a script that a rule asks for by name."""
    return {item.span.path for finding in audit.findings() for item in finding.evidence}


def _tree(repository: Repository, side: tuple[str, str], open_trees: ExitStack) -> GitTree:
    return open_trees.enter_context(GitTree(repository, *side))


def _audit(checkout: Checkout, tree: Tree, cache: Cache, also: list[str] | None = None) -> Audit:
    named = checkout.arguments.policy
    known = getattr(checkout.arguments, "baseline", None)
    return audit_tree(
        tree,
        cache=cache,
        policy=(named, read_text(named)) if named else None,
        baseline=(known, read_text(known)) if known else None,
        also=also or (),
    )
