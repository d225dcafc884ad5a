"""Arguments of one function call that Vertex streams piece by piece (`streamFunctionCallArguments`).

Source: google-genai's `types.PartialArg`: each piece names its place by a JSON path of member names and indices, such
as `$.trips[0].city`; a string may continue over several pieces.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from massgen.errors import WireError

Json = Any

_STEP = re.compile(r"""\.([A-Za-z_\u0080-\uffff][\w\u0080-\uffff-]*)|\[(\d{1,6})\]|\['([^'\\]*)'\]|\["([^"\\]*)"\]""")


class StreamedArguments:
    """`add` pieces in their order; `whole` is the object so far."""

    __slots__ = ("_root", "_strings")

    def __init__(self) -> None:
        self._root: dict[str, Json] = {}
        self._strings: dict[str, list[str]] = {}  # by path; joined once, at the end

    def add(self, piece: Json) -> None:
        """Put one piece into its place. Raises `WireError` for a path that is not plain members and indices."""
        path = piece.get("jsonPath") if isinstance(piece, dict) else None
        if not isinstance(path, str):
            raise WireError("a piece of streamed arguments has no jsonPath")
        if "stringValue" in piece:
            self._strings.setdefault(path, []).append(str(piece["stringValue"]))
            self._put(path, "")  # in its place from the start: members keep the model's order
        elif "numberValue" in piece:
            self._put(path, piece["numberValue"])
        elif "boolValue" in piece:
            self._put(path, piece["boolValue"])
        elif "nullValue" in piece:
            self._put(path, None)

    def whole(self) -> dict[str, Json]:
        for path, pieces in self._strings.items():
            self._put(path, "".join(pieces))
        return self._root

    def _put(self, path: str, value: Json) -> None:
        keys = _keys(path)
        place: Json = self._root
        for key, following in pairwise(keys):
            inner = _at(place, key)
            if inner is None:
                inner = [] if isinstance(following, int) else {}
                _set(place, key, inner, path)
            place = inner
        _set(place, keys[-1], value, path)


def _keys(path: str) -> list[str | int]:
    keys: list[str | int] = []
    position = 1
    while path.startswith("$") and (step := _STEP.match(path, position)):
        keys.append(int(step[2]) if step[2] else step[1] or step[3] or step[4] or "")
        position = step.end()
    if not keys or position != len(path):
        raise WireError(f"the path {path!r} of streamed arguments is not made of members and indices")
    return keys


def _at(place: Json, key: str | int) -> Json:
    if isinstance(place, dict) and isinstance(key, str):
        return place.get(key)
    if isinstance(place, list) and isinstance(key, int) and key < len(place):
        return place[key]
    return None


def _set(place: Json, key: str | int, value: Json, path: str) -> None:
    if isinstance(place, dict) and isinstance(key, str):
        place[key] = value
    elif isinstance(place, list) and isinstance(key, int) and key <= len(place):
        place[key : key + 1] = [value]
    else:
        raise WireError(f"the path {path!r} of streamed arguments does not fit those before it")
