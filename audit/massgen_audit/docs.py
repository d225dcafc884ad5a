"""The documentation of rules, from the rules themselves: a page each, and the catalogue `docs/audit-rules.md`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from massgen_audit.report.options import RuleInfo
from massgen_audit.rule import HEADINGS, MiniRepo, Rule
from massgen_audit.skeleton import SKELETON
from massgen_audit.testing import build_files
from massgen_audit.values import POINTS, Fixable, Scope, Tier

CATALOGUE = "docs/audit-rules.md"

_SCOPES: dict[Scope, str] = {
    Scope.CLASS: "one verdict per backend class",
    Scope.TYPE: "one verdict per backend type",
    Scope.LINK: "one verdict per type and the class that serves it",
    Scope.REPO: "one verdict per checkout",
}
_TIERS: dict[Tier, str] = {
    Tier.REQUIRED: "required of every backend",
    Tier.CONDITIONAL: "required where its condition holds",
    Tier.RECOMMENDED: "recommended: never fails a run by default",
}
_FIXES: dict[Fixable, str] = {
    Fixable.SAFE: "`massgen-audit fix`",
    Fixable.UNSAFE: "`massgen-audit fix --unsafe`",
    Fixable.SCAFFOLD: "`massgen-audit fix` writes a start",
    Fixable.NO: "by hand",
}
_INTRODUCTION = """\
# Audit rules

Generated from the rules by `massgen-audit rules --format markdown`: change a rule's module, not this page.

A rule gives one verdict per unit of its scope. Its point is the row of the checklist's file summary that it decides;
point 0 is for findings that lower no point. The examples are edits of one small checkout in which the type `acme` is
integrated completely, and they are run as tests.
"""


def rule_infos(rules: Iterable[Rule]) -> tuple[RuleInfo, ...]:
    """What the reports say of rules."""
    return tuple(
        RuleInfo(
            code=rule.code,
            slug=rule.slug,
            point=rule.point,
            scope=rule.scope,
            tier=rule.tier,
            summary=rule.summary,
            remedy=rule.sections.get("How to fix", ""),
            help=_description(rule, 1),
        )
        for rule in rules
    )


def rule_page(rule: Rule) -> str:
    """Markdown of one rule with its examples: what `massgen-audit rule CODE` prints."""
    return "\n".join([_description(rule, 1), *_examples(rule, 2)])


def catalogue(rules: Sequence[Rule]) -> str:
    """Markdown of every rule: a table by point, then a section each."""
    parts = [_INTRODUCTION]
    for number in (*POINTS, 0):
        members = [rule for rule in rules if rule.point == number]
        if members:
            parts.append(_table(number, members))
    parts += ["\n".join([_description(rule, 2), *_examples(rule, 3)]) for rule in rules]
    return "\n".join(parts)


def _table(number: int, rules: Sequence[Rule]) -> str:
    title = f"{number} {POINTS[number]}" if number in POINTS else "Beside the fifteen points"
    rows = [
        f"| [{rule.code}](#{_anchor(rule)}) | `{rule.slug}` | {_cell(rule.summary)} | {rule.tier} | "
        f"{_FIXES[rule.fixable]} |"
        for rule in rules
    ]
    header = ["| code | name | what holds | tier | fix |", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}", "", *header, *rows, ""])


def _anchor(rule: Rule) -> str:
    return f"{rule.code.lower()}-{rule.slug}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def _description(rule: Rule, level: int) -> str:
    point = f"point {rule.point}, {POINTS[rule.point]}" if rule.point in POINTS else "no point of the checklist"
    facts = [
        f"- Decides: {point} (checklist {rule.phase})",
        f"- Scope: {_SCOPES[rule.scope]}",
        f"- Tier: {_TIERS[rule.tier]}",
        f"- Fix: {_FIXES[rule.fixable]}",
    ]
    if rule.probes:
        facts.append(f"- Applies where the checkout defines {' and '.join(f'`{name}`' for name in rule.probes)}")
    sections = [
        f"**{heading}.** {_sentence(rule.sections[heading])}\n" for heading in HEADINGS if heading in rule.sections
    ]
    title = f"{'#' * level} {rule.code} {rule.slug}"
    return "\n".join([title, "", f"{rule.summary.rstrip('.')}.", "", *facts, "", *sections])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _examples(rule: Rule, level: int) -> list[str]:
    lines: list[str] = []
    for heading, examples in (("Accepted", rule.valid), ("Reported", rule.invalid)):
        if examples:
            lines += [f"{'#' * level} {heading}", ""]
        for example in examples:
            lines += _example(example)
    return lines


def _example(example: MiniRepo) -> list[str]:
    edited = build_files(example.edits)
    lines = [_opening(example), ""]
    lines += _diffs(SKELETON, edited)
    for expected in example.expect:
        whom = f" for `{expected.backend}`" if expected.backend else ""
        lines += [f"Reported{whom} as {expected.status} at `{expected.place}`.", ""]
    if example.fixed:
        lines += ["The fix:", "", *_diffs(edited, edited | dict(example.fixed))]
    return lines


def _opening(example: MiniRepo) -> str:
    title = _sentence(example.title)
    if example.removed:
        title = f"{title}, without {', '.join(f'`{path}`' for path in example.removed)}"
        return f"{title}:" if example.edits else f"{title}."
    return f"{title}:" if example.edits else f"{title}, as `acme` has it."


def _diffs(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """A fenced diff for each file that is not the same."""
    lines: list[str] = []
    for path in sorted(after):
        old, new = before.get(path), after[path]
        if old != new:
            source = path if old is not None else "/dev/null"
            diff = difflib.unified_diff((old or "").splitlines(), new.splitlines(), source, path, lineterm="", n=1)
            lines += _fence("diff", list(diff))
    return lines


def _fence(language: str, lines: list[str]) -> list[str]:
    """A fenced block whose fence is longer than any run of backticks inside."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return [f"{fence}{language}", *(line.rstrip() for line in lines), fence, ""]
