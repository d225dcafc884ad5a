"""A backend under watch while it serves: its chunks pass through as they are, what breaks the contract is reported."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeAlias, TypeVar, cast

from massgen_conformance.contract import field_of
from massgen_conformance.monitor import Breach, Monitor

OnViolation: TypeAlias = Callable[[Breach, Any], object]
"""`on_violation(breach, chunk)`: the rule, the words and the position, and the chunk; None for what the end shows."""

BackendT = TypeVar("BackendT")

_log = logging.getLogger(__name__)


def watch(backend: BackendT, *, on_violation: OnViolation) -> BackendT:
    """The backend, its streams judged while they run.

    `stream_with_tools` yields the same chunk objects and raises what the backend raises; every other attribute is the
    backend's own, to be read and to be set. The callback runs in the stream's own task, before the chunk goes on, and
    should be quick; what it raises is logged and stays out of the stream.
    """
    return cast("BackendT", _Watched(backend, on_violation))


class _Watched:
    """Stands in for a backend; it passes for one of the backend's class."""

    __slots__ = ("__weakref__", "_watched_backend", "_watched_report")

    _watched_backend: Any
    _watched_report: OnViolation

    def __init__(self, backend: Any, report: OnViolation) -> None:
        object.__setattr__(self, "_watched_backend", backend)
        object.__setattr__(self, "_watched_report", report)

    @property  # type: ignore[misc]  # what isinstance asks; nobody sets it
    def __class__(self) -> Any:
        return type(self._watched_backend)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_watched_backend"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._watched_backend, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._watched_backend, name)

    def __dir__(self) -> list[str]:
        return dir(self._watched_backend)

    def __repr__(self) -> str:
        return f"<watched {self._watched_backend!r}>"

    async def __aenter__(self) -> Any:
        entered = await self._watched_backend.__aenter__()
        return self if entered is self._watched_backend else entered

    async def __aexit__(self, *problem: Any) -> Any:
        return await self._watched_backend.__aexit__(*problem)

    def stream_with_tools(self, *arguments: Any, **options: Any) -> Any:
        """What the backend's own method returns, watched: a stream, or an awaitable that gives one."""
        stream = self._watched_backend.stream_with_tools(*arguments, **options)
        monitor = Monitor(_ids_in(arguments[0] if arguments else options.get("messages")))
        if inspect.isawaitable(stream):
            return _awaited(stream, monitor, self._watched_report)
        return _passed(stream, monitor, self._watched_report)


async def _awaited(
    stream: Awaitable[AsyncIterator[Any]], monitor: Monitor, report: OnViolation
) -> AsyncGenerator[Any, None]:
    return _passed(await stream, monitor, report)


async def _passed(stream: AsyncIterator[Any], monitor: Monitor, report: OnViolation) -> AsyncGenerator[Any, None]:
    """The stream, chunk by chunk. One that its consumer leaves, or that raises, is not asked for its end.

    A chunk that cannot even be read ends the watch, not the stream.
    """
    feed, watching = monitor.feed, True
    try:
        async for chunk in stream:
            if watching:
                try:
                    found = feed(chunk)
                except Exception:
                    watching, found = False, []
                    _log.exception("a chunk could not be judged: %s; its stream is no longer watched", type(chunk))
                if found:
                    _tell(report, found, chunk)
            yield chunk
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()
    if watching:
        _tell(report, monitor.finish(), None)


def _tell(report: OnViolation, found: list[Breach], chunk: Any) -> None:
    for breach in found:
        try:
            report(breach, chunk)
        except Exception:
            _log.exception("on_violation raised; the violation was: %s", breach)


def _ids_in(messages: Any) -> Iterator[str]:
    """Ids of the calls that the conversation already holds; messages of another shape hold none."""
    for message in messages if isinstance(messages, (list, tuple)) else ():
        calls = field_of(message, "tool_calls")
        for call in calls if isinstance(calls, (list, tuple)) else ():
            call_id = field_of(call, "id")
            if isinstance(call_id, str):
                yield call_id
