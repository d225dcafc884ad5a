"""What comes before the first check: can the subject be made, does it ask its provider, does it end?

A subject that cannot do that fails every check for the same reason, and one that hangs would take its time over each
of them. It is asked once, and the reason stands for all.
"""

from __future__ import annotations

from massgen_conformance import reading
from massgen_conformance.check import Case, NotTestable
from massgen_conformance.scenarios import text
from massgen_conformance.stage import Stage, Theatre
from massgen_conformance.subject import UnmadeBackend

PLAINEST = Case("opening", text.TEXT)


async def unfit(theatre: Theatre) -> str:
    """Why nothing can be tested on this subject; empty when it can. The run is one that checks share."""
    try:
        run = (await Stage(theatre, PLAINEST).watch())[0]
    except (NotTestable, UnmadeBackend) as reason:
        return str(reason)
    if run.timed_out:
        return (
            f"the subject was still busy with the plainest answer when its time was over; seen: {reading.outline(run)}"
        )
    return ""
