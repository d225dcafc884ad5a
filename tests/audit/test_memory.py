"""A function is followed once for the same arguments, and again wherever the answer could be another one."""

from __future__ import annotations

from typing import Any

import pytest

from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassTable
from massgen_audit.model.interp.machine import Machine
from massgen_audit.model.interp.world import Run, World
from massgen_audit.tree import MemoryTree


class Asked:
    """One module of an audited checkout, whose functions are asked one after the other."""

    def __init__(self, text: str) -> None:
        source = Source(MemoryTree({"massgen/m.py": text}))
        self._world = World(source, ClassTable(source, ("massgen/m.py",)))
        self._module = source.module("massgen/m.py")
        self.steps = 0  # of the last question

    def __call__(self, name: str, *args: Any, run: Run | None = None) -> Any:
        machine = Machine(self._world, run or Run())
        before = machine.run.steps
        assert self._module is not None
        answer = machine.calls.apply(machine.global_name(self._module, name), list(args), {}, ("massgen/m.py", 0))
        self.steps = before - machine.run.steps
        return answer


def test_the_same_question_takes_no_steps_the_second_time() -> None:
    ask = Asked("TABLE = {'a': 'A'}\ndef f(x):\n    return [TABLE.get(k, k) for k in (x, 'b')][0]\n")
    assert ask("f", "a") == "A"
    assert ask.steps > 5
    assert ask("f", "a") == "A"
    assert ask.steps == 0
    assert ask("f", "b") == "b"
    assert ask.steps > 5


def test_arguments_that_are_equal_and_of_another_type_are_others() -> None:
    ask = Asked("def f(x):\n    return str(x)\n")
    assert [ask("f", value) for value in (1, True, 1.0, "1")] == ["1", "True", "1.0", "1"]


CHANGING = {
    "a module's dictionary": "T = {}\ndef read():\n    return T.get('k', 'none')\ndef put(x):\n    T['k'] = x\n",
    "a list in it": (
        "T = {'k': []}\ndef read():\n    return ''.join(T['k']) or 'none'\ndef put(x):\n    T['k'].append(x)\n"
    ),
    "an object that it names": (
        "class C:\n    k = 'none'\nT = C()\ndef read():\n    return T.k\ndef put(x):\n    T.k = x\n"
    ),
    "what an object made": (
        "class C:\n    def __init__(self):\n        self.d = {}\n"
        "T = C()\ndef read():\n    return T.d.get('k', 'none')\ndef put(x):\n    T.d['k'] = x\n"
    ),
}


@pytest.mark.parametrize("text", CHANGING.values(), ids=list(CHANGING))
def test_what_the_audited_code_changes_is_read_anew(text: str) -> None:
    ask = Asked(text)
    assert ask("read") == "none"
    ask("put", "new")
    assert ask("read") == "new"


def test_the_environment_is_asked_each_time() -> None:
    ask = Asked("import os\ndef f():\n    return os.getenv('KEY')\n")
    assert ask("f", run=Run(environ={"KEY": "one"})) == "one"
    second = Run(environ={"KEY": "two"})
    assert ask("f", run=second) == "two"
    assert [event.name for event in second.events] == ["KEY"]


def test_a_result_that_can_be_changed_is_made_anew() -> None:
    ask = Asked("def f():\n    return []\n")
    ask("f").append(1)
    assert ask("f") == []


def test_a_name_whose_value_is_being_found_is_not_remembered_as_unknown() -> None:
    ask = Asked("def f():\n    return NAME\nOTHER = f()\nNAME = 'x' if OTHER else 'x'\n")
    ask("f")
    assert ask("f") == "x"
