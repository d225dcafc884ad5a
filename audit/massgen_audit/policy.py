"""What a project has decided about findings: `massgen-audit.yaml` and inline comments, each with a written reason.

    version: 1
    backends:
      claude_code:
        MG151: {reason: "the SDK builds its own message format", until: 2027-01-31, issue: 412}
    checkout:
      MG401: {reason: "the sets are merged in the next release", until: 2027-01-31}

Inline, on the line of a finding's evidence or alone above it: `# massgen-audit: ignore[MG131] the reason`.

A wrong policy (unknown code, unknown backend, no reason) is an error of usage and never a finding. A policy that has
outlived its cause is a finding: MG002 for an exemption that nothing needs, MG004 for one that is expired or whose
reason says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from massgen_audit.tree import Tree, Unreadable
from massgen_audit.values import Audit, BackendAudit, Evidence, Finding, Span, Status, Tier

FILE = "massgen-audit.yaml"
SHORTEST_REASON = 10
EXEMPTIBLE = frozenset({Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE, Status.PLANNED})
_SETTLED = frozenset({Status.PRESENT, Status.NOT_APPLICABLE})
_INLINE = re.compile(r"#\s*massgen-audit:\s*ignore\[([A-Z0-9,\s]+)\]\s*(.*?)\s*$")
_OF_DUP = "MGD"  # rules that only `dup` runs
_KEYS = frozenset({"reason", "until", "issue"})


class PolicyError(Exception):
    """The policy cannot be used; the message gives the file, the entry and what to write instead."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """One decision: about a backend and a code, or about a place (`line` of `path`, and the line below)."""

    code: str
    reason: str
    span: Span
    backend: str | None = None  # None for an inline comment
    until: date | None = None
    issue: str = ""

    @property
    def inline(self) -> bool:
        return self.backend is None

    def covers(self, finding: Finding) -> bool:
        if finding.code != self.code:
            return False
        if self.backend is not None:
            return finding.backend == self.backend
        lines = (self.span.line, self.span.end_line)
        return any(item.span.path == self.span.path and item.span.line in lines for item in finding.evidence)


def read_policy(text: str, path: str, codes: Collection[str], backends: Collection[str]) -> tuple[Exemption, ...]:
    """The exemptions of a policy file. Raises PolicyError with every problem at once."""
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PolicyError(f"{path}: not readable as YAML: {error}") from None
    if content is None:
        return ()
    problems: list[str] = []
    found = list(_exemptions(content, text, path, problems))
    types = {"", *backends}
    problems += [f"{item.code} is not a rule{nearest(item.code, codes)}" for item in found if item.code not in codes]
    problems += [
        f"{item.backend} is not a backend type{nearest(str(item.backend), types)}"
        for item in found
        if item.backend not in types
    ]
    if problems:
        raise PolicyError("\n".join(f"{path}: {problem}" for problem in dict.fromkeys(problems)))
    return tuple(found)


def nearest(name: str, known: Collection[str]) -> str:
    """A suggestion to end a message with; empty where nothing known resembles the name."""
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(known), n=1)
    return f": is {found[0]} meant?" if found else ""


def _exemptions(content: Any, text: str, path: str, problems: list[str]) -> Iterator[Exemption]:
    if not isinstance(content, dict) or content.get("version") != 1:
        problems.append("the file starts with `version: 1`")
        return
    unknown = sorted(set(map(str, content)) - {"version", "backends", "checkout"})
    problems.extend(f"{name} is not a key: write `backends` or `checkout`" for name in unknown)
    groups = {"": content.get("checkout") or {}}
    backends = content.get("backends") or {}
    if isinstance(backends, dict):
        groups |= {str(name): entries or {} for name, entries in backends.items()}
    else:
        problems.append("`backends` maps a type to its exemptions")
    for backend, entries in groups.items():
        if not isinstance(entries, dict):
            problems.append(f"{backend or 'checkout'} maps a rule code to an exemption")
            continue
        for code, entry in entries.items():
            found = _exemption(str(code), backend, entry, text, path, problems)
            if found is not None:
                yield found


def _exemption(code: str, backend: str, entry: Any, text: str, path: str, problems: list[str]) -> Exemption | None:
    where = f"{backend or 'checkout'} {code}"
    if not isinstance(entry, dict) or not isinstance(entry.get("reason"), str) or not entry["reason"].strip():
        problems.append(f"{where}: write `{{reason: why this is right as it is}}`")
        return None
    problems.extend(f"{where}: {name} is not a key" for name in sorted(set(map(str, entry)) - _KEYS))
    until = entry.get("until")
    if until is not None and not isinstance(until, date):
        problems.append(f"{where}: until is a date such as 2027-01-31, not {until!r}")
        return None
    line = _line(text, backend, code)
    issue = str(entry.get("issue") or "")
    return Exemption(code, entry["reason"].strip(), Span(path, line, 1, line, 1), backend, until, issue)


def _line(text: str, backend: str, code: str) -> int:
    """The line of an entry: the first that starts with the code, below the backend's name."""
    inside = not backend
    for number, line in enumerate(text.splitlines(), 1):
        inside = inside or line.strip().startswith(f"{backend}:")
        if inside and re.match(rf"\s*[\"']?{re.escape(code)}\b", line):
            return number
    return 1


