"""The mutators plant what they say, each mutant is a module that compiles, and a sample is spread over the idioms."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from massgen_conformance.runner import select
from tools import trial
from tools.mutants import FILES, NO_KIT, ROOT, every, numbered, sampled, stale, summary
from tools.mutators import MUTATORS, mutations
from tools.trial import SURVIVED, TIMEOUT, Plant, begin, ended
from tools.unseen import UNSEEN

PLANTED = {
    "the last count for the sum": ("usage += more\n", "usage = more\n"),
    "left open": ("async def f():\n    await self.aclose()\n", "async def f():\n    pass\n"),
    "not flushed at the end": ("for x in framer.close():\n    use(x)\n", "for x in ():\n    use(x)\n"),
    "the index without the id": ("key = (item_id, index)\n", "key = (None, index)\n"),
    "falsy is absent": ("if status is None:\n    stop()\n", "if (not status):\n    stop()\n"),
    "catches everything": (
        "try:\n    f()\nexcept OSError:\n    g()\n",
        "try:\n    f()\nexcept BaseException:\n    g()\n",
    ),
    "does not leave": ("while x:\n    break\n", "while x:\n    pass\n"),
    "without its finally": ("try:\n    f()\nfinally:\n    g()\n", "if True:\n    f()\n"),
    "another finish reason": ("end(FinishStatus.STOP)\n", "end(FinishStatus.LENGTH)\n"),
    "another kind of error": ("fail(ErrorKind.AUTH)\n", "fail(ErrorKind.BAD_REQUEST)\n"),
    "a branch dropped": ("if odd:\n    mend()\n", "if False:\n    mend()\n"),
    "a difference forgotten": ("dialect = ChatDialect(a=1)\n", "dialect = ChatDialect()\n"),
}


@pytest.mark.parametrize("name", MUTATORS)
def test_a_mutator_plants_its_bug(name: str) -> None:
    before, after = PLANTED[name]
    assert [each.source for each in mutations(before) if each.mutator == name] == [after]


def test_a_mutant_is_one_change_that_compiles() -> None:
    source = (ROOT / "massgen/wire/call_router.py").read_text()
    found = list(mutations(source))
    assert found
    for mutation in found:
        compile(mutation.source, "mutant", "exec")
        assert mutation.source != source


def test_what_has_nothing_to_mutate_has_no_mutants() -> None:
    assert list(mutations("x = a + b\nreturned = f(x)\n")) == []


def test_objects_are_not_taken_for_what_may_be_zero_or_empty() -> None:
    assert [each.mutator for each in mutations("if call is None:\n    return\n")] == ["does not leave"]


def test_a_sample_is_spread_over_the_mutators_and_repeats_with_its_seed() -> None:
    found = list(every("openai_chat"))
    chosen = sampled(list(found), 8, seed=3)
    assert len({mutant.mutation.mutator for mutant in chosen}) >= 4
    assert chosen == sampled(list(found), 8, seed=3)


def test_every_file_that_is_mutated_is_there_and_has_providers() -> None:
    assert all(list((ROOT / "massgen").glob(pattern)) for pattern in FILES)
    found = {mutant.path.name: mutant.providers for mutant in every()}
    assert found["ollama_chat.py"] == ("ollama",)
    assert found["groq.py"] == ("groq",)
    assert len(found["attempt.py"]) > 1
    assert not NO_KIT & set(found)


def test_every_mutant_has_a_name_of_its_own_that_holds_no_line_number() -> None:
    found = list(every())
    assert len({mutant.name for mutant in found}) == len(found)
    source = "def f(a):\n    if a:\n        g()\n    if a:\n        g()\nK = {'b': ErrorKind.AUTH, 3: ErrorKind.AUTH}\n"
    path = Path("massgen/wire/x.py")
    names = [mutant.name for mutant in numbered(path, mutations(source))]
    assert [name.partition(":")[0] for name in names] == [
        *["wire/x.py f a branch dropped"] * 2,
        "wire/x.py K['b'] another kind of error",
        "wire/x.py K[3] another kind of error",
    ]
    assert names[1] == f"{names[0]} #2"
    assert names == [mutant.name for mutant in numbered(path, mutations(f"import os\n\n\n{source}"))]


def test_what_is_listed_as_unseen_is_a_mutant_and_has_a_reason() -> None:
    assert stale(list(every())) == []
    assert all(len(why) > 20 for why in UNSEEN.values())


@pytest.mark.parametrize(
    ("source", "told"),
    [(None, SURVIVED), ("", "import"), ("import os\nos._exit(3)\n", "crash"), ("while True: pass\n", "timeout")],
    ids=["unchanged", "no names", "exits", "hangs"],
)
def test_a_trial_tells_how_the_mutant_ended(source: str | None, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "checks", lambda: select(ids=["LIF-01"]))
    path = ROOT / "massgen/wire/sse.py"
    plant = None if source is None else Plant("massgen.backend.factory", path, source)
    begun = begin(plant, ("groq",), 3.0 if told == "timeout" else 60.0)
    assert list(ended([begun])) == [(begun, told)]


def test_a_mutant_that_ran_out_of_time_is_no_kill() -> None:
    ends = Counter({SURVIVED: 1, TIMEOUT: 2, "LIF-01[groq-text]": 4, "import": 1})
    told, unseen = summary(ends, visible=9, unseen=3).splitlines()
    assert told.startswith("5 of 8 mutants killed (62%); 2 ran out of time")
    assert "there are 9" in told
    assert unseen.startswith("3 more change nothing")
