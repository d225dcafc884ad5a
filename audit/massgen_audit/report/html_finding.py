"""One verdict in the HTML page: what, where, on which evidence, why it matters and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from massgen_audit.report.html_parts import chip, command, listed, marked, text
from massgen_audit.report.options import RenderOptions, RuleInfo
from massgen_audit.report.order import Group
from massgen_audit.report.wording import LABELS, where
from massgen_audit.values import POINTS, Evidence, Finding, Fixable, Status, Tier

_ACTED_ON = (Status.MISSING, Status.PARTIAL)
_COMMANDS: dict[Fixable, str] = {
    Fixable.SAFE: "massgen-audit fix",
    Fixable.UNSAFE: "massgen-audit fix --unsafe",
    Fixable.SCAFFOLD: "massgen-audit fix",
}


def entry(group: Group, anchor: str, rules: dict[str, RuleInfo], options: RenderOptions) -> str:
    """A finding of the list: a line that opens."""
    finding = group.finding
    types = "&#10;".join(map(text, group.backends))
    facts = f'data-v="{finding.status.value}" data-p="{finding.point}" data-tier="{finding.tier.value}"'
    line = (
        f'{chip(finding.status)}<span class="code">{text(finding.code)}</span>'
        f'<span class="said">{marked(finding.message)}</span>'
        f'<span class="whom">{text(group.subject)}</span><code class="place">{text(where(finding.place))}</code>'
    )
    return (
        f'<details class="finding {finding.status.value}" id="{anchor}" {facts} data-types="{types}">'
        f"<summary>{line}</summary>{body(finding, group.backends, rules, options)}</details>"
    )


def body(finding: Finding, types: tuple[str, ...], rules: dict[str, RuleInfo], options: RenderOptions) -> str:
    rule = rules.get(finding.code)
    point = f"{finding.point} {POINTS[finding.point]}" if finding.point in POINTS else "beside the fifteen points"
    why = rule.why if rule else ""
    how = options.remedy(finding.code) if finding.status in _ACTED_ON else ""
    rows = [
        ("Rule", f"{text(finding.slug)}: {marked(options.summary(finding.code))}"),
        ("Point", f"{text(point)} · {text(finding.tier.value)}"),
        ("Judged", f"<code>{text(finding.unit)}</code>"),
        ("Accepted", marked(finding.suppressed_by)),
        ("Evidence", evidence(finding.evidence)),
        ("Why it matters", marked(why)),
        ("How to fix", marked(how[:1].upper() + how[1:])),
    ]
    told = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value)
    return f'<dl>{told}</dl><div class="commands">{"".join(map(command, _lines(finding, types)))}</div>'


def _lines(finding: Finding, types: tuple[str, ...]) -> Iterable[str]:
    """What to type: the fix where there is one, and what explains the verdict."""
    if finding.status in _ACTED_ON and finding.fixable in _COMMANDS:
        chosen = "".join(f" --backend {shlex.quote(name)}" for name in types[:1]) if len(types) == 1 else ""
        yield f"{_COMMANDS[finding.fixable]} --diff{chosen}"
        yield f"{_COMMANDS[finding.fixable]}{chosen}"
    unit = types[0] if types else finding.unit
    yield f"massgen-audit explain {finding.code} {shlex.quote(unit)}"


def evidence(pieces: Iterable[Evidence]) -> str:
    return listed(map(_piece, pieces), "evidence")


def _piece(piece: Evidence) -> str:
    kind = "looked here" if piece.kind == "searched" else piece.kind
    span = piece.span
    lines = f"{where(span)}-{span.end_line}" if span.end_line > span.line else where(span)
    via = listed(map(text, piece.via), "via") if len(piece.via) > 1 else ""
    note = f' <span class="note">{marked(piece.note)}</span>' if piece.note else ""
    return f'<span class="kind {text(piece.kind)}">{text(kind)}</span> <code>{text(lines)}</code>{note}{via}'


def verdict(finding: Finding, rules: dict[str, RuleInfo], options: RenderOptions) -> str:
    """A verdict on the page of a type: short where there is nothing to do, in full where there is."""
    level = " · recommended" if finding.tier is Tier.RECOMMENDED else ""
    head = (
        f'{chip(finding.status)}<span class="code">{text(finding.code)}</span><span class="said">'
        f"{marked(finding.message)}<small>{LABELS[finding.status]}{level}</small></span>"
    )
    if finding.status in (*_ACTED_ON, Status.UNVERIFIABLE, Status.PLANNED, Status.EXEMPT, Status.BASELINED):
        inner = body(finding, (finding.backend,) if finding.backend else (), rules, options)
        return f'<details class="verdict {finding.status.value}" open><summary>{head}</summary>{inner}</details>'
    return f'<div class="verdict {finding.status.value}"><p>{head}</p>{evidence(finding.evidence)}</div>'
