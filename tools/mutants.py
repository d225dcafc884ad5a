"""How much of what breaks our backends the kit notices: `python -m tools.mutants --sample 120`.

One mutation at a time is imported in place of its module, in a fork of this process; the catalogue is played for the
providers that the module serves, until the first item that fails (twice, so that a stalling machine kills nothing).
Only what the kit can see is changed: the wires, the order of things, providers' dialects, request bodies. A survivor is
a gap in the kit, or it changes nothing that a caller can see: those are listed in `tools/unseen.py`, each with why.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from massgen_conformance.providers import PROVIDERS
from tools.mutators import Mutation, mutations
from tools.trial import SURVIVED, TIMEOUT, Plant, Trial, begin, ended
from tools.unseen import UNSEEN

ROOT = Path(__file__).parents[1]
CHAT = ("chatcompletion", "openrouter", "mistral", "groq", "vllm", "azure_openai", "deepseek", "moonshot", "zai")
CHAT += ("together", "grok-chat")
REFUSING = ("fireworks", "groq", "grok", "ollama-chat")
"""Providers whose refusals have forms of their own, which only `failure.py` knows."""
SERVES = {
    "openai_chat": CHAT,
    "openai_responses": ("openai", "grok"),
    "anthropic_messages": ("claude",),
    "gemini_interactions": ("gemini-interactions",),
    "gemini": ("gemini",),
    "ollama": ("ollama",),
    "ndjson": ("ollama",),
    "content_chunks": ("mistral",),
    "call_router": CHAT[:4],
    "think_tags": ("vllm",),
    "timings": ("groq", "azure_openai", "cerebras"),
    "numbers": ("openai", "grok", "claude"),
    "decoder": ("vllm", "gemini", "claude", "openai"),
    "attempt": ("chatcompletion", "gemini", "claude", "openai"),
    "sse": ("chatcompletion", "gemini", "ollama-chat"),
    "http": ("claude", "chatcompletion", "openai"),
    "failure": ("chatcompletion", "openrouter", "claude", "gemini", "nvidia_nim", "azure_openai", *REFUSING),
}
"""The beginning of a file's name -> the providers to play; a provider's own file has its own, others `SHARED`."""
SHARED = ("chatcompletion", "claude", "openai")
FILES = ("wire/*.py", "backend/http.py", "backend/exchange.py", "backend/call_ids.py", "transport/chunked.py")
NO_KIT = {
    *("server_tools.py", "citations.py", "retry_hints.py", "failure_words.py", "whole.py", "azure_chat.py"),
    *("openai_chat_beside.py", "openai_responses_tools.py", "gemini_tools.py", "exceptions.py"),
    "json_objects.py",
}
"""Providers' own tools, citations, wordings, streams that are one JSON array: the kit's scripts lack them, the tests of
`tests/massgen` have them."""


FOREMOST = 6
"""As many checks, those that have killed most in this run, are asked before the others."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mutation in its file, and which it is of those of its function that read alike, from one."""

    path: Path  # from the root
    mutation: Mutation
    ordinal: int = 1

    @property
    def name(self) -> str:
        """Its own, and the same whichever line it stands on, so that a list of them stays true."""
        return _named(self.path, self.mutation) + (f" #{self.ordinal}" if self.ordinal > 1 else "")

    @property
    def providers(self) -> tuple[str, ...]:
        stem = self.path.stem
        if stem in PROVIDERS and self.path.parent.name == "backend":
            return (stem, *(name for name in PROVIDERS if name.startswith(f"{stem}-")))
        return next((names for start, names in SERVES.items() if stem.startswith(start)), SHARED)

    @property
    def plant(self) -> Plant:
        return Plant(".".join(self.path.with_suffix("").parts), ROOT / self.path, self.mutation.source)

    def __str__(self) -> str:
        return f"{self.path}:{self.mutation.line} {self.name.partition(' ')[2]}"


def every(only: str = "") -> Iterator[Mutant]:
    """Every mutant of the files that the kit sees, with `only` in the file's name."""
    own = {ROOT / "massgen" / "backend" / f"{name}.py" for name in PROVIDERS}
    files = {path for pattern in FILES for path in (ROOT / "massgen").glob(pattern)} | {p for p in own if p.is_file()}
    for path in sorted(files):
        if path.name not in NO_KIT and only in path.name:
            yield from numbered(path.relative_to(ROOT), mutations(path.read_text()))


