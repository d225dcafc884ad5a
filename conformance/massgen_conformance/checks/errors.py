"""ERR: a failure is said once, in its class; nothing is retried behind the caller's back; stopping means stopping."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import RECORDED, Case, Drive, check, generated, require
from massgen_conformance.checks.timing import content_events
from massgen_conformance.contract import field_of
from massgen_conformance.plan import Ending, Reply, Travel
from massgen_conformance.scenarios import reasoning, text, tools, turns
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run

STATUSES = {
    400: (("bad_request",), False),
    401: (("auth",), False),
    403: (("permission",), False),
    404: (("not_found",), False),
    413: (("bad_request", "context_length", "rate_limit"), None),  # Groq says 413 for a rate limit
    422: (("bad_request",), False),
    429: (("rate_limit",), True),
    500: (("server",), True),
    503: (("overloaded", "server"), True),
    529: (("overloaded", "server"), True),
}
"""HTTP status -> the kinds that describe it, and whether trying again can help (None: depends on the provider)."""

REQUEST_IDS = ("x-request-id", "request-id")
"""Headers that OpenAI and who follows it, and Anthropic, name a request in. https://docs.claude.com/en/api/errors,
https://platform.openai.com/docs/api-reference/debugging-requests
"""

RETRIES = 1
MANY = 8  # refusals that stand ready: more than anybody may ask for
SWEEP = 16  # offsets a scripted stream is cut at
RECORDED_SWEEP = 6  # recordings are many, and each has bytes of its own


@check(
    "ERR-01",
    "An HTTP error is one `error` with its class, status, provider, request id and whether a retry can help.",
    drive=(Drive.FAULT, Drive.SCRIPT),
    catches="every status reported as the same error, so that a bad key is retried and an overload is not",
    cases=tuple(Case(str(status), text.TEXT, value=status) for status in STATUSES),
)
async def http_errors_are_classified(stage: Stage) -> None:
    code = stage.case.value
    kinds, retryable = STATUSES[code]
    headers = (("retry-after", "2"),) if code == 429 else ()
    refusal = stage.speaker.refuse(code, kinds[0], "Refused for the test.", headers)
    run = await stage.first_run(replies=(refusal,), max_retries=0)
    stage.reached(run.wire.requests, "a request")
    require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))
    info = reading.field(run, "error", "error_info")
    for breach in reading.breaches(run, "error"):
        require(False, "a classified error", breach.message, chunk=breach.position)
    require(field_of(info, "kind") in kinds, f"kind {' or '.join(kinds)}", field_of(info, "kind"))
    require(field_of(info, "http_status") == code, f"http_status {code}", field_of(info, "http_status"))
    if retryable is not None:
        require(field_of(info, "retryable") is retryable, f"retryable {retryable}", field_of(info, "retryable"))
    if set(headers) & set(refusal.headers):
        require(field_of(info, "retry_after") == 2, "retry_after 2 seconds", field_of(info, "retry_after"))
    require_request_id(run, refusal)


def require_request_id(run: Run, answer: Reply) -> None:
    """The id under which the provider can look the request up, where the headers of its answer told one. An error that
    names the request itself is believed as well.
    """
    named = next((value for name, value in answer.headers if name.lower() in REQUEST_IDS), None)
    told = field_of(reading.field(run, "error", "error_info"), "request_id")
    believed = bool(told) and str(told).encode() in answer.body
    require(named is None or told == named or believed, f"request_id {named!r}, as the headers said", told)


@check(
    "ERR-02",
    "An error inside a stream whose status is 200 is an error of the right class, with the id of the request.",
    drive=Drive.SCRIPT,
    catches="an error event passed over as an unknown event, so that half an answer looks whole",
    cases=(
        Case("overloaded", turns.OVERLOADED_MIDWAY, value=("overloaded", "server")),
        Case("rate-limit", turns.RATE_LIMITED_MIDWAY, value=("rate_limit",)),
        Case("first", turns.ERROR_FIRST, value=("server", "overloaded")),
        Case("bare", turns.BARE_ERROR, value=("overloaded", "server")),
        Case("at-end", turns.ERROR_AT_END, value=("rate_limit",)),
        Case("and-end", turns.ERROR_AND_END, value=("overloaded", "server")),
    ),
)
async def stream_errors_are_errors(stage: Stage) -> None:
    run = await stage.first_run(max_retries=0)
    require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))
    require(not run.of("complete_message"), "no complete_message of a failed attempt", reading.outline(run))
    kinds = stage.case.value
    require(reading.error_kind(run) in kinds, f"kind {' or '.join(kinds)}", reading.error_kind(run))
    require_request_id(run, stage.reply())


def require_partial_then_error(stage: Stage, run: Run) -> None:
    got = reading.text(run)
    require(run.raised is None, "text, error, done", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))
    require(got and stage.turn.text.startswith(got), f"the beginning of {stage.turn.text!r}", got)


@check(
    "ERR-03",
    "Text that came before an error is delivered, then the error.",
    drive=Drive.FAULT,
    catches="a client that collects the answer and throws it away when the stream breaks",
    cases=(Case("error-event", turns.OVERLOADED_MIDWAY), Case("reset", text.TEXT)),
)
async def partial_text_is_delivered(stage: Stage) -> None:
    if stage.turn.error:
        run = await stage.first_run(max_retries=0)
        require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.text(run))
    else:
        run = await broken_after_content(stage, max_retries=0)
    require_partial_then_error(stage, run)


async def broken_after_content(stage: Stage, *more: Reply, **config: Any) -> Run:
    """The run of a stream that breaks after its first content was seen; `more` are answers to further requests."""
    _, after = content_events(stage)
    broken = replace(stage.reply(), gates=(after,), stop_at=after + 1, ending=Ending.RESET)
    async with stage.perform(broken, *more, **config) as play:
        await play.until("content")
        play.exchange.release()
        return await play.finish()


@check(
    "ERR-04",
    "Nothing is retried once output of the model has been yielded.",
    drive=Drive.FAULT,
    catches="a second full stream after an error in the middle of the first: the user reads the answer twice",
    cases=(
        Case("reset", text.TEXT),
        Case("error-event", turns.OVERLOADED_MIDWAY),
        Case("after-reasoning", reasoning.OVERLOADED_THINKING, value="reasoning"),
    ),
)
async def nothing_is_retried_after_output(stage: Stage) -> None:
    whole = stage.reply_to(text.TEXT)
    if stage.case.value == "reasoning":
        await require_one_request_after_reasoning(stage, whole)
        return
    if stage.turn.error:
        run = await stage.first_run(replies=(stage.reply(), whole, whole), max_retries=2)
    else:
        run = await broken_after_content(stage, whole, whole, max_retries=2)
    stage.reached(run.of("content"), "a content chunk")
    require(len(run.wire.requests) == 1, "one request", f"{len(run.wire.requests)} requests; {reading.outline(run)}")
    require_partial_then_error(stage, run)


async def require_one_request_after_reasoning(stage: Stage, whole: Reply) -> None:
    run = await stage.first_run(replies=(stage.reply(), whole, whole), max_retries=2)
    stage.reached(run.of("reasoning", "reasoning_summary"), "a reasoning chunk")
    require(len(run.wire.requests) == 1, "one request", f"{len(run.wire.requests)} requests; {reading.outline(run)}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))


@check(
    "ERR-05",
    "A retry before the first output is bounded, asks the same again, and begins with nothing of the first attempt.",
    drive=(Drive.FAULT, Drive.METAMORPHIC),
    catches="half of a failed attempt's state in the next one, and a provider that is asked without end",
    cases=(Case("before-output", text.TEXT),),
)
async def a_retry_begins_afresh(stage: Stage) -> None:
    overloaded = stage.speaker.refuse(503, "overloaded", "Refused for the test.", (("retry-after", "0"),))
    inside = content_events(stage)[0] + 12  # half a line of the event with the first text
    cut = replace(stage.reply(), stop_at=inside, ending=Ending.RESET)
    plans = {
        "overloaded, then an answer": (overloaded, stage.reply()),
        "cut off before the first output, then an answer": (cut, stage.reply()),
        "overloaded for good": (overloaded,) * MANY,
    }
    runs = [await stage.first_run(replies=plan, max_retries=RETRIES) for plan in plans.values()]  # alone: see ISO
    plain = await stage.first_run(replies=(stage.reply(),))
    for (where, plan), run in zip(plans.items(), runs, strict=True):
        stage.performed = run
        require_bounded(run, where)
        if len(run.wire.requests) == len(plan):
            require_same_answer(plain, run, where)
        else:
            require(reading.failed(run), "an error, then done with status error", reading.outline(run), where)


def require_bounded(run: Run, where: str) -> None:
    asked = run.wire.requests
    require(run.raised is None, "a stream that ends", f"the generator raised {run.raised!r}", where)
    require(len(asked) <= RETRIES + 1, f"at most {RETRIES + 1} requests", f"{len(asked)} requests", where)
    changed = [number for number, request in enumerate(asked) if request.body != asked[0].body]
    require(not changed, "the same request again", f"another one as number {changed}", where)


def require_same_answer(plain: Run, run: Run, where: str) -> None:
    """The chunks are those of an answer that came at once, but for the counts in `done`: attempts add up."""
    difference = reading.first_difference(reading.transcript(plain)[:-1], reading.transcript(run)[:-1])
    require(not difference, "the chunks of an answer without a retry", difference, where)
    require(reading.status(run) == reading.status(plain), f"status {reading.status(plain)}", reading.status(run), where)


def swept(stage: Stage, end: int) -> tuple[int, ...]:
    """The offsets of a body's `end` bytes at which it is cut: the one of a case that was drawn, else many."""
    if isinstance(stage.case.bend, Travel) and stage.case.bend.stop_at is not None:
        return (stage.case.bend.stop_at,)
    number = min(RECORDED_SWEEP if stage.recorded else SWEEP, end - 1)
    return (0, *sorted(stage.chance(end).sample(range(1, end), number)), end - 1)


