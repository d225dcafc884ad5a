"""Streamed arguments: pieces by JSON path become the object that the model wrote."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.errors import WireError
from massgen.wire.gemini_arguments import StreamedArguments

NAMES = st.text(alphabet="abcXYZ_é", min_size=1, max_size=4)
LEAVES = st.text(max_size=8) | st.integers() | st.booleans() | st.none()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3),
    max_leaves=6,
)


def pieces(value: Any, path: str, cut: int) -> list[dict[str, Any]]:
    """What a server would stream for `value`: its leaves in order, strings in two pieces."""
    if isinstance(value, dict):
        return [piece for name, inner in value.items() for piece in pieces(inner, f"{path}.{name}", cut)]
    if isinstance(value, list):
        return [piece for at, inner in enumerate(value) for piece in pieces(inner, f"{path}[{at}]", cut)]
    if isinstance(value, str):
        first = {"jsonPath": path, "stringValue": value[:cut], "willContinue": True}
        return [first, {"jsonPath": path, "stringValue": value[cut:]}]
    kind = "boolValue" if isinstance(value, bool) else "nullValue" if value is None else "numberValue"
    return [{"jsonPath": path, kind: "NULL_VALUE" if value is None else value}]


@given(st.dictionaries(NAMES, VALUES, max_size=3), st.integers(0, 8))
def test_pieces_make_the_object_in_the_models_order(wanted: dict[str, Any], cut: int) -> None:
    arguments = StreamedArguments()
    for piece in pieces(wanted, "$", cut):
        arguments.add(piece)
    assert arguments.whole() == wanted
    assert list(arguments.whole()) == list(wanted)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.a", {"a": 1}),
        ("$.a-b", {"a-b": 1}),
        ("$['a b']", {"a b": 1}),
        ('$["a.b"][0]', {"a.b": [1]}),
        ("$.größe", {"größe": 1}),
    ],
)
def test_a_path_is_a_place(path: str, expected: dict[str, Any]) -> None:
    arguments = StreamedArguments()
    arguments.add({"jsonPath": path, "numberValue": 1})
    assert arguments.whole() == expected


@pytest.mark.parametrize("piece", [{}, {"jsonPath": 7}, "text", None, {"jsonPath": "a", "numberValue": 1}])
def test_a_piece_without_a_place_is_refused(piece: Any) -> None:
    with pytest.raises(WireError):
        StreamedArguments().add(piece)


@pytest.mark.parametrize("path", ["$", "$.", "$.a[", "$.a[*]", "$..a", "$.a[999999]", "$.a[-1]", "$.b.c", "$.b[0]"])
def test_a_path_that_does_not_fit_is_refused(path: str) -> None:
    arguments = StreamedArguments()
    arguments.add({"jsonPath": "$.b", "stringValue": "x"})
    with pytest.raises(WireError, match="path"):
        arguments.add({"jsonPath": path, "numberValue": 1})
