"""The values everything else passes around: where, what was seen, what follows from it.

No logic beyond small derivations lives here; facts, model, rules, fixes and reports all import it and it imports
nothing of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b


class Status(StrEnum):
    """What is known about one integration point of one backend."""

    PRESENT = "present"
    PARTIAL = "partial"
    MISSING = "missing"
    PLANNED = "planned"
    NOT_APPLICABLE = "not_applicable"
    UNVERIFIABLE = "unverifiable"
    EXEMPT = "exempt"
    BASELINED = "baselined"


# From best to worst: a point's status is the worst of its findings.
SEVERITY: tuple[Status, ...] = (
    Status.NOT_APPLICABLE,
    Status.PRESENT,
    Status.EXEMPT,
    Status.BASELINED,
    Status.PLANNED,
    Status.UNVERIFIABLE,
    Status.PARTIAL,
    Status.MISSING,
)


def worst(statuses: list[Status]) -> Status:
    """The worst of `statuses`; `not_applicable` where there is none."""
    return max(statuses, key=SEVERITY.index, default=Status.NOT_APPLICABLE)


class Scope(StrEnum):
    """What one verdict of a rule is about."""

    CLASS = "class"  # a concrete subclass of LLMBackend
    TYPE = "type"  # a backend type string
    LINK = "link"  # a (type, class) pair
    REPO = "repo"  # the checkout


class Tier(StrEnum):
    """How much a rule weighs: `recommended` never fails a run by default."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    RECOMMENDED = "recommended"


class Fixable(StrEnum):
    SAFE = "safe"  # additive, cannot change behaviour
    UNSAFE = "unsafe"  # may change behaviour: needs --unsafe
    SCAFFOLD = "scaffold"  # writes a file or an entry that a person completes
    NO = "no"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in the checkout: path relative to its root with `/`, lines and columns from 1 in code points."""

    path: str
    line: int = 1
    col: int = 1
    end_line: int = 0
    end_col: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing seen, or one place searched in vain.

    `kind` is one of `defines calls literal entry heading table-row yaml-key test searched`. A `present` verdict carries
    at least one evidence that is not `searched`; a `missing` one carries at least one `searched`, whose span is where
    the missing piece belongs.
    """

    span: Span
    kind: str
    note: str = ""
    via: tuple[str, ...] = ()  # the MRO and call chain that led there, outermost first


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one unit."""

    status: Status
    message: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict under its rule's name, attributed to the backend type it concerns (`""` for the repository)."""

    code: str
    slug: str
    point: int  # 1..15, row of the checklist's file summary; 0 for rules about the checkout itself
    tier: Tier
    backend: str
    unit: str  # what was judged: a class name, a type, or `type -> class`
    status: Status
    message: str
    evidence: tuple[Evidence, ...] = ()
    fixable: Fixable = Fixable.NO
    suppressed_by: str = ""  # the written reason, for `exempt` and `baselined`

    @property
    def place(self) -> Span:
        """Where a reader should look first: where it belongs if missing, where it is otherwise."""
        kinds = ("searched",) if self.status is Status.MISSING else ()
        for evidence in self.evidence:
            if not kinds or evidence.kind in kinds:
                return evidence.span
        return self.evidence[0].span if self.evidence else Span(".")

    @property
    def fingerprint(self) -> str:
        """Stable over edits elsewhere in the file: it holds no line number."""
        named = f"{self.code}|{self.backend}|{self.unit}".encode("utf-8", "surrogatepass")  # a path may be no UTF-8
        return blake2b(named, digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class BackendAudit:
    """All that is known of one backend type."""

    type: str
    cls: str
    file: str
    findings: tuple[Finding, ...]
    lineage: tuple[str, ...] = ()  # the files of its class and of those that it inherits from

    def point(self, number: int) -> Status:
        return worst([finding.status for finding in self.findings if finding.point == number])


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of one run: what every reporter renders and what the fixer works from."""

    root: str
    layout: str  # one line: which shape of checkout this is, as probed
    backends: tuple[BackendAudit, ...]
    repo: tuple[Finding, ...]
    unreadable: tuple[tuple[str, str], ...] = ()  # (path, why)
    rules_run: tuple[str, ...] = field(default=())
    since: str = ""  # the commit since when findings are told; older ones are marked as known

    @property
    def silent(self) -> frozenset[str]:
        """Rules that judged nothing here: their API is absent, or what they compare was not given."""
        found: dict[str, set[tuple[str, Status]]] = {}
        for finding in self.findings():
            found.setdefault(finding.code, set()).add((finding.backend, finding.status))
        return frozenset(code for code, said in found.items() if said == {("", Status.NOT_APPLICABLE)})

    def findings(self) -> list[Finding]:
        return [f for backend in self.backends for f in backend.findings] + list(self.repo)


POINTS: dict[int, str] = {
    1: "backend class",
    2: "formatter",
    3: "API params handler",
    4: "backend/__init__.py export",
    5: "cli.py create_backend",
    6: "capabilities registry",
    7: "config validator",
    8: "pricing",
    9: "base excluded params",
    10: "handler excluded params",
    11: "tests",
    12: "example configs",
    13: "docs: yaml_schema",
    14: "docs: backends guide",
    15: "generated tables",
}

# How a fix marks a value that it could not read: a string that starts so waits for a person, and a rule reports it.
FILL_IN = "fill in"
