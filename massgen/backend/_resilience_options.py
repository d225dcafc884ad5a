"""The options of rate limits, circuit breaker and compression: their names, what is wrong with them, their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

RATE_LIMITS = ("rpm", "tpm", "rpd")
BREAKER_PREFIX = "llm_circuit_breaker_"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and _number(value)


def _statuses(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_whole(status) and 400 <= status <= 599 for status in value)


_SECONDS = "a number of seconds above 0"
_BREAKER: dict[str, tuple[Callable[[Any], bool], str]] = {
    "enabled": (lambda value: isinstance(value, bool), "true or false"),
    "max_failures": (_whole, "a whole number from 1 on"),
    "reset_time_seconds": (_number, _SECONDS),
    "backoff_multiplier": (lambda value: _number(value) and value >= 1, "a number from 1 on"),
    "max_backoff_seconds": (_number, _SECONDS),
    "retry_after_threshold_seconds": (_number, _SECONDS),
    "retryable_status_codes": (_statuses, "a list of HTTP statuses from 400 to 599"),
}
_FLAGS = ("enable_rate_limit", "context_compression")


def resilience_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each option that cannot work. It begins with the option's name."""
    for name in _FLAGS:
        if config.get(name) is not None and not isinstance(config[name], bool):
            yield f"{name} is true or false, not {config[name]!r}"
    ratio = config.get("compression_target_ratio")
    if ratio is not None and not (_number(ratio) and ratio < 1):
        yield f"compression_target_ratio is a number between 0 and 1, not {ratio!r}"
    yield from _limit_problems(config.get("enable_rate_limit"), config.get("rate_limits"))
    for name, (fits, wanted) in _BREAKER.items():
        value = config.get(BREAKER_PREFIX + name)
        if value is not None and not fits(value):
            yield f"{BREAKER_PREFIX}{name} is {wanted}, not {value!r}"
        elif value is not None and config.get(BREAKER_PREFIX + "enabled") is None:
            yield f"{BREAKER_PREFIX}{name} has no effect: set {BREAKER_PREFIX}enabled to true"


def _limit_problems(enabled: Any, limits: Any) -> Iterator[str]:
    if limits is None:
        if enabled is True:
            yield "enable_rate_limit needs rate_limits: rpm or rpd (requests a minute, a day) or tpm (tokens a minute)"
        return
    if not isinstance(limits, Mapping) or not limits or set(limits) - set(RATE_LIMITS):
        yield f"rate_limits is a mapping with rpm, tpm or rpd, not {limits!r}"
        return
    for name, value in limits.items():
        if value is not None and not _whole(value):
            yield f"rate_limits needs a whole number from 1 on for {name}, not {value!r}"


def rate_limits(config: Mapping[str, Any]) -> dict[str, int]:
    """The limits that hold, by name; none where `enable_rate_limit` is false or nothing is limited."""
    limits = config.get("rate_limits") or {}
    if config.get("enable_rate_limit") is False:
        return {}
    return {name: value for name, value in limits.items() if value is not None}


def breaker_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """The breaker's settings under their own names, as far as they are given."""
    given = ((name, config.get(BREAKER_PREFIX + name)) for name in _BREAKER)
    return {name: value for name, value in given if value is not None}