def inline_exemptions(tree: Tree, paths: Collection[str]) -> Iterator[Exemption]:
    """Comments in the files that findings point at."""
    for path in sorted(paths):
        try:
            data = tree.read(path)
        except (FileNotFoundError, Unreadable):
            continue
        if b"massgen-audit:" not in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            found = _INLINE.search(line)
            alone = line.lstrip().startswith("#")
            for code in re.split(r"[,\s]+", found[1].strip()) if found else ():
                yield Exemption(code, found[2] if found else "", Span(path, number, 1, number + alone, 1))


def require_rules(inline: Collection[Exemption], codes: Collection[str]) -> None:
    """Raises PolicyError with the place of every comment that names no rule."""
    problems = [
        f"{item.span.path}:{item.span.line}: {item.code} is not a rule{nearest(item.code, codes)}"
        for item in inline
        if item.code not in codes and not item.code.startswith(_OF_DUP)
    ]
    if problems:
        raise PolicyError("\n".join(problems))


def apply(audit: Audit, exemptions: Collection[Exemption], today: date) -> Audit:
    """The audit with what is exempt marked so, and findings about exemptions that have outlived their cause."""
    used: set[int] = set()
    backends = tuple(
        replace(item, findings=tuple(_applied(finding, exemptions, today, used) for finding in item.findings))
        for item in audit.backends
    )
    repo = [_applied(finding, exemptions, today, used) for finding in audit.repo]
    own = [_stale(item, audit) for item in exemptions if id(item) not in used]
    own += [_weak(item, today) for item in exemptions]
    reported = [finding for finding in own if finding is not None]
    codes = {finding.code for finding in reported}
    kept = [finding for finding in repo if finding.code not in codes]
    return replace(audit, backends=backends, repo=(*kept, *reported))


def _applied(finding: Finding, exemptions: Collection[Exemption], today: date, used: set[int]) -> Finding:
    if finding.status not in EXEMPTIBLE:
        return finding
    for item in exemptions:
        if item.covers(finding):
            used.add(id(item))
            if _expired(item, today) or len(item.reason) < SHORTEST_REASON:
                return finding
            return replace(finding, status=Status.EXEMPT, suppressed_by=item.reason)
    return finding


def _expired(item: Exemption, today: date) -> bool:
    return item.until is not None and item.until < today


def _stale(item: Exemption, audit: Audit) -> Finding | None:
    """Silent where the rule says nothing of the backend in this checkout, e.g. because its API is absent."""
    concerned = [finding for finding in audit.findings() if finding.code == item.code]
    if not item.inline:
        concerned = [finding for finding in concerned if finding.backend == item.backend]
        if not concerned or any(finding.status not in _SETTLED for finding in concerned):
            return None
    elif item.code not in audit.rules_run or item.code in audit.silent:
        return None
    about = item.backend or item.span.path
    return _finding("MG002", "exemption-needed", item, f"{item.code} is exempt for {about}, and nothing needs it")


def _weak(item: Exemption, today: date) -> Finding | None:
    if item.until is not None and _expired(item, today):
        message = f"the exemption of {item.code} ended on {item.until.isoformat()}"
    elif len(item.reason) < SHORTEST_REASON:
        message = f"the exemption of {item.code} gives no reason"
    else:
        return None
    return _finding("MG004", "exemption-reasoned", item, message)


def _finding(code: str, slug: str, item: Exemption, message: str) -> Finding:
    evidence = (Evidence(item.span, "entry", item.reason),)
    unit = f"{item.backend or item.span.path} {item.code}".strip()
    return Finding(code, slug, 0, Tier.REQUIRED, "", unit, Status.PARTIAL, message, evidence)


def select(audit: Audit, backends: Collection[str]) -> Audit:
    """Only these backends; what concerns the checkout stays."""
    chosen: tuple[BackendAudit, ...] = tuple(item for item in audit.backends if item.type in backends)
    return replace(audit, backends=chosen)


__all__ = ["FILE", "Exemption", "PolicyError", "apply", "inline_exemptions", "read_policy", "select"]
