"""The abstract interpreter: exact where Python would be, and honest where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassTable
from massgen_audit.model.interp.machine import Machine
from massgen_audit.model.interp.values import UNKNOWN, Instance, OneOf
from massgen_audit.model.interp.world import Exhausted, Raised, Run, World
from massgen_audit.tree import MemoryTree


def machine(run: Run | None = None, **files: str) -> tuple[Machine, Any]:
    tree = MemoryTree({f"massgen/{name}.py": text for name, text in files.items()})
    source = Source(tree)
    made = Machine(World(source, ClassTable(source, tree.paths())), run or Run())
    return made, source.module("massgen/m.py")


def call(text: str, *args: Any, run: Run | None = None, **files: str) -> Any:
    made, module = machine(run, m=text, **files)
    return made.calls.apply(made.global_name(module, "f"), list(args), {}, ("massgen/m.py", 0))


CASES = {
    "branches on a known value": ('def f(x):\n    if x == "a":\n        return 1\n    return 2\n', ("a",), 1),
    "an elif chain of substrings": (
        (
            'def f(u):\n    if "x.ai" in u:\n        return "X"\n'
            '    elif "y.ai" in u or "z.ai" in u:\n        return "Y"\n    return "N"\n'
        ),
        ("https://z.ai/v1",),
        "Y",
    ),
    "a match statement": (
        (
            "def f(x):\n    match x:\n        case 'a' | 'b':\n            return 1\n"
            "        case _:\n            return 2\n"
        ),
        ("b",),
        1,
    ),
    "dict get and lower": ('def f(x):\n    return {"a": "A"}.get(x.lower(), x)\n', ("A",), "A"),
    "a dictionary whose condition is not known has the key or not": (
        "def f(x, y):\n    d = {k: v for k, v in {'a': x}.items() if k in unknown(y)}\n    return d.get('a', 'none')\n",
        ("A", 1),
        OneOf(("A", "none")),
    ),
    "a loop that returns": (
        (
            'def f(x):\n    for k, v in {"ab": 1, "cd": 2}.items():\n        if k in x:\n'
            "            return v\n    return None\n"
        ),
        ("xcdx",),
        2,
    ),
    "a loop with break": (
        (
            "def f(x):\n    r = 0\n    for i in [1, 2, 3]:\n        if i == x:\n"
            "            r = i\n            break\n    return r\n"
        ),
        (2,),
        2,
    ),
    "sets by union, update and operator": (
        'def f(x):\n    a = {"p"}.union({"q"})\n    b = set(a) | {"r"}\n    b.update(["s"])\n    return b\n',
        (0,),
        {"p", "q", "r", "s"},
    ),
    "a closure": ("def f(x):\n    def g(y):\n        return x + y\n    return g(1)\n", (2,), 3),
    "defaults and keywords": (
        ("def f(x):\n    return g(x, k=3)\ndef g(a, b=2, *, k=1):\n    return a + b + k\n"),
        (1,),
        6,
    ),
    "an f-string": ('def f(x):\n    return f"{x}-1"\n', ("a",), "a-1"),
    "a comprehension with a test": (
        ("def f(x):\n    return {k: v for k, v in x.items() if k not in {'b'}}\n"),
        ({"a": 1, "b": 2},),
        {"a": 1},
    ),
    "the normal path of a try": (
        ("def f(x):\n    try:\n        y = x\n    except Exception:\n        y = None\n    return y\n"),
        (1,),
        1,
    ),
    "the handler of a certain raise": (
        ("def f(x):\n    try:\n        raise KeyError\n    except KeyError:\n        return 2\n"),
        (1,),
        2,
    ),
    "a star in a display": ("def f(x):\n    return [*x, 3]\n", ([1, 2],), [1, 2, 3]),
}


@pytest.mark.parametrize(("text", "args", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_known_is_exact(text: str, args: tuple[Any, ...], expected: Any) -> None:
    assert call(text, *args) == expected


def test_an_unknown_condition_gives_both_outcomes() -> None:
    value = call("def f(x):\n    if sdk.flag():\n        return 1\n    return 2\n", 0)
    assert isinstance(value, OneOf)
    assert set(value.options) == {1, 2}


def test_a_branch_that_raises_does_not_reach_what_follows() -> None:
    assert (
        call("def f(x):\n    y = 1\n    if sdk.flag():\n        y = 2\n        raise ValueError\n    return y\n", 0)
        == 1
    )


def test_what_only_one_branch_changes_is_no_longer_certain() -> None:
    value = call('def f(x):\n    d = {}\n    if sdk.flag():\n        d["k"] = 1\n    return d.get("k")\n', 0)
    assert isinstance(value, OneOf)
    assert set(value.options) == {1, None}


def test_an_attribute_is_found_through_super_and_properties() -> None:
    text = (
        "class A:\n    def __init__(self, **kw):\n        self.config = kw\n    @property\n    def url(self):\n"
        "        return self.config.get('url', 'none')\n"
        "class B(A):\n    def __init__(self, **kw):\n        kw.setdefault('url', 'x')\n"
        "        super().__init__(**kw)\n"
        "def f(x):\n    return B().url\n"
    )
    assert call(text, 0) == "x"


def test_variables_are_read_from_the_run_and_noted() -> None:
    text = "import os\ndef f(x):\n    return x or os.getenv('A') or os.environ.get('B')\n"
    run = Run(environ={"B": "b"}, unset=None)
    assert call(text, None, run=run) == "b"
    assert [event.name for event in run.events] == ["A", "B"]


def test_a_certain_raise_is_told_from_a_value() -> None:
    with pytest.raises(Raised):
        call("def f(x):\n    if not x:\n        raise ValueError('no')\n    return x\n", "")


def test_a_dataclass_is_filled_in_order_with_defaults() -> None:
    text = (
        "from dataclasses import dataclass, field\n@dataclass\nclass R:\n    a: str\n"
        "    b: int = 2\n    c: list = field(default_factory=list)\ndef f(x):\n"
        "    return R(x)\n"
    )
    made, module = machine(m=text)
    value = made.calls.apply(made.global_name(module, "f"), ["q"], {}, ("", 0))
    assert isinstance(value, Instance)
    assert [made.attribute_of(value, name) for name in "abc"] == ["q", 2, []]


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return f(x)\n",
        "def f(x):\n    return g(x)\ndef g(x):\n    return f(x) or f(x)\n",
        "A = B\nB = A\ndef f(x):\n    return A\n",
        "def f(x):\n    while True:\n        x = x + 1\n    return x\n",
        "def f(x):\n    return [[a + b for a in range(10**9)] for b in range(10**9)]\n",
    ],
)
def test_nothing_runs_for_ever(text: str) -> None:
    try:
        value = call(text, 1)
    except Exhausted:
        return
    assert value is UNKNOWN or isinstance(value, OneOf | int)


names = st.sampled_from(["a", "b", "c"])
atoms = st.one_of(
    st.integers(-3, 3).map(repr),
    st.booleans().map(repr),
    st.just("None"),
    st.sampled_from(["''", "'ab'", "'b'"]),
    names,
)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or", "==", "!=", "is"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        inner.map(lambda text: f"(not {text})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} in [{t[1]}, 1])"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
    ),
    max_leaves=12,
)


@given(expressions, st.one_of(st.integers(-2, 2), st.sampled_from(["", "ab"]), st.none(), st.booleans()))
def test_an_expression_over_known_values_is_what_python_says(text: str, value: Any) -> None:
    import warnings

    scope = {"a": value, "b": "b", "c": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        expected = eval(text, scope)
        result = call(f"def f(a, b, c):\n    return {text}\n", value, "b", 1)
    if " is " not in text:  # identity of equal literals is the compiler's affair
        assert result == expected
        assert type(result) is type(expected)
