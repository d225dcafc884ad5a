"""One walk over a file."""

from __future__ import annotations

import pytest

from massgen_audit.facts.python import extract


@pytest.mark.parametrize(
    "text",
    [
        '__all__ = ["A", "B"]',
        '__all__ = ("A", "B")',
        '__all__: list[str] = ["A", "B"]',
        '__all__ = ["A"] + ["B"]',
        '__all__ = ["A"]\n__all__ += ["B"]',
        '__all__ = ["A"]\n__all__.append("B")',
        '__all__ = ["A"]\n__all__.extend(("B",))',
        '__all__ = ["A"]\nif flag:\n    __all__.append("B")',
        '__all__ = ["A"]\ntry:\n    import x\n    __all__ += ["B"]\nexcept ImportError:\n    pass',
        '__all__ = [*["A"], "B"]',
    ],
)
def test_all_is_read_in_every_form(text: str) -> None:
    assert [item.name for item in extract("m.py", text.encode()).exports] == ["A", "B"]


def test_columns_count_characters_not_bytes() -> None:
    call = extract("m.py", "def f():\n    x = 'äöü€'; g(1)\n".encode()).functions[0].calls[0]
    assert (call.place.line, call.place.col) == (2, 17)


def test_calls_keep_their_chain_and_what_literals_say() -> None:
    text = 'def f(self):\n    super().go(Kind.A, "x", success=True, other=g())\n'
    calls = {call.chain: call for call in extract("m.py", text.encode()).functions[0].calls}
    assert {"super().go", "g"} <= set(calls)
    assert calls["super().go"].args == (("name", "Kind.A"), ("str", "x"))
    assert calls["super().go"].keyword("success") == ("const", "True")
    assert calls["super().go"].keyword("other") == ("call", "g")


def test_a_yield_of_a_nested_function_is_not_the_method_s() -> None:
    module = extract("m.py", b"async def f():\n    async def g():\n        yield 1\n    return g()\n")
    assert not module.functions[0].yields


def test_entries_added_one_by_one_belong_to_the_table() -> None:
    text = b'registry: dict = {}\ntry:\n    registry["a"] = A\n    registry["b"] = A\nexcept ImportError:\n    pass\n'
    table = extract("m.py", text).table("registry")
    assert table is not None
    assert [key for key, _, _ in table.entries] == ["a", "b"]


def test_an_import_under_try_is_guarded() -> None:
    module = extract("m.py", b"import a\ntry:\n    from .b import C as D\nexcept ImportError:\n    D = None\n")
    assert [(item.bound, item.guarded) for item in module.imports] == [("a", False), ("D", True)]
    assert "D" in module.bindings()
