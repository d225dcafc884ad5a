"""What a renderer is told besides the audit itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from massgen_audit.values import Scope, Status, Tier

# What asks a reader to act or to decide. The rest is proof, and is shown on request.
ATTENTION: frozenset[Status] = frozenset({Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE, Status.PLANNED})
# What was accepted in writing: machine formats carry it so that a dashboard can count debt.
ACCEPTED: frozenset[Status] = frozenset({Status.EXEMPT, Status.BASELINED})


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a report says of a rule: `summary`, `remedy` and `why` are plain sentences, `help` is Markdown."""

    code: str
    slug: str
    point: int
    scope: Scope
    tier: Tier
    summary: str
    remedy: str = ""
    help: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """`width` is in terminal cells, 0 for unlimited; `show` of None lets each format choose what it lists.

    `rules` describes every rule of the catalogue, also those that found nothing. `ascii_only` is for terminals that
    cannot print the status symbols. `json` and `jsonl` are complete whatever `show` says.

    `inside` is where the checkout lies in its repository, with `/` and empty at the root: what GitHub and GitLab call a
    path begins there. `line` gives the text of a line of a file, empty where it cannot be read.
    """

    colour: bool = False
    width: int = 100
    show: frozenset[Status] | None = None
    rules: tuple[RuleInfo, ...] = ()
    ascii_only: bool = False
    inside: str = ""
    line: Callable[[str, int], str] | None = None

    def located(self, path: str) -> str:
        """A path of the checkout as a path of its repository."""
        return f"{self.inside}/{path}" if self.inside else path

    def summary(self, code: str) -> str:
        """What holds where there is no finding of `code`; the code itself where the rule is not described."""
        return next((rule.summary for rule in self.rules if rule.code == code), code)

    def remedy(self, code: str) -> str:
        """What to do about a finding of `code`; empty where the rule is not described."""
        return next((rule.remedy for rule in self.rules if rule.code == code), "")
