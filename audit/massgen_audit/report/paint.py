"""Lines of styled segments to a string; the terminal library is imported only when colour is wanted."""

from __future__ import annotations

from massgen_audit.values import Status

# A line is its segments: (text, style), where the style is a name that rich understands or "".
Line = list[tuple[str, str]]

STYLES: dict[Status, str] = {
    Status.PRESENT: "green",
    Status.PARTIAL: "yellow",
    Status.MISSING: "bold red",
    Status.PLANNED: "cyan",
    Status.NOT_APPLICABLE: "dim",
    Status.UNVERIFIABLE: "magenta",
    Status.EXEMPT: "dim",
    Status.BASELINED: "dim",
}


def plain(text: str) -> Line:
    return [(text, "")]


def paint(lines: list[Line], *, colour: bool) -> str:
    """The lines as text, each ended by a newline, without trailing spaces."""
    if not colour:
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
    return _coloured(lines)


def _coloured(lines: list[Line]) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", highlight=False, legacy_windows=False)
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)
    return out.getvalue()
