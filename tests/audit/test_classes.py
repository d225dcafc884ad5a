"""Names across files and the order of inheritance."""

from __future__ import annotations

import pytest

from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassTable
from massgen_audit.tree import MemoryTree


def table(**files: str) -> ClassTable:
    tree = MemoryTree({f"massgen/{name}.py": text for name, text in files.items()})
    return ClassTable(Source(tree), tree.paths())


def order(classes: ClassTable, path: str, name: str) -> list[str]:
    info = classes.get((f"massgen/{path}.py", name))
    assert info is not None
    return [item.name for item in classes.mro(info)]


def test_a_diamond_is_linearised_as_python_does() -> None:
    class A: ...

    class B(A): ...

    class C(A): ...

    class D(B, C): ...

    classes = table(m="class A: pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C): pass\n")
    assert order(classes, "m", "D") == [item.__name__ for item in D.__mro__ if item is not object]


def test_a_mixin_before_the_base_comes_first() -> None:
    classes = table(m="class Mixin: pass\nclass Base: pass\nclass Child(Mixin, Base): pass\n")
    assert order(classes, "m", "Child") == ["Child", "Mixin", "Base"]


def test_an_impossible_order_still_gives_every_base_once() -> None:
    classes = table(m="class A: pass\nclass B(A): pass\nclass C(A, B): pass\n")
    assert sorted(order(classes, "m", "C")) == ["A", "B", "C"]


def test_a_class_that_inherits_from_itself_does_not_hang() -> None:
    classes = table(m="class A(B): pass\nclass B(A): pass\n")
    assert "A" in order(classes, "m", "A")


@pytest.mark.parametrize(
    "statement",
    [
        "from .base import Base",
        "from massgen.base import Base",
        "from . import base\nBase = base.Base",
        "from .base import Base as Root\nBase = Root",
        "try:\n    from .base import Base\nexcept ImportError:\n    Base = None",
        "from .package import Base",
    ],
)
def test_a_base_is_found_however_it_is_imported(statement: str) -> None:
    base = {"from . import base\nBase = base.Base": "base.Base", "from .base import Base as Root\nBase = Root": "Root"}
    name = base.get(statement, "Base")
    classes = table(
        **{
            "base": "class Base: pass\n",
            "package/__init__": "from ..base import Base\n",
            "child": f"{statement}\nclass Child({name}): pass\n",
        }
    )
    assert order(classes, "child", "Child") == ["Child", "Base"]


def test_imports_in_a_circle_end() -> None:
    classes = table(a="from .b import X\nclass A(X): pass\n", b="from .a import X\n")
    assert order(classes, "a", "A") == ["A"]


def test_a_foreign_base_is_named() -> None:
    classes = table(m="import sdk\nclass A(sdk.Base): pass\n")
    info = classes.get(("massgen/m.py", "A"))
    assert info is not None
    assert classes.foreign_bases(info) == ("sdk.Base",)


def test_the_method_in_effect_is_the_first_on_the_way_and_super_is_the_next() -> None:
    classes = table(m="class A:\n    def f(self): pass\nclass B(A):\n    def f(self): pass\nclass C(B): pass\n")
    info = classes.get(("massgen/m.py", "C"))
    assert info is not None
    first = classes.method(info, "f")
    assert first is not None
    assert first[0].name == "B"
    after = classes.method(info, "f", first[0])
    assert after is not None
    assert after[0].name == "A"