def ending_of(stage: Stage) -> Ending:
    drawn = stage.case.bend
    return drawn.ending if isinstance(drawn, Travel) else stage.case.value or Ending.CLEAN_EOF


@check(
    "ERR-09",
    "A stream that is cut at any byte is never a success, never hangs and never raises.",
    drive=(Drive.FAULT, Drive.PROPERTY, Drive.CASSETTE),
    catches="the end of the bytes taken for the end of the answer",
    cases=(
        *(
            Case(f"{scenario.name}-{ending.value.replace('_', '-')}", scenario, value=ending)
            for scenario in (text.TEXT, tools.TEXT_AND_CALL)
            for ending in (Ending.RESET, Ending.CLEAN_EOF)
        ),
        RECORDED,
        generated("broken"),
    ),
)
async def a_cut_is_never_a_success(stage: Stage) -> None:
    body = stage.reply().body
    for offset in swept(stage, len(body.rstrip(b"\r\n"))):
        where = f"cut at byte {offset} of {len(body)}"
        cut = replace(stage.reply(), stop_at=offset, ending=ending_of(stage))
        run = await stage.first_run(replies=(cut,), bend=None)
        require(not run.timed_out, "a stream that ends", "it hung", where)
        require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}", where)
        require(reading.failed(run), "an error, then done with status error", reading.outline(run), where)
        require(not run.of("complete_message"), "no complete_message", reading.outline(run), where)


