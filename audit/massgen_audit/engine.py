"""Runs rules over a model and makes the `Audit`. Policy and baseline are applied by `massgen_audit.api`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from time import process_time

from massgen_audit.model.layout import GENERATOR, describe
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo
from massgen_audit.model.units import Unit
from massgen_audit.rule import Rule
from massgen_audit.values import Audit, BackendAudit, Finding, Scope, Status, Verdict

Timings = dict[str, float]


def run(model: RepoModel, rules: Sequence[Rule], timings: Timings | None = None, only: Collection[str] = ()) -> Audit:
    """Every rule on every unit of its scope. A class verdict is repeated under each type that the class serves.

    With `only`, nothing is judged but these types.
    """
    by_type: dict[str, list[Finding]] = {info.name: [] for info in model.types}
    repo: list[Finding] = []
    for rule in rules:
        started = process_time()
        for finding in _findings(model, rule, only):
            by_type.get(finding.backend, repo).append(finding)
        if timings is not None:
            timings[rule.code] = process_time() - started
    absent = {name for rule in rules for name in rule.probes if not model.defines(name)}
    backends = tuple(
        _backend(model, info, tuple(found)) for info, found in zip(model.types, by_type.values(), strict=True)
    )
    return Audit(
        root=model.source.tree.root,
        layout=describe(model.layout, len(model.types), model.source.exists(GENERATOR), len(absent)),
        backends=backends,
        repo=tuple(repo),
        unreadable=tuple(sorted({**model.source.tree.unlisted, **model.source.unreadable}.items())),
        rules_run=tuple(rule.code for rule in rules),
    )


def _backend(model: RepoModel, info: TypeInfo, found: tuple[Finding, ...]) -> BackendAudit:
    if info.cls is None:
        return BackendAudit(info.name, "", "", found)
    lineage = dict.fromkeys(item.path for item in model.classes.mro(info.cls))
    return BackendAudit(info.name, info.cls.name, info.cls.path, found, tuple(lineage))


def _findings(model: RepoModel, rule: Rule, only: Collection[str]) -> Iterable[Finding]:
    absent = [name for name in rule.probes if not model.defines(name)]
    if absent:
        message = f"this checkout defines no {' or '.join(absent)}"
        yield _finding(rule, "", "checkout", Verdict(Status.NOT_APPLICABLE, message))
        return
    for unit in model.units(rule.scope):
        concerned = _backends(rule, unit)
        if only and not set(only) & set(concerned):
            continue
        verdict = rule.check(model, unit)
        for backend in concerned:
            yield _finding(rule, backend, unit.name, verdict)


def _backends(rule: Rule, unit: Unit) -> tuple[str, ...]:
    """Whom a verdict concerns: a class that no type uses is the checkout's own affair."""
    if rule.scope is Scope.REPO:
        return ("",)
    return tuple(info.name for info in unit.types) or ("",)


def _finding(rule: Rule, backend: str, unit: str, verdict: Verdict) -> Finding:
    return Finding(
        code=rule.code,
        slug=rule.slug,
        point=rule.point,
        tier=rule.tier,
        backend=backend,
        unit=unit,
        status=verdict.status,
        message=verdict.message,
        evidence=verdict.evidence,
        fixable=rule.fixable,
    )
