"""The mutators plant what they say, each mutant is a module that compiles, and a sample is spread over the idioms."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tools.mutants import FILES, ROOT, every, providers, sampled
from tools.mutators import MUTATORS, mutations

PLANTED = {
    "the last count for the sum": ("usage += more\n", "usage = more\n"),
    "left open": ("async def f():\n    await self.aclose()\n", "async def f():\n    pass\n"),
    "not flushed at the end": ("for x in framer.close():\n    use(x)\n", "for x in ():\n    use(x)\n"),
    "the index without the id": ("key = (item_id, index)\n", "key = (None, index)\n"),
    "falsy is absent": ("if count is None:\n    stop()\n", "if (not count):\n    stop()\n"),
    "catches everything": (
        "try:\n    f()\nexcept OSError:\n    g()\n",
        "try:\n    f()\nexcept BaseException:\n    g()\n",
    ),
    "does not leave": ("while x:\n    break\n", "while x:\n    pass\n"),
}


@pytest.mark.parametrize("name", MUTATORS)
def test_a_mutator_plants_its_bug(name: str) -> None:
    before, after = PLANTED[name]
    assert [(each.mutator, each.source) for each in mutations(before)] == [(name, after)]


def test_a_mutant_is_one_change_that_compiles() -> None:
    source = (ROOT / "massgen/wire/call_router.py").read_text()
    found = list(mutations(source))
    assert found
    for mutation in found:
        compile(mutation.source, "mutant", "exec")
        assert mutation.source != source


def test_what_has_nothing_to_mutate_has_no_mutants() -> None:
    assert list(mutations("x = a + b\nreturned = f(x)\n")) == []


def test_a_sample_is_spread_over_the_mutators_and_repeats_with_its_seed() -> None:
    found = list(every("openai_chat"))
    chosen = sampled(list(found), 8, seed=3)
    counts = Counter(mutation.mutator for _, mutation in chosen)
    assert len(counts) >= 4
    assert chosen == sampled(list(found), 8, seed=3)


def test_every_file_that_is_mutated_is_there_and_has_providers() -> None:
    assert all(list(ROOT.glob(pattern)) for pattern in FILES)
    assert providers(Path("massgen/wire/ollama_chat.py")) == ("ollama",)
    assert len(providers(Path("massgen/wire/attempt.py"))) > 1
