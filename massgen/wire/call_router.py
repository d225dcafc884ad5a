"""Which tool call a fragment of a Chat-Completions stream belongs to.

`index` is not trusted: servers leave it out, repeat 0 for parallel calls, or send a call's tail elsewhere.
"""

from __future__ import annotations

from typing import Any

import msgspec

from massgen.wire.attempt import Attempt, CallDraft
from massgen.wire.numbers import Number

Json = Any


class CalledFunction(msgspec.Struct):
    """What a fragment says of the function: the name, and a piece of the arguments or all of them."""

    name: str | None = None
    arguments: str | dict[str, Json] | None = None


class Fragment(msgspec.Struct):
    """One entry of a delta's `tool_calls`."""

    index: Number = None
    id: str | None = None
    function: CalledFunction | None = None


class CallRouter:
    """Which call a fragment belongs to."""

    __slots__ = ("_attempt", "_by_id", "_by_index", "_last")

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._by_id: dict[str, CallDraft] = {}
        self._by_index: dict[float, CallDraft] = {}
        self._last: CallDraft | None = None

    def add(self, fragment: Fragment) -> CallDraft:
        """Put a fragment to its call, which is opened where there is none yet, and return that."""
        function = fragment.function or CalledFunction()
        call_id = fragment.id if fragment.id and fragment.id != "null" else None
        call = self._find(call_id, fragment.index, function) or self._attempt.open_call(call_id, function.name or "")
        if fragment.index is not None:
            self._by_index[fragment.index] = call
        if call_id:
            call.provider_id = call_id
            self._by_id[call_id] = call
        if function.name and not call.name:
            call.name = function.name  # a repeated name is never appended
        if arguments := function.arguments:
            call.pieces.append(arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode())
        self._last = call
        return call

    def _find(self, call_id: str | None, index: Number, function: CalledFunction) -> CallDraft | None:
        """The open call that a fragment continues, or None if it begins one."""
        at_index = self._by_index.get(index) if index is not None else None
        if call_id:
            known = self._by_id.get(call_id)
            if known is not None and not _begins_another(known, function, moved=at_index is not known):
                return known
            return at_index if at_index is not None and at_index.provider_id is None else None
        if at_index is not None:
            return None if _begins_another(at_index, function, moved=True) else at_index
        return None if function.name else self._last


def _begins_another(call: CallDraft, function: CalledFunction, *, moved: bool) -> bool:
    """Whether a fragment that seems to continue `call` is the head of another: some servers repeat an id or an index.

    Another name is another call. The same name is one as well where the call is whole, and the fragment stands where
    the call did not (`moved`).
    """
    if not function.name or not call.name:
        return False
    return function.name != call.name or bool(moved and call.pieces and call.is_whole())
