"""The report as one HTML file without outside resources: what is missing first, the matrix, the findings, and a page
for each type with every verdict and its evidence.

The pages of the types are sections that their anchor opens (`#groq`, `#groq:4`): the file works without scripts, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from massgen_audit.report.html_finding import entry, verdict
from massgen_audit.report.html_parts import (
    SHORT,
    WORST_FIRST,
    Anchors,
    anchors,
    chip,
    counted,
    file_of,
    listed,
    marked,
    text,
)
from massgen_audit.report.options import ATTENTION, RenderOptions, RuleInfo
from massgen_audit.report.order import Group, backends, cells, groups, ordered, since_words
from massgen_audit.report.wording import LABELS, SYMBOLS
from massgen_audit.values import POINTS, Audit, BackendAudit, Finding, Status, Tier, worst

_KINDS = 8  # of finding that are told by how many types have them
_KEYS = "/ to the filter · arrows in the table · Enter opens · Esc back, or everything again"
_BESIDE = 0  # the point of what concerns a type and none of the fifteen


def render(audit: Audit, options: RenderOptions) -> str:
    ids = anchors(audit)
    rules = {rule.code: rule for rule in options.rules}
    shown = groups(audit, options.show or ATTENTION)
    found = sorted(shown, key=lambda group: WORST_FIRST.index(group.finding.status))
    sections = [
        _head(audit, found),
        _unread(audit),
        _first(audit, ids),
        _matrix(audit, ids),
        _findings(found, ids, rules, options),
    ]
    main = "\n".join(section for section in sections if section)
    pages = "\n".join(_pages(audit, ids, rules, options))
    return file_of("Backend audit", f'<main id="top">\n{main}\n</main>\n{pages}')


def _head(audit: Audit, found: list[Group]) -> str:
    open_ones = [group for group in found if group.finding.status in ATTENTION]
    state = counted(len(open_ones), "finding") if open_ones else "all good"
    since = f'<p class="facts">{text(since_words(audit, ATTENTION))}</p>' if audit.since else ""
    return (
        f'<header><h1>Backend audit <span class="state {"open" if open_ones else "good"}">{state}</span></h1>'
        f'<p class="facts">{text(audit.layout)}</p>{since}{_bar(audit)}</header>'
    )


def _bar(audit: Audit) -> str:
    """The cells of the matrix as parts of one bar, with their numbers under it."""
    counts = cells(audit)
    used = [status for status in reversed(WORST_FIRST) if counts[status]]
    parts = "".join(f'<i class="{status.value}" style="flex-grow:{counts[status]}"></i>' for status in used)
    keys = listed((f"{chip(status)} <strong>{counts[status]}</strong> {LABELS[status]}" for status in used), "legend")
    return f'<div class="bar" aria-hidden="true">{parts}</div>{keys}'


def _unread(audit: Audit) -> str:
    rows = (f"Could not be read: <code>{text(path)}</code>: {text(why)}" for path, why in sorted(audit.unreadable))
    return listed(rows, "problems")


def _first(audit: Audit, ids: Anchors) -> str:
    """What is missing, type by type, those with most to do first; then which kinds of finding most types have."""
    lacking = [(backend, found) for backend in backends(audit) if (found := _open(backend))]
    if not audit.backends:
        return "<p>No backend types found.</p>"
    if not lacking:
        return "<section><h2>What is missing</h2><p>Every point that applies is in place.</p></section>"
    lacking.sort(key=lambda pair: [-sum(s is status for s in pair[1].values()) for status in WORST_FIRST[:4]])
    rows = "".join(_row_of_missing(backend, found, ids) for backend, found in lacking)
    whole = [backend for backend in backends(audit) if not _open(backend)]
    links = ", ".join(f'<a href="#{ids.of(("type", item.type), "")}">{text(item.type)}</a>' for item in whole)
    complete = f'<p class="complete">Complete: {links}</p>' if whole else ""
    return f'<section><h2>What is missing</h2><ul class="missing-first">{rows}</ul>{complete}{_common(audit)}</section>'


def _open(backend: BackendAudit) -> dict[int, Status]:
    """Its points that ask for something, with their status; what is beside the points counts where it fails a run."""
    told = {number: backend.point(number) for number in POINTS}
    found = [f.status for f in backend.findings if f.point not in POINTS and f.tier is not Tier.RECOMMENDED]
    told[_BESIDE] = worst(found)
    return {number: status for number, status in told.items() if status in ATTENTION}


def _row_of_missing(backend: BackendAudit, found: dict[int, Status], ids: Anchors) -> str:
    anchor = ids.of(("type", backend.type), "")
    points = sorted(found.items(), key=lambda pair: (WORST_FIRST.index(pair[1]), pair[0] == _BESIDE, pair[0]))
    links = "".join(_tag(anchor, number, status) for number, status in points)
    name = f'<a class="name" href="#{anchor}">{text(backend.type)}</a>'
    served = f'<span class="class">{text(backend.cls)}</span>'
    return f'<li data-type="{text(backend.type)}">{name}{served}<span class="tags">{links}</span></li>'


def _tag(anchor: str, number: int, status: Status) -> str:
    named = f"{number} {SHORT[number]}" if number in POINTS else "beside the points"
    told = f"{POINTS.get(number, named)}: {LABELS[status]}"
    link = f'href="#{_at(anchor, number)}" title="{text(told)}"'
    return f'<a class="tag {status.value}" {link}>{SYMBOLS[status]} {named}</a>'


def _at(anchor: str, point: int) -> str:
    return f"{anchor}:{point or 'beside'}"


def _common(audit: Audit) -> str:
    types: dict[str, set[str]] = {}
    slugs: dict[str, Finding] = {}
    for finding in audit.findings():
        if finding.status in (Status.MISSING, Status.PARTIAL) and finding.tier is not Tier.RECOMMENDED:
            types.setdefault(finding.code, set()).add(finding.backend)
            slugs.setdefault(finding.code, finding)
    often = Counter({code: len(names) for code, names in types.items() if len(names) > 1})
    rows = (
        f'<button type="button" class="kind-of" data-words="{text(code)}"><strong>{text(code)}</strong> '
        f"{text(slugs[code].slug)} <small>{number} types</small></button>"
        for code, number in sorted(often.items(), key=lambda pair: (-pair[1], pair[0]))[:_KINDS]
    )
    told = "".join(rows)
    return f'<div class="often" hidden><h3>Most often</h3>{told}</div>' if told else ""


def _matrix(audit: Audit, ids: Anchors) -> str:
    if not audit.backends:
        return ""
    heads = "".join(
        f'<th scope="col" data-p="{number}" title="{number} {text(name)}"><span>{number} {SHORT[number]}</span></th>'
        for number, name in POINTS.items()
    )
    rows = "\n".join(_row(backend, ids) for backend in backends(audit))
    named = listed((f"{number} {text(name)}" for number, name in POINTS.items()), "points")
    return (
        f"<section><h2>Types by points</h2>{_filter(audit)}"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Types by points"><table class="matrix"><thead><tr>'
        f'<th scope="col">type</th>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table></div>'
        f"<details><summary>The fifteen points, and the keys</summary>{named}<p>{_KEYS}</p></details></section>"
    )


def _filter(audit: Audit) -> str:
    """The controls, which a script brings to life: for the matrix and the findings."""
    used = {finding.status for finding in audit.findings()}
    buttons = "".join(
        f'<button type="button" data-v="{status.value}" aria-pressed="true">{SYMBOLS[status]} {LABELS[status]}</button>'
        for status in WORST_FIRST
        if status in used
    )
    points = [(str(number), f"{number} {SHORT[number]}") for number in POINTS]
    types = [(name, name) for name in sorted({backend.type for backend in audit.backends})]
    choices = (
        _select("type", "all types", types)
        + _select("point", "all points", [*points, (str(_BESIDE), "beside the points")])
        + _select("tier", "all levels", [(tier.value, tier.value) for tier in Tier])
    )
    search = '<input id="find" type="search" placeholder="filter: MG201, groq, export ...  ( / )" aria-label="filter">'
    return f'<form class="filter" hidden>{search}{choices}{buttons}</form>'


def _select(name: str, every: str, choices: list[tuple[str, str]]) -> str:
    options = "".join(f'<option value="{text(value)}">{text(label)}</option>' for value, label in choices)
    return f'<select id="{name}" aria-label="{name}"><option value="">{every}</option>{options}</select>'


def _row(backend: BackendAudit, ids: Anchors) -> str:
    anchor = ids.of(("type", backend.type), "")
    link = f'<a href="#{anchor}" title="{text(f"{backend.type}: {backend.cls}")}">{text(backend.type)}</a>'
    tiles = "".join(_cell(backend, number, anchor) for number in POINTS)
    return f'<tr class="row" data-type="{text(backend.type)}"><th scope="row">{link}</th>{tiles}</tr>'


def _cell(backend: BackendAudit, number: int, anchor: str) -> str:
    status = backend.point(number)
    found = [finding for finding in ordered(backend.findings) if finding.point == number]
    reasons = (f"{item.code} {LABELS[item.status]}: {item.message}" for item in found)
    name = text(f"{backend.type}, {POINTS[number]}: {LABELS[status]}")
    title = "&#10;".join((name, *map(text, reasons)))
    link = f'<a href="#{_at(anchor, number)}" aria-label="{name}" title="{title}">{SYMBOLS[status]}</a>'
    return f'<td data-p="{number}" data-v="{status.value}" class="{status.value}">{link}</td>'


def _findings(found: list[Group], ids: Anchors, rules: dict[str, RuleInfo], options: RenderOptions) -> str:
    if not found:
        return ""
    rows = "\n".join(
        entry(group, ids.of(group, f"{group.finding.code}-{(*group.backends, group.finding.unit)[0]}"), rules, options)
        for group in found
    )
    return (
        f'<section><h2>Findings <small id="left">{len(found)}</small></h2>'
        f'<div class="findings">{rows}</div><p id="none" hidden>Nothing is left by this filter.</p></section>'
    )


def _pages(audit: Audit, ids: Anchors, rules: dict[str, RuleInfo], options: RenderOptions) -> Iterator[str]:
    """Every verdict about each type, point by point."""
    types = backends(audit)
    links = [(ids.of(("type", backend.type), ""), text(backend.type)) for backend in types]
    for number, backend in enumerate(types):
        beside = "".join(f'<a href="#{at}">← {name}</a>' for at, name in links[:number][-1:])
        beside += "".join(f'<a href="#{at}">{name} →</a>' for at, name in links[number + 1 :][:1])
        anchor, name = links[number]
        served = f"{text(backend.cls)} in <code>{text(backend.file)}</code>" if backend.cls else "no class serves it"
        parts = "\n".join(_points(backend, anchor, rules, options))
        yield (
            f'<section class="backend" id="{anchor}"><nav><a href="#top">↑ all types</a>{beside}</nav>'
            f'<h2>{name}</h2><p class="facts">{served}</p>{parts}</section>'
        )


def _points(backend: BackendAudit, anchor: str, rules: dict[str, RuleInfo], options: RenderOptions) -> Iterator[str]:
    by_point: dict[int, list[Finding]] = {}
    for finding in ordered(backend.findings):
        by_point.setdefault(finding.point, []).append(finding)
    for number in (*POINTS, _BESIDE):
        found = by_point.get(number, [])
        if not found and number == _BESIDE:
            continue
        title = f"{number} {marked(POINTS[number])}" if number in POINTS else "Beside the fifteen points"
        sign = chip(backend.point(number)) if number in POINTS else ""
        told = "".join(verdict(finding, rules, options) for finding in found) or "<p>No rule judged it.</p>"
        yield f'<section class="point" id="{_at(anchor, number)}"><h3>{sign}{title}</h3>{told}</section>'
