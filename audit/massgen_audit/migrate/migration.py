"""What a migration is: a number, what it changes and leaves alone, and what must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from massgen_audit.fixes.edit import FileEdit
from massgen_audit.model.repo import RepoModel


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A place of the checkout as it was: what is changed there, or why it is left alone and what a person can do."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.text}"


@dataclass(frozen=True, slots=True)
class Options:
    """`unsafe` admits what may change behaviour; with `backends`, only the classes of these types are changed."""

    unsafe: bool = False
    backends: frozenset[str] = frozenset()

    def admits(self, model: RepoModel, path: str, name: str) -> bool:
        """Whether the class `name` of `path` may be changed."""
        if not self.backends:
            return True
        served = (info for info in model.types if info.name in self.backends)
        return any(info.cls is not None and info.cls.key == (path, name) for info in served)


@dataclass(slots=True)
class Outcome:
    """The edits of one migration with the places that they change, and the places that it leaves to a person."""

    edits: list[FileEdit] = field(default_factory=list)
    changed: list[Note] = field(default_factory=list)
    left: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Migration:
    """`plan` gives the edits of a checkout; `broken` says what of the promise does not hold once they are made."""

    number: str  # "0001": stable for ever, never reused
    name: str
    summary: str
    doc: str
    plan: Callable[[RepoModel, Options], Outcome]
    broken: Callable[[RepoModel, RepoModel, Options], Iterable[str]]
    by_backend: bool = True  # whether it can be done for single types
    home: str = ""  # where what is shared comes to stand if no class above has it
