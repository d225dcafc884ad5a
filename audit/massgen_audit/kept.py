"""Verdicts kept between runs, for a checkout in which nothing changed since: beside the facts, never in the checkout.

They are kept under all that they follow from: every file that is listed or was asked for, as the file system tells it
(inode, size, times of its content and of its node, so that setting a file's times back hides nothing), the auditor's
own files, and the Python that runs it. What also follows from a date, a policy or a baseline is applied anew each time.
A file whose last change is younger than `SETTLING` may change again within one tick of the file system's clock; then
nothing is kept.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple
from hashlib import blake2b
from pathlib import Path
from typing import Any

from massgen_audit import own
from massgen_audit.deciding import Judged
from massgen_audit.policy import Exemption
from massgen_audit.report.options import RuleInfo
from massgen_audit.tree import SETTLING, DirectoryTree, identity
from massgen_audit.values import Audit, BackendAudit, Evidence, Finding, Fixable, Scope, Span, Status, Tier

_FORMAT = 1


class KeptVerdicts:
    """One file for one checkout. A file that is missing, foreign, damaged or of another state counts as empty."""

    def __init__(self, file: Path, tree: DirectoryTree, now: Callable[[], float] = time.time) -> None:
        self._file = file
        self._tree = tree
        self._began = now()

    def load(self) -> Judged | None:
        try:
            with self._file.open(encoding="utf-8") as file:
                head, body = json.loads(file.readline()), file.read()
            if head["state"] != self._state(head["asked"]):
                return None
            return _unpacked(json.loads(body), self._tree.root)
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
            return None

    def store(self, judged: Judged, asked: Iterable[str]) -> None:
        """Keeps what was judged; `asked` are the paths that were read, or looked for, beside those of the tree."""
        others = sorted(set(asked) - set(self._tree.paths()))
        try:
            if not self._settled(others):
                return
            head = json.dumps({"state": self._state(others), "asked": others})
            body = json.dumps(_packed(judged), separators=(",", ":"))
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.name)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(f"{head}\n{body}")
            Path(name).replace(self._file)
        except (OSError, ValueError):
            return  # a read-only home, or names that are not text, make the next run slower and nothing else

    def _settled(self, others: Iterable[str]) -> bool:
        stats = [*self._stats(self._tree.paths()), *self._stats(others)]
        youngest = max((max(found.st_mtime, found.st_ctime) for _, found in stats if found), default=0.0)
        return youngest < self._began - SETTLING

    def _state(self, others: Iterable[str]) -> str:
        """A digest of all that verdicts follow from."""
        auditor = own.state_of(own.FOLDER)
        outset = f"{_FORMAT} {sys.version} {auditor} {sorted(self._tree.unlisted.items())}"
        state = blake2b(outset.encode(), digest_size=16)
        for path, found in (*self._stats(self._tree.paths()), *self._stats(others)):
            state.update(f"{path}\0{identity(found)}\n".encode("utf-8", "surrogateescape"))
        return state.hexdigest()

    def _stats(self, paths: Iterable[str]) -> Iterator[tuple[str, os.stat_result | None]]:
        for path in paths:
            yield path, self._tree.stat(path)


def kept_file(facts_file: Path) -> Path:
    """Where the verdicts on a checkout are kept: beside its facts."""
    return facts_file.with_suffix(".verdicts")


def _packed(judged: Judged) -> dict[str, Any]:
    """Plain lists. A verdict about a class stands once, however many types the class serves."""
    verdicts: dict[tuple[Evidence, ...], int] = {}
    audit = judged.audit

    def finding(item: Finding) -> list[Any]:
        number = verdicts.setdefault(item.evidence, len(verdicts))
        about = [item.code, item.slug, item.point, item.tier, item.backend, item.unit]
        return [*about, item.status, item.message, item.fixable, number]

    return {
        "layout": audit.layout,
        "backends": [
            [b.type, b.cls, b.file, [finding(item) for item in b.findings], b.lineage] for b in audit.backends
        ],
        "repo": [finding(item) for item in audit.repo],
        "unreadable": audit.unreadable,
        "rules": audit.rules_run,
        "evidence": [[[*_place(e.span), e.kind, e.note, e.via] for e in evidence] for evidence in verdicts],
        "inline": [[item.code, item.reason, _place(item.span)] for item in judged.inline],
        "catalogue": [astuple(rule) for rule in judged.catalogue],
    }


def _place(span: Span) -> tuple[str | int, ...]:
    return (span.path, span.line, span.col, span.end_line, span.end_col)  # `astuple` copies each: ten times as slow


def _unpacked(kept: dict[str, Any], root: str) -> Judged:
    evidence = [
        tuple(Evidence(Span(*where[:5]), where[5], where[6], tuple(where[7])) for where in places)
        for places in kept["evidence"]
    ]

    def finding(row: list[Any]) -> Finding:
        code, slug, point, tier, backend, unit, status, message, fixable, number = row
        places = evidence[number]
        return Finding(code, slug, point, Tier(tier), backend, unit, Status(status), message, places, Fixable(fixable))

    return Judged(
        Audit(
            root=root,
            layout=kept["layout"],
            backends=tuple(
                BackendAudit(b[0], b[1], b[2], tuple(map(finding, b[3])), tuple(b[4])) for b in kept["backends"]
            ),
            repo=tuple(map(finding, kept["repo"])),
            unreadable=tuple((path, why) for path, why in kept["unreadable"]),
            rules_run=tuple(kept["rules"]),
        ),
        tuple(Exemption(code, reason, Span(*place)) for code, reason, place in kept["inline"]),
        tuple(map(_rule, kept["catalogue"])),
    )


def _rule(row: list[Any]) -> RuleInfo:
    code, slug, point, scope, tier, *texts = row
    return RuleInfo(code, slug, point, Scope(scope), Tier(tier), *texts)
