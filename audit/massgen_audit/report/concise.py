"""One `path:line: CODE subject: message` a line: what editors and grep understand."""

from __future__ import annotations

from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import groups
from massgen_audit.report.wording import one_line, where
from massgen_audit.values import Audit


def render(audit: Audit, options: RenderOptions) -> str:
    lines = sorted(
        (group.finding.place, f"{group.finding.code} {group.subject}: {group.finding.message}")
        for group in groups(audit, options.show or ATTENTION)
    )
    unread = [f"{one_line(path)}:1: unreadable: {one_line(why)}" for path, why in sorted(audit.unreadable)]
    return "".join(
        f"{line}\n" for line in [*(f"{one_line(where(at))}: {one_line(text)}" for at, text in lines), *unread]
    )
