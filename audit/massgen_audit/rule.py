"""What a rule is: a code, what it is about, a check, and examples that prove it.

One module in `massgen_audit.rules` holds one rule in the name `RULE`. Its module docstring is its documentation: one
sentence, then a paragraph for each heading of `HEADINGS`, written `Heading: text`. Adding a file adds its tests and
its page of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from massgen_audit.values import Fixable, Scope, Tier, Verdict

if TYPE_CHECKING:
    from massgen_audit.model.repo import RepoModel
    from massgen_audit.model.units import Unit

HEADINGS: tuple[str, ...] = ("What it does", "Why it matters", "Evidence", "Not a finding", "How to fix")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the one occurrence of `old` in the skeleton's file; `old=""` creates or replaces the whole file."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The finding an invalid example must produce, and nothing else of the same rule."""

    backend: str
    status: str
    place: str  # "path:line"


@dataclass(frozen=True, slots=True)
class MiniRepo:
    """A small checkout: edits over the shared skeleton, in which the type `acme` is completely integrated.

    `fixed` gives, for each file that the rule's fix changes, its whole text afterwards. A rule is fixable because an
    example of it is.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    removed: tuple[str, ...] = ()  # files of the skeleton that are not there
    expect: tuple[Expected, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    safety: Fixable = Fixable.SAFE  # read only where `fixed` is given


Check = Callable[["RepoModel", "Unit"], Verdict]


@dataclass(frozen=True, slots=True)
class Rule:
    code: str  # "MG201": stable for ever, never reused
    slug: str
    point: int  # row of the checklist's file summary; 0 for what lowers no point
    phase: str  # section of the checklist, e.g. "2.1"
    scope: Scope
    tier: Tier
    summary: str
    check: Check
    doc: str
    probes: tuple[str, ...] = ()  # methods that some class of the checkout must define, or the rule does not apply
    valid: tuple[MiniRepo, ...] = ()
    invalid: tuple[MiniRepo, ...] = ()

    @property
    def sections(self) -> dict[str, str]:
        """The documentation by heading: paragraphs that start with a heading and a colon."""
        found: dict[str, str] = {}
        for paragraph in self.doc.split("\n\n"):
            heading, colon, text = " ".join(paragraph.split()).partition(": ")
            if colon and heading in HEADINGS:
                found[heading] = text
        return found

    @property
    def fixable(self) -> Fixable:
        """How a fix may be applied: derived from an example that shows the fixed text."""
        levels = [example.safety for example in self.invalid if example.fixed]
        return levels[0] if levels else Fixable.NO


def load_rules() -> tuple[Rule, ...]:
    """The rules that `check` runs, in code order: the modules `mgNNN_...` of the package `massgen_audit.rules`."""
    return _load(re.compile(r"mg\d"))


def load_duplication_rules() -> tuple[Rule, ...]:
    """The rules about duplicated code, in code order: the modules `mgdNN_...`. They take seconds, so `dup` runs what
    they are made of and `check` does not.
    """
    return _load(re.compile(r"mgd\d"))


def _load(named: re.Pattern[str]) -> tuple[Rule, ...]:
    package = import_module("massgen_audit.rules")
    modules = (
        import_module(f"{package.__name__}.{info.name}")
        for info in iter_modules(package.__path__)
        if named.match(info.name)
    )
    return tuple(sorted((module.RULE for module in modules), key=lambda rule: rule.code))


def select(rules: Iterable[Rule], code: str) -> Rule | None:
    """The rule of that code or slug, in either case."""
    wanted = code.lower()
    return next((rule for rule in rules if wanted in (rule.code.lower(), rule.slug)), None)
