"""ERR, continued: what never became an answer, and what the provider will not say, are told for what they are."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from massgen_conformance import reading
from massgen_conformance.cassette.endpoints import variables_of
from massgen_conformance.check import Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.waits import context_refusal
from massgen_conformance.contract import field_of
from massgen_conformance.driver import Play
from massgen_conformance.plan import Plan, Refusal, Reply
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import Scenario, Turn
from massgen_conformance.scenarios import text, turns
from massgen_conformance.speakers.documented_errors import documented
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Run

TRACEBACK = "Traceback (most recent call last)"
BAD_GATEWAY = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
AS_JSON = b'{"error": {"message": "The model is overloaded.", "type": "server_error", "code": 503}}'

NOBODY = "http://nobody.invalid"  # RFC 2606: a name that nobody can have
ANY_SERVER = "chatcompletion"  # a plain server: one's own asks for no key

THEIRS = ("server", "overloaded", "malformed", "incomplete", "connection")
"""Kinds of failures that are nobody's fault but the provider's, or that of who stands between."""

REFUSALS = {
    401: "auth",
    402: "quota",
    403: "permission",
    404: "not_found",
    422: "bad_request",
    429: "rate_limit",
    500: "server",
    503: "overloaded",
    504: "timeout",
}

ADVICE: dict[str, tuple[str, ...]] = {
    "auth": ("key", "token", "credential"),
    "permission": ("access", "permission", "account"),
    "not_found": ("model", "url", "address", "endpoint"),
    "bad_request": ("change", "correct", "fix", "check"),
    "context_length": ("short", "fewer", "smaller", "compress"),
    "rate_limit": ("later", "slow", "wait", "again", "retry"),
    "quota": ("quota", "credit", "billing", "balance", "plan"),
    "overloaded": ("later", "wait", "again", "retry"),
    "server": ("later", "wait", "again", "retry"),
    "timeout": ("timeout", "later", "again", "retry"),
    "connection": ("network", "url", "address", "again", "retry"),
    "incomplete": ("again", "retry", "network"),
    "malformed": ("again", "retry", "url"),
    "content_filter": ("change", "rephrase", "remove", "different"),
}
"""Class of a failure -> words of which one is in a sentence that says what to do about it."""

SILENT_FILTER = Scenario("content-filter-silent", (Turn((), finish="content_filter"),))


def require_failure(run: Run) -> None:
    require(not run.timed_out, "a stream that ends", "it hung")
    require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))


@check(
    "ERR-08",
    "A provider that cannot be reached is an `error` that says so: no such name, refused, no TLS, reset, or closed.",
    drive=Drive.FAULT,
    catches="a traceback in the place of an answer, when the server is not there",
    cases=tuple(Case(name, text.TEXT, value=name) for name in ("name", "refused", "tls", "reset", "closed")),
)
async def no_connection_is_an_error(stage: Stage) -> None:
    way, player = stage.case.value, stage.theatre.player
    origins = {"name": NOBODY, "refused": player.refusing_url(), "tls": f"https://{player.origin.partition('//')[2]}"}
    elsewhere: dict[str, Any] = {"base_url": origins[way] + stage.subject.base_path} if way in origins else {}
    with unknown_to_the_resolver(urlsplit(NOBODY).hostname):
        async with stage.perform(Refusal(reset=way == "reset"), **elsewhere) as play:
            run = await play.finish()
    require_failure(run)
    kinds = ("connection", "incomplete")
    require(reading.error_kind(run) in kinds, f"kind {' or '.join(kinds)}", reading.error_kind(run))
    said = str(reading.field(run, "error", "error"))
    require(TRACEBACK not in said, "a sentence", said)


@contextmanager
def unknown_to_the_resolver(name: str | None) -> Iterator[None]:
    """Looking this name up fails at once, as a resolver would say after a while."""
    look_up = socket.getaddrinfo

    def refuse(host: Any, *arguments: Any, **options: Any) -> Any:
        asked = host.decode() if isinstance(host, bytes) else host
        if asked == name:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *arguments, **options)

    setattr(socket, "getaddrinfo", refuse)  # noqa: B010  # mypy refuses an assignment to a function
    try:
        yield
    finally:
        setattr(socket, "getaddrinfo", look_up)  # noqa: B010


@check(
    "ERR-10",
    "A body that is no stream is an error: a proxy's page, or an error object behind status 200.",
    drive=Drive.FAULT,
    catches="an answer without a word, when a gateway sends its own page or a JSON error with status 200",
    cases=(
        Case("page-502", text.TEXT, value=(502, "text/html", BAD_GATEWAY)),
        Case("page-200", text.TEXT, value=(200, "text/html", BAD_GATEWAY)),
        Case("json-200", text.TEXT, value=(200, "application/json", AS_JSON)),
    ),
)
async def another_body_is_an_error(stage: Stage) -> None:
    status, kind, body = stage.case.value
    run = await stage.first_run(replies=(Reply((body,), status, (("content-type", kind),), sized=True),))
    require_failure(run)
    require(not run.of("complete_message"), "no complete_message", reading.outline(run))
    require(reading.error_kind(run) in THEIRS, f"kind {' or '.join(THEIRS)}", reading.error_kind(run))


@check(
    "ERR-15",
    "A filter that stops the answer is said in the status, also when the model had not said a word.",
    drive=Drive.SCRIPT,
    catches="an empty answer that looks like a short one, because the filter left no text",
    cases=(
        Case("silent", SILENT_FILTER),
        Case("after-text", turns.FINISHES["content_filter"]),
        Case("prompt", turns.BLOCKED),
    ),
)
async def filters_are_explicit(stage: Stage) -> None:
    run = await stage.first_run()
    require(run.raised is None, "a stream that ends", f"the generator raised {run.raised!r}")
    told = reading.status(run) in ("content_filter", "refusal") or reading.error_kind(run) == "content_filter"
    require(told, "status content_filter, or an error of that kind", f"{reading.status(run)}; {reading.outline(run)}")


@check(
    "ERR-17",
    "A missing key is told before anything is sent, in words that name the key.",
    drive=Drive.UNIT,
    catches="a request with `Bearer None`, and an error about authentication after seconds of retries",
    cases=(Case("empty", text.TEXT),),
)
async def a_missing_key_fails_fast(stage: Stage) -> None:
    profile = PROVIDERS.get(stage.subject.provider.partition("-")[0])  # a type's other wire asks for the same key
    if profile is None or profile.key_optional or profile.name == ANY_SERVER:
        raise NotApplicable(f"{stage.subject.provider} may be a server that asks for no key")
    plan = Plan((stage.reply(),))
    with (
        stage.theatre.player.exchange(plan, lifetime=stage.guard_seconds) as exchange,
        _hidden(variables_of(stage.subject.provider)),
    ):
        base_url = exchange.base_url + stage.subject.base_path
        try:
            backend = stage.subject.factory(
                provider=stage.subject.provider, base_url=base_url, api_key="", model=stage.subject.model
            )
        except Exception as problem:
            require("key" in str(problem).lower(), "an error that names the key", repr(problem))
            return
        run = await Play(backend, exchange, stage.guard_seconds).observe(list(stage.scenario.messages), [])
    require(not run.wire.requests, "no request without a key", f"{len(run.wire.requests)} requests")
    said = repr(run.raised) if run.raised is not None else str(reading.field(run, "error", "error"))
    require("key" in said.lower(), "an error that names the key", said)


@contextmanager
def _hidden(names: Iterable[str]) -> Iterator[None]:
    """Without these variables in the environment: a developer's own key must not stand for the missing one."""
    held = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(held)


