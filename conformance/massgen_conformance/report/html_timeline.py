"""A run drawn: the bytes on the wire as steps, and under them the chunks that the backend made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final, TypeAlias

Moment: TypeAlias = dict[str, Any]

NARROW, WIDE, SPAN = 24, 72, 780  # from one moment to the next, and what few of them fill
LEFT, TOP, GROUND, LANE, HEIGHT = 62, 26, 104, 138, 158
COLORS: Final = ("content", "reasoning", "tool_calls", "complete_message", "done", "error")
"""Chunk types with a colour of their own, which names beginning like them share."""


def drawing(moments: Sequence[Moment]) -> str:
    """The picture and, under it, every moment as a line; empty without moments."""
    if not moments:
        return ""
    legend = "".join(f"<li><i class='dot {kind}'></i>{kind}</li>" for kind in _kinds(moments))
    return (
        "<figure class=timeline><figcaption>What was on the wire when each chunk came, in the order of events"
        f"</figcaption><div class=scroll tabindex=0>{_picture(moments)}</div><ul class=legend>{legend}</ul>"
        f"<details open><summary>{len(moments)} moments</summary><ol class=ladder>{''.join(map(_line, moments))}</ol>"
        "</details></figure>"
    )


def _kinds(moments: Sequence[Moment]) -> list[str]:
    return list(dict.fromkeys(color_of(moment["title"]) for moment in moments if moment["kind"] == "chunk"))


def color_of(kind: str) -> str:
    """The class of a chunk type: `reasoning_summary_done` looks like reasoning."""
    return next((color for color in COLORS if kind.startswith(color)), "other")


def _picture(moments: Sequence[Moment]) -> str:
    total = max(1, *(moment.get("wire", 0) for moment in moments))
    step = max(NARROW, min(WIDE, SPAN // (len(moments) + 1)))
    width = LEFT + step * (len(moments) + 1)
    points = list(_heights(moments, total, step))
    marks = "".join(_mark(moment, x, y) for moment, (x, y) in zip(moments, points, strict=True))
    return (
        f"<svg viewBox='0 0 {width} {HEIGHT}' width={width} height={HEIGHT} role=img "
        f"aria-label='{len(moments)} moments, {total} bytes'>"
        f"<text class=axis x={LEFT - 6} y={TOP + 4} text-anchor=end>{_bytes(total) if total > 1 else ''}</text>"
        f"<text class=axis x={LEFT - 6} y={GROUND} text-anchor=end>wire</text>"
        f"<text class=axis x={LEFT - 6} y={LANE + 4} text-anchor=end>chunks</text>"
        f"<line class=rule x1={LEFT} x2={width} y1={LANE} y2={LANE} />"
        f"<path class=sent d='{_steps(points, width)}' />{marks}</svg>"
    )


def _bytes(count: int) -> str:
    return f"{count} B" if count < 10_000 else f"{count // 1000} kB"


def _heights(moments: Sequence[Moment], total: int, step: int) -> Iterator[tuple[int, float]]:
    """Where each moment stands, and how high the wire was by then."""
    sent = 0
    for number, moment in enumerate(moments, 1):
        if moment["kind"] in ("wire", "gap"):
            sent = max(sent, moment.get("wire", 0))
        yield LEFT + step * number, round(GROUND - (GROUND - TOP) * sent / total, 1)


def _steps(points: Sequence[tuple[int, float]], width: int) -> str:
    drawn = [f"M{LEFT} {GROUND}"]
    for x, y in points:
        drawn.append(f"H{x} V{y}")
    return " ".join([*drawn, f"H{width} V{GROUND} Z"])


def _mark(moment: Moment, x: int, y: float) -> str:
    kind, told = moment["kind"], f"<title>{escape(_told(moment))}</title>"
    if kind == "chunk":
        fault = f"<circle class=fault cx={x} cy={LANE} r=11 />" if moment.get("fault") else ""
        stem = f"<line class='stem{' at-fault' if fault else ''}' x1={x} x2={x} y1={y} y2={LANE - 7} />"
        return f"<g>{told}{stem}{fault}<circle class='dot {color_of(moment['title'])}' cx={x} cy={LANE} r=6 /></g>"
    if kind == "wire":
        return f"<g>{told}<circle class=write cx={x} cy={y} r=3 /></g>"
    if kind == "request":
        return f"<g>{told}<path class=ask d='M{x - 5} {TOP - 16} h10 l-5 9 z' /></g>"
    if kind == "cut":
        return f"<g>{told}<path class=cut d='M{x - 5} {y - 5} l10 10 m-10 0 l10 -10' /></g>"
    if kind == "end":
        return f"<g>{told}<path class=cut d='M{x - 5} {LANE - 5} l10 10 m-10 0 l10 -10' /></g>"
    return f"<g>{told}<text class=axis x={x} y={LANE + 4} text-anchor=middle>…</text></g>"


def _told(moment: Moment) -> str:
    return "\n".join(part for part in (f"{_time(moment)} {moment['title']}", moment.get("text", "")) if part)


def _time(moment: Moment) -> str:
    return f"{moment.get('at', 0.0) * 1000:.1f} ms"


def _line(moment: Moment) -> str:
    text = f"<q>{escape(moment['text'].rstrip())}</q>" if moment.get("text") else ""
    dot = f"<i class='dot {color_of(moment['title'])}'></i>" if moment["kind"] == "chunk" else ""
    fault = "<em>at fault</em>" if moment.get("fault") else ""
    marked = " faulty" if fault else ""
    return (
        f"<li class='{moment['kind']}{marked}'><time>{_time(moment)}</time>"
        f"<div><b>{dot}{escape(moment['title'])}</b>{fault}{text}</div></li>"
    )
