"""Inserting into a literal: the layout of the siblings, and every comment where it was."""

from __future__ import annotations

import ast

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_audit.fixes.containers import insert, position
from massgen_audit.fixes.edit import is_addition

CASES = [
    # what, before, index, after
    ("empty", "[]", 0, "['N']"),
    ("empty over two lines", "[\n]", 0, "[\n    'N',\n]"),
    ("one line, in front", "['a', 'b']", 0, "['N', 'a', 'b']"),
    ("one line, between", "['a', 'b']", 1, "['a', 'N', 'b']"),
    ("one line, behind", "['a', 'b']", 2, "['a', 'b', 'N']"),
    ("trailing comma on one line", "['a', 'b',]", 2, "['a', 'b', 'N',]"),
    ("spaces inside the brackets", "[ 'a' ]", 1, "[ 'a', 'N' ]"),
    ("tuple", "('a', 'b')", 2, "('a', 'b', 'N')"),
    ("tuple of one", "('a',)", 1, "('a', 'N',)"),
    ("a line each", "[\n    'a',\n    'b',\n]", 1, "[\n    'a',\n    'N',\n    'b',\n]"),
    ("no comma behind the last", "[\n  'a',\n  'b'\n]", 2, "[\n  'a',\n  'b',\n  'N',\n]"),
    ("comment of the last stays with it", "{\n    'a',  # why a\n}", 1, "{\n    'a',  # why a\n    'N',\n}"),
    ("comment without a comma", "{\n    'a'  # why a\n}", 1, "{\n    'a',  # why a\n    'N',\n}"),
    ("dangling comment stays last", "[\n    'a',\n    # 'b',\n]", 1, "[\n    'a',\n    'N',\n    # 'b',\n]"),
    ("comment above a neighbour", "[\n  'a',\n  # b is\n  'b',\n]", 1, "[\n  'a',\n  'N',\n  # b is\n  'b',\n]"),
    ("comment behind the bracket", "[  # all\n    'a',\n]", 0, "[  # all\n    'N',\n    'a',\n]"),
    ("packed lines", "[\n    'a', 'b',\n    'c', 'd',\n]", 4, "[\n    'a', 'b',\n    'c', 'd',\n    'N',\n]"),
    ("tabs", "[\n\t'a',\n]", 1, "[\n\t'a',\n\t'N',\n]"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "index", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_element_is_laid_out_as_its_siblings(before: str, index: int, after: str) -> None:
    literal = cst.parse_expression(before)
    assert isinstance(literal, cst.List | cst.Set | cst.Tuple)
    changed = insert(literal, index, cst.Element(cst.SimpleString("'N'")))
    assert cst.Module([]).code_for_node(changed) == after


names = st.lists(st.sampled_from("abcdef"), unique=True)
gaps = st.sampled_from([" ", "\n    ", "  # note\n    ", "\n    # own line\n    ", "\n\n    "])


@st.composite
def literals(draw: st.DrawFn) -> str:
    elements = draw(names)
    opening = draw(gaps) if elements else ""
    body = "".join(f"'{name}',{draw(gaps)}" for name in elements)
    if elements and draw(st.booleans()):
        body = body.rstrip().rstrip(",") if "#" not in body.rsplit(",", 1)[1] else body
    return f"[{opening}{body}]"


@given(literals(), st.data())
def test_any_literal_gains_the_element_and_loses_nothing(source: str, data: st.DataObject) -> None:
    literal = cst.parse_expression(source)
    assert isinstance(literal, cst.List)
    before = ast.literal_eval(source)
    index = data.draw(st.integers(0, len(before)))
    after = cst.Module([]).code_for_node(insert(literal, index, cst.Element(cst.SimpleString("'N'"))))
    assert ast.literal_eval(after) == [*before[:index], "N", *before[index:]]
    assert is_addition(source, after)
    assert after.count("#") == source.count("#")


@pytest.mark.parametrize(
    ("keys", "key", "index"),
    [
        (["a", "c"], "b", 1),
        (["c", "a"], "b", 2),
        (["a"], "b", 1),
        ([], "b", 0),
        (["LIMIT", "Alpha", "Gamma", "beta"], "Delta", 2),
        (["Alpha", "beta", "Gamma"], "Delta", 2),
    ],
)
def test_sorted_literals_stay_sorted_and_others_grow_at_the_end(keys: list[str], key: str, index: int) -> None:
    assert position(keys, key) == index