@check(
    "ERR-18",
    "An error in a provider's own form (a number, a sentence, a page) is of the class that its documents say.",
    drive=(Drive.FAULT, Drive.SCRIPT),
    catches="an empty account and a daily quota taken for a rate limit and asked again all night, by their status 429",
    cases=(Case("documented", text.TEXT),),
)
async def documented_errors_are_classified(stage: Stage) -> None:
    for where, known in documented(stage.subject.provider, stage.subject.wire).items():
        run = await stage.first_run(replies=(known.reply(stage.subject.wire),), max_retries=0)
        require_failure(run)
        info = reading.field(run, "error", "error_info")
        told, retryable = field_of(info, "kind"), field_of(info, "retryable")
        require(told in known.kinds, f"kind {' or '.join(known.kinds)}", told, where)
        require(known.retryable in (None, retryable), f"retryable {known.retryable}", retryable, where)
        if known.status is not None and known.status >= 300:
            status = field_of(info, "http_status")
            require(status == known.status, f"http_status {known.status}", status, where)


@check(
    "ERR-19",
    "The message of an error says what to do about it, in words that the provider did not put there.",
    drive=Drive.FAULT,
    level=Level.SHOULD,
    catches="`HTTP 402` before somebody who would only have to top up the account",
    cases=(Case("each-kind", text.TEXT),),
)
async def errors_say_what_to_do(stage: Stage) -> None:
    refuse, said = stage.speaker.refuse, "Refused for the test."
    answers = [refuse(status, kind, said) for status, kind in REFUSALS.items()]
    answers += [refuse(*context_refusal(stage)), refuse(400, "content_filter", said)]
    broken = [Refusal(), stage.reply().with_(stop_at=0), Reply((BAD_GATEWAY,), 200, (("content-type", "text/html"),))]
    for answer in (*answers, *broken):
        run = await stage.first_run(replies=(answer,), max_retries=0)
        require_failure(run)
        kind = reading.error_kind(run)
        own = without(words_of(answer), str(reading.field(run, "error", "error")))
        advised = any(word in own.lower() for word in ADVICE.get(kind, ("",)))
        require(advised, f"what to do: {', '.join(ADVICE.get(kind, ()))}", own, kind)


def without(words: Iterable[str], message: str) -> str:
    for word in sorted(words, key=len, reverse=True):
        message = message.replace(word, "") if word else message
    return message


def words_of(answer: Reply | Refusal) -> list[str]:
    """Every text in the JSON of an answer."""
    try:
        return list(_texts(json.loads(answer.body))) if isinstance(answer, Reply) else []
    except ValueError:
        return []


def _texts(value: JSON) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _texts(each)