@check(
    "ERR-11",
    "Cancelling the task cancels the stream: `CancelledError` is not swallowed, and becomes no chunk and no success.",
    drive=Drive.RECHUNKED,
    catches="`except BaseException` around the stream, so that a cancelled agent goes on",
    cases=(Case("midway", text.TEXT), Case("refused", text.TEXT, value=500)),
)
async def cancellation_propagates(stage: Stage) -> None:
    """A refusal hangs inside of its body, which only says what the status has said already."""
    if stage.case.value:
        said = stage.speaker.refuse(stage.case.value, "server", "Refused for the test.")
        hanging = replace(said, gates=(len(said.body) // 2,))
    else:
        hanging = replace(stage.reply(), stop_at=content_events(stage)[1], ending=Ending.HANG)
    async with stage.perform(hanging) as play:
        await (play.until_gate_and_idle(0) if stage.case.value else play.until("content"))
        seen = len(play.run.chunks)
        play.task.cancel()
        await asyncio.wait({play.task}, timeout=stage.guard_seconds)
        require(play.task.done(), "a task that ends when it is cancelled", "it went on")
        after = reading.kinds(play.run)[seen:]
        require(not after, "no chunk after the cancellation", ", ".join(after))
        raised = play.run.raised
        swallowed = "a stream that ended as if nothing had happened" if raised is None else repr(raised)
        require(isinstance(raised, asyncio.CancelledError), "CancelledError, out of the generator", swallowed)
        history = getattr(play.backend, "get_api_call_history", tuple)
        succeeded = [call for call in history() if field_of(call, "success")]
        require(not succeeded, "no success in the history of calls", succeeded)


@check(
    "ERR-12",
    "Closing the generator, or leaving its loop, closes the HTTP response at once.",
    drive=Drive.RECHUNKED,
    catches="a `break` that leaves the response open until the garbage collector comes by: the pool runs dry",
    cases=(Case("aclose", text.TEXT, value="aclose"), Case("break", text.TEXT, value="break")),
)
async def closing_closes_the_response(stage: Stage) -> None:
    hanging = replace(stage.reply(), stop_at=content_events(stage)[1], ending=Ending.HANG)
    async with stage.perform(hanging, begin=False) as play:
        await play.first_content_then(stage.case.value)
        left = asyncio.ensure_future(play.exchange.closed_by_client())
        done, _ = await asyncio.wait({left}, timeout=stage.guard_seconds)
        left.cancel()
        require(done, "a response that is closed", f"it was still open {stage.guard_seconds} s later")
