"""What the commands do, between their arguments and the functions of the package: files, terminal, environment."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from massgen_audit import baseline as debt
from massgen_audit import policy as decisions
from massgen_audit.cli import UsageError, read_text
from massgen_audit.deciding import Judged, decide
from massgen_audit.kept import KeptVerdicts, kept_file
from massgen_audit.report.options import RuleInfo
from massgen_audit.tree import DirectoryTree, Unreadable, find_root
from massgen_audit.values import Audit, Finding, Status, Tier

# The model and the rules are imported where something is judged: verdicts that were kept need neither.
if TYPE_CHECKING:
    from massgen_audit.facts.digests import Cache
    from massgen_audit.model.repo import RepoModel
    from massgen_audit.report import RenderOptions

# From the mildest to the worst: `--fail-on` names the mildest that fails.
_LADDER = (Status.UNVERIFIABLE, Status.PLANNED, Status.PARTIAL, Status.MISSING)


@dataclass(slots=True)
class Checkout:
    """A checkout on disk with everything that was said about it on the command line."""

    root: Path
    arguments: argparse.Namespace
    timings: dict[str, float] = field(default_factory=dict)
    catalogue: tuple[RuleInfo, ...] = ()  # what reports say of the rules, once there is an audit

    @property
    def tree(self) -> DirectoryTree:
        return DirectoryTree(self.root)

    def _facts_file(self) -> Path | None:
        from massgen_audit.facts.cache import cache_file

        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return None if self.arguments.no_cache else cache_file(str(self.root), Path(home))

    def cache(self) -> Cache:
        from massgen_audit.facts.cache import FactCache, NoCache

        file = self._facts_file()
        return NoCache() if file is None else FactCache(file)

    def _judged(self, tree: DirectoryTree) -> Judged:
        """The verdicts of the last run if nothing changed since, unless the time of each rule is asked for."""
        file = self._facts_file()
        kept = None if file is None else KeptVerdicts(kept_file(file), tree)
        measured = getattr(self.arguments, "timings", False)
        found = None if kept is None or measured else kept.load()
        if found is None:
            from massgen_audit.api import judge
            from massgen_audit.docs import rule_infos
            from massgen_audit.facts.source import Source
            from massgen_audit.rule import load_rules

            rules = load_rules()
            source = Source(tree, self.cache())
            found = replace(judge(source, rules, self.timings), catalogue=rule_infos(rules))
            if kept is not None:
                kept.store(found, source.asked)
        return found

    def _compared(self, judged: Judged) -> Judged:
        """With what the conformance kit saw beside what was read, if a report of the kit is given."""
        file = getattr(self.arguments, "with_conformance", None)
        if not file:
            return judged
        from massgen_audit.agreement import apply
        from massgen_audit.observed import ReportError, read

        try:
            return replace(judged, audit=apply(judged.audit, read(read_text(file)), self.arguments.backend))
        except ReportError as error:
            raise UsageError(f"{file} cannot be compared: {error}") from None

    def audit(self, *, baseline: bool) -> Audit:
        """Raises UsageError for a backend that is not there."""
        named = self.arguments.policy
        known = self.arguments.baseline if baseline else None
        tree = self.tree
        judged = self._compared(self._judged(tree))
        self.catalogue = judged.catalogue
        audit = decide(
            tree,
            judged,
            policy=(named, read_text(named)) if named else None,
            baseline=(known, read_text(known)) if known else None,
        )
        wanted = self.arguments.backend
        unknown = sorted(set(wanted) - {item.type for item in audit.backends})
        if unknown:
            known_types = ", ".join(item.type for item in audit.backends)
            raise UsageError(f"there is no backend type {', '.join(unknown)}: this checkout has {known_types}")
        return decisions.select(audit, wanted) if wanted else audit


def open_checkout(arguments: argparse.Namespace) -> Checkout:
    """The checkout at or above the named directory. Raises UsageError if there is none."""
    start = Path(arguments.root)
    if not start.is_dir():
        raise UsageError(f"{start} is not a directory")
    root = find_root(start)
    if root is None:
        raise UsageError(f"no massgen/backend/base.py in {start} or above it: name the root of a MassGen checkout")
    return Checkout(root, arguments)


def render(audit: Audit, name: str, rules: tuple[RuleInfo, ...], *, everything: bool = False) -> str:
    from massgen_audit.report import RENDERERS

    options = options_for(name, rules, everything=everything, root=Path(audit.root))
    return RENDERERS[name](audit, replace(options, line=_Lines(DirectoryTree(Path(audit.root)))))


class _Lines:
    """Lines of files, read when they are asked for."""

    def __init__(self, tree: DirectoryTree) -> None:
        self._tree = tree
        self._read: dict[str, list[str]] = {}

    def __call__(self, path: str, number: int) -> str:
        if path not in self._read:
            try:
                text = self._tree.read(path).decode("utf-8", "replace")
            except (FileNotFoundError, Unreadable):
                text = ""
            self._read[path] = text.split("\n")
        lines = self._read[path]
        return lines[number - 1] if 0 < number <= len(lines) else ""


def _inside(root: Path | None) -> str:
    """Where a checkout lies in its repository; empty at its root, and where there is none."""
    around = [each for each in (root, *root.parents) if (each / ".git").exists()] if root else []
    return root.relative_to(around[0]).as_posix().removeprefix(".") if root and around else ""


def options_for(
    name: str, rules: tuple[RuleInfo, ...], *, everything: bool = False, root: Path | None = None
) -> RenderOptions:
    """What a format is told of the terminal and the rules."""
    from massgen_audit.report import RenderOptions

    terminal = sys.stdout.isatty()
    width = os.get_terminal_size().columns if terminal else 100
    return RenderOptions(
        colour=terminal and "NO_COLOR" not in os.environ,
        width=width if name in ("text", "matrix") else 0,
        show=frozenset(Status) if everything else None,
        rules=rules,
        ascii_only=not (sys.stdout.encoding or "").lower().startswith("utf"),
        inside=_inside(root),
    )


def fails(audit: Audit, fail_on: str, *, strict: bool) -> bool:
    """Whether a finding is at or above the threshold. Unreadable files fail a strict run."""
    failing = frozenset(Status) & set(_LADDER[_LADDER.index(Status(fail_on)) :])
    if strict:
        failing = frozenset(_LADDER)
    if strict and audit.unreadable:
        return True
    return any(item.status in failing and (strict or item.tier is not Tier.RECOMMENDED) for item in audit.findings())


def print_timings(timings: dict[str, float]) -> None:
    for code, seconds in sorted(timings.items(), key=lambda pair: -pair[1]):
        print(f"{code}  {seconds * 1000:7.1f} ms", file=sys.stderr)  # noqa: T201 - a command line prints


def explain(audit: Audit, code: str, unit: str) -> str:
    """Every verdict of one rule about one unit, with each piece of evidence. Raises UsageError if there is none."""
    found = [item for item in audit.findings() if item.code == code.upper()]
    if not found:
        raise UsageError(f"{code} gave no verdict here: `massgen-audit rules` lists the rules")
    chosen = [item for item in found if unit in (item.backend, item.unit, *item.unit.split(" -> "))]
    if not chosen:
        units = ", ".join(dict.fromkeys(item.backend or item.unit for item in found))
        raise UsageError(f"{code} says nothing about {unit}: it judged {units}")
    return "\n".join(_explained(item) for item in chosen)


def _explained(finding: Finding) -> str:
    lines = [f"{finding.code} {finding.slug}  {finding.unit}: {finding.status}", f"  {finding.message}"]
    if finding.suppressed_by:
        lines.append(f"  accepted: {finding.suppressed_by}")
    for item in finding.evidence:
        note = f"  {item.note}" if item.note else ""
        lines.append(f"  {item.kind:<9} {item.span.path}:{item.span.line}:{item.span.col}{note}")
        lines.extend(f"{'':<14}{step}" for step in item.via)
    return "\n".join(lines) + "\n"


def fix(checkout: Checkout, *, diff: bool, unsafe: bool) -> bool:
    """Plans and, unless `diff`, writes the edits. True if there was nothing to do, or everything was written."""
    from massgen_audit.fixes import BrokenFix, Refused, apply, plan_fixes, unified_diff

    audit = checkout.audit(baseline=True)

    def refused(finding: Finding, reason: str) -> None:
        where = finding.backend or finding.unit
        print(f"{finding.code} {where}: not fixed, {reason}", file=sys.stderr)  # noqa: T201 - a command line prints

    try:
        edits = plan_fixes(audit, checkout.tree, unsafe, refused=refused, cache=checkout.cache())
    except BrokenFix as error:
        raise RuntimeError(f"a fix does not do what it says: {error}") from error
    if diff:
        sys.stdout.write(unified_diff(edits))
        if not edits:
            sys.stderr.write("nothing to fix\n")
        return not edits
    try:
        apply(edits, checkout.root)
    except Refused as error:
        raise UsageError(str(error)) from None
    for edit in edits:
        sys.stdout.write(f"{edit.path}: {', '.join(edit.codes)}\n")
    sys.stdout.write(f"{len(edits)} files changed\n" if edits else "nothing to fix\n")
    return True


def facts(checkout: Checkout) -> str:
    """What the model knows of each backend type, as JSON."""
    from massgen_audit.facts.source import Source
    from massgen_audit.model.repo import RepoModel

    model = RepoModel(Source(checkout.tree, checkout.cache()))
    described = {info.name: _described(model, info) for info in model.types}
    model.source.save()
    return json.dumps({"root": str(checkout.root), "types": described}, indent=2, ensure_ascii=False)


def _described(model: RepoModel, info: Any) -> dict[str, object]:
    row = info.row
    reads = [event.name for event in info.creation.events if event.kind == "getenv"]
    return {
        "class": info.cls.name if info.cls else None,
        "file": info.cls.path if info.cls else None,
        "mro": [item.name for item in model.classes.mro(info.cls)] if info.cls else [],
        "created_by": "adapter" if info.adapter else "create_backend" if info.handled else None,
        "variables": list(dict.fromkeys(reads)),
        "registry": {name: _plain(value) for name, value in row.fields.items()} if row else None,
    }


def _plain(value: Any) -> object:
    """A value as JSON; what is not known reads as null."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else None


def write_baseline(checkout: Checkout, name: str, allow_growth: bool) -> str:
    """Writes the baseline. Raises UsageError if the file exists and would grow."""
    audit = checkout.audit(baseline=False)
    target = Path(name)
    if target.exists() and not allow_growth:
        added = debt.grown(audit, debt.read(read_text(name)))
        if added:
            told = "; ".join(f"{item.code} {item.backend or item.unit}" for item in added[:5])
            raise UsageError(f"{name} would grow by {len(added)} findings ({told}): settle them or use --allow-growth")
    text = debt.write(audit)
    target.write_text(text, encoding="utf-8")
    return f"{name}: {text.count(chr(10)) - 1} known findings"
