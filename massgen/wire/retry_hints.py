"""How long a provider asks to wait, and whether it says itself that trying again helps. Pure: no clock.

The explicit hints come first: `retry-after-ms`, `retry-after` (seconds or an HTTP date), Gemini's `RetryInfo`,
OpenRouter's `availability`. Where a refusal has none, the window that is used up says when it opens again
(`x-ratelimit-reset-*` beside a `-remaining-*` of 0): a Go duration at OpenAI and Groq, seconds at Cerebras, a time at
Anthropic (RFC 3339) and OpenRouter (milliseconds since 1970).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

Json = Any

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:h|ms|m|us|µs|ns|s))+")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_EPOCH_MILLISECONDS = 1e11  # no wait is that many seconds


def retry_after(headers: Mapping[str, str], error: Json = None, *, now: float | None = None) -> float | None:
    """Seconds the provider asks us to wait, or None. `headers` have lower-case names, `error` is the parsed body.

    `now` is a POSIX time for the forms that name a moment; without it the response's own `date` header is used.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000.0
    stamp = headers.get("retry-after")
    if stamp is not None:
        seconds = _number(stamp)
        return seconds if seconds is not None else _until(stamp, headers, now)
    hint = _in_body(error)
    return hint if hint is not None else _reset(headers, now)


def verdict(headers: Mapping[str, str], error: Json = None) -> bool | None:
    """Whether the server says that trying again helps: `x-should-retry` (OpenAI, Anthropic), `availability.retryable`
    (OpenRouter). None where it says nothing.
    """
    said = headers.get("x-should-retry")
    if said in ("true", "false"):
        return said == "true"
    availability = _mapping(inner_error(error).get("availability"))
    retryable = availability.get("retryable")
    return retryable if isinstance(retryable, bool) else None


def is_daily_quota(error: Json) -> bool:
    """Whether Gemini's `QuotaFailure` names a limit of a day: it is over when the day is, whatever `retryDelay` says.

    The rule of Google's own CLI (google-gemini/gemini-cli, `googleQuotaErrors.ts`).
    """
    for entry in _details(error):
        violations = entry.get("violations")
        for violation in violations if isinstance(violations, list) else ():
            quota = str(_mapping(violation).get("quotaId"))
            if "PerDay" in quota or "Daily" in quota:
                return True
    return False


def unlisted(error: Json) -> Json:
    """Gemini wraps its error in a list where the stream is a JSON array."""
    return next(iter(error), None) if isinstance(error, list) else error


def inner_error(error: Json) -> Mapping[str, Json]:
    """The `error` member of a body, the body itself where it has none, and nothing for any other shape."""
    body = _mapping(unlisted(error))
    return body["error"] if isinstance(body.get("error"), dict) else body


def _in_body(error: Json) -> float | None:
    """Gemini's `RetryInfo.retryDelay` ("17s") and OpenRouter's `availability.retry_after`."""
    for entry in _details(error):
        delay = entry.get("retryDelay")
        if isinstance(delay, str) and _DURATION.fullmatch(delay):
            return _duration(delay)
    wait = _mapping(inner_error(error).get("availability")).get("retry_after")
    return _number(str(wait)) if isinstance(wait, int | float) and not isinstance(wait, bool) else None


def _details(error: Json) -> list[Mapping[str, Json]]:
    details = inner_error(error).get("details")
    return [_mapping(entry) for entry in details] if isinstance(details, list) else []


def _reset(headers: Mapping[str, str], now: float | None) -> float | None:
    """The latest reset of the windows that are used up."""
    waits = [
        wait
        for name, value in headers.items()
        if "ratelimit" in name and "reset" in name and _is_used_up(headers.get(name.replace("reset", "remaining")))
        if (wait := _reset_wait(value, headers, now)) is not None
    ]
    return max(waits, default=None)


def _is_used_up(remaining: str | None) -> bool:
    return remaining is not None and _number(remaining) == 0


def _reset_wait(value: str, headers: Mapping[str, str], now: float | None) -> float | None:
    number = _number(value)
    if number is not None and number < _EPOCH_MILLISECONDS:
        return number
    if number is not None:
        return _since(number / 1000.0, headers, now)
    return _duration(value) if _DURATION.fullmatch(value) else _until(value, headers, now)


def _until(stamp: str, headers: Mapping[str, str], now: float | None) -> float | None:
    """Seconds until a moment that is written as an HTTP date or as RFC 3339."""
    try:
        moment = datetime.fromisoformat(stamp) if stamp[:1].isdigit() else parsedate_to_datetime(stamp)
        return _since(moment.timestamp(), headers, now)
    except (ValueError, TypeError, OverflowError):
        return None


def _since(moment: float, headers: Mapping[str, str], now: float | None) -> float | None:
    try:
        since = now if now is not None else parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
    return max(0.0, moment - since)


def _duration(text: str) -> float:
    return math.fsum(float(count) * _SECONDS[unit] for count, unit in _PIECE.findall(text))


def _number(text: str | None) -> float | None:
    """A finite number, at least 0; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
