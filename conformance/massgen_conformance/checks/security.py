"""SEC: the key is seen by its provider and by nobody else."""

from __future__ import annotations

import traceback
from types import TracebackType

from massgen_conformance import reading
from massgen_conformance.bends import cut, html, refused
from massgen_conformance.cassette.forms import forms
from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.contract import FIELD_TYPES, field_of
from massgen_conformance.plan import Ending, Reply
from massgen_conformance.scenarios import text
from massgen_conformance.stage import KEY, Stage
from massgen_conformance.trace import Run

SLICE = 12
ECHO = b'{"error": {"message": "Incorrect API key provided: %s.", "type": "invalid_request_error"}}' % KEY.encode()


def echoing(reply: Reply) -> Reply:
    """A provider that repeats the key that it refuses, as some do."""
    return Reply((ECHO,), 401, (("content-type", "application/json"),), sized=True)


def leaks(place: str, value: str) -> list[str]:
    """In which forms the key, or a part of it, stands in a text."""
    found = [f"{place} holds the key ({form})" for form, written in forms(KEY).items() if written in value.encode()]
    slices = {KEY[start : start + SLICE] for start in range(len(KEY) - SLICE + 1)}
    if not found and any(part in value for part in slices):
        found.append(f"{place} holds {SLICE} characters of the key")
    return found


def places(run: Run, backend: object) -> dict[str, str]:
    """Everything that a run shows to somebody, by where it is shown."""
    shown = {f"chunk {timed.index}": _fields(timed.chunk) for timed in run.chunks}
    shown |= {f"log record {number}": record for number, record in enumerate(run.logs)}
    shown["repr(backend)"] = f"{backend!r} {backend}"
    if run.raised is not None:
        shown["exception"] = "".join(traceback.format_exception(run.raised))
        shown["traceback locals"] = _locals(run.raised.__traceback__, backend)
    return shown


def _fields(chunk: object) -> str:
    return repr({name: field_of(chunk, name) for name in (*FIELD_TYPES, "source")}) + repr(chunk)


def _locals(trace: TracebackType | None, backend: object) -> str:
    """The representation of every local of the frames below the kit's own."""
    shown = []
    while trace is not None:
        frame = trace.tb_frame
        if "massgen_conformance" not in str(frame.f_globals.get("__name__")):
            shown += [repr(value) for value in frame.f_locals.values() if value is not backend]
        trace = trace.tb_next
    return " ".join(shown)


@check(
    "SEC-01",
    "The key, in any encoding and any 12 characters of it, is in no chunk, log record, exception or repr.",
    drive=(Drive.FAULT, Drive.CASSETTE),
    catches="a key in an exception's text, shown to the model as a tool result",
    cases=(
        Case("text", text.TEXT),
        Case("echoed-401", text.TEXT, echoing),
        Case("refused", text.TEXT, refused),
        Case("html", text.TEXT, html),
        Case("reset", text.TEXT, cut(Ending.RESET)),
    ),
)
async def the_key_is_not_shown(stage: Stage) -> None:
    async with stage.perform(stage.reply(bend=stage.case.bend), max_retries=0) as play:
        run = await play.finish()
    stage.reached(run.wire.requests, "a request")
    sent = "".join(repr(request.headers) + request.target for request in run.wire.requests)
    stage.reached(KEY in sent, "a request that carries the key")
    found = [leak for place, value in places(run, play.backend).items() for leak in leaks(place, value)]
    require(not found, "the key nowhere but in the request", "; ".join(found), reading.outline(run))


@check(
    "SEC-02",
    "The key travels in a header, not in the URL.",
    drive=Drive.SCRIPT,
    catches="`?key=` in a URL that every proxy writes to its log",
    cases=(Case("text", text.TEXT),),
)
async def the_key_is_in_a_header(stage: Stage) -> None:
    run = await stage.first_run()
    stage.reached(run.wire.requests, "a request")
    for request in run.wire.requests:
        found = leaks("the URL", request.target)
        require(not found, "a URL without the key", "; ".join(found))
        carrying = [name for name, value in request.headers if KEY in value]
        require(carrying, "a header with the key", ", ".join(name for name, _ in request.headers))
