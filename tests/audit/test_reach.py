"""What an entry point reaches, and by which way."""

from __future__ import annotations

from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassTable
from massgen_audit.model.reach import Reachability
from massgen_audit.tree import MemoryTree


def reached(name: str, **files: str) -> dict[str, tuple[str, ...]]:
    tree = MemoryTree({f"massgen/{path}.py": text for path, text in files.items()})
    source = Source(tree)
    classes = ClassTable(source, tree.paths())
    info = classes.get(("massgen/m.py", name))
    assert info is not None
    return {item.label: item.via for item in Reachability(source, classes).from_method(info, "run")}


def test_a_call_of_self_goes_to_the_concrete_class() -> None:
    found = reached(
        "B",
        m=(
            "class A:\n    def run(self): self.step()\n    def step(self): pass\n"
            "class B(A):\n    def step(self): self.own()\n    def own(self): pass\n"
        ),
    )
    assert list(found) == ["A.run", "B.step", "B.own"]
    assert found["B.own"] == ("B > A.run", "B.step", "B.own")


def test_an_override_without_super_cuts_the_base_off() -> None:
    base = "class A:\n    def run(self): self.step()\n    def step(self): self.timed()\n    def timed(self): pass\n"
    assert "A.timed" in reached("A", m=base)
    assert "A.timed" not in reached("B", m=base + "class B(A):\n    def step(self): pass\n")
    assert "A.timed" in reached("B", m=base + "class B(A):\n    def step(self): super().step()\n")


def test_a_method_handed_over_as_a_value_counts() -> None:
    assert "A.step" in reached("A", m="class A:\n    def run(self): go(self.step)\n    def step(self): pass\n")


def test_a_helper_function_of_another_module_is_followed() -> None:
    found = reached(
        "A",
        m="from .util import helper\nclass A:\n    def run(self): helper()\n",
        util="def helper(): deeper()\ndef deeper(): pass\n",
    )
    assert list(found) == ["A.run", "helper", "deeper"]


def test_self_in_a_helper_is_not_the_backend() -> None:
    found = reached(
        "A", m="class A:\n    def run(self): helper(self)\n    def step(self): pass\ndef helper(self): self.step()\n"
    )
    assert "A.step" not in found


def test_methods_of_an_object_that_is_made_on_the_way_count() -> None:
    found = reached("A", m="class A:\n    def run(self): Engine().go()\nclass Engine:\n    def go(self): pass\n")
    assert "Engine.go" in found


def test_what_a_helper_object_calls_on_the_backend_counts() -> None:
    found = reached(
        "A",
        m="class A:\n    def run(self): Engine(self).go()\n    def note(self): pass\n"
        "class Engine:\n    def go(self): self._backend.note()\n",
    )
    assert found["A.note"][-2:] == ("Engine.go", "A.note")


def test_mutual_recursion_ends() -> None:
    found = reached("A", m="class A:\n    def run(self): self.step()\n    def step(self): self.run()\n")
    assert list(found) == ["A.run", "A.step"]