def numbered(path: Path, found: Iterable[Mutation]) -> Iterator[Mutant]:
    """The mutants of a file, those that read alike in one function counted."""
    alike: Counter[str] = Counter()
    for mutation in found:
        alike[name := _named(path, mutation)] += 1
        yield Mutant(path, mutation, alike[name])


def _named(path: Path, change: Mutation) -> str:
    start = f"{path.relative_to('massgen')} {change.within}"
    return f"{start} {change.mutator}: {change.before} -> {change.after}"


def sampled(found: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """`size` of them, in turn from each mutator: one idiom is as common as all the others together."""
    random.Random(seed).shuffle(found)
    turns: Counter[str] = Counter()

    def turn(each: Mutant) -> int:
        turns[each.mutation.mutator] += 1
        return turns[each.mutation.mutator]

    return [each for _, each in sorted(((turn(each), each) for each in found), key=lambda pair: pair[0])][:size]


def verdicts(chosen: Sequence[Mutant], jobs: int, seconds: float) -> Iterator[tuple[Mutant, str]]:
    """What became of each, `jobs` of them at a time, in the order in which they end."""
    waiting, running = list(chosen), dict[Trial, Mutant]()
    kills: Counter[str] = Counter()  # by check: what has killed much is asked first
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[begin(mutant.plant, mutant.providers, seconds, first=_foremost(kills))] = mutant
        for trial, told in ended(list(running)):
            kills.update([told.partition("[")[0]] if "[" in told else [])
            yield running.pop(trial), told


def _foremost(kills: Counter[str]) -> list[str]:
    return [check for check, _ in kills.most_common(FOREMOST)]


def require_green(chosen: Sequence[Mutant], seconds: float) -> None:
    """Exit where the unchanged code is not green: everything would seem killed then."""
    for name in sorted({name for mutant in chosen for name in mutant.providers}):
        for _, told in ended([begin(None, (name,), seconds)]):
            if told != SURVIVED:
                sys.exit(f"the unchanged code is not green for {name}: {told}")


def stale(found: Sequence[Mutant]) -> list[str]:
    """Entries of the list of the unseen that no mutant has any more."""
    return sorted(set(UNSEEN) - {mutant.name for mutant in found})


def main() -> int:
    options = _options()
    found = list(every(options.file))
    if not options.file and (gone := stale(found)):
        sys.exit("tools/unseen.py names what is no mutant:\n" + "\n".join(gone))
    visible = [mutant for mutant in found if mutant.name not in UNSEEN]
    chosen = sampled(list(visible), options.sample, options.seed) if options.sample else visible
    if options.list:
        for mutant in chosen:
            print(mutant)
        return 0
    if not options.trust:
        require_green(chosen, 5 * options.timeout)
    ends: Counter[str] = Counter()
    for mutant, told in verdicts(chosen, options.jobs, options.timeout):
        print(f"{told:34} {mutant}", flush=True)
        ends[told] += 1
    print(summary(ends, len(visible), len(found) - len(visible)))
    return 0


def summary(ends: Counter[str], visible: int, unseen: int) -> str:
    """The score. What ran out of time is no kill: a slow machine would look like a strong kit."""
    tried = ends.total()
    killed = tried - ends[SURVIVED] - ends[TIMEOUT]
    late = f"; {ends[TIMEOUT]} ran out of time, try them with a longer --timeout" if ends[TIMEOUT] else ""
    return (
        f"{killed} of {tried} mutants killed ({killed / max(tried, 1):.0%}){late}; there are {visible}\n"
        f"{unseen} more change nothing that a caller can see (tools/unseen.py)"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="in turn from each mutator; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--file", default="", metavar="PART", help="only files with this in their name")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS", help="for one mutant")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="at a time")
    parser.add_argument("--trust", action="store_true", help="do not play the unchanged code first")
    parser.add_argument("--list", action="store_true", help="print the mutants and run nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
