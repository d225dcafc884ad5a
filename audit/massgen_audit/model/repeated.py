"""The question of the rules about duplicated code: what backends repeat of one concern."""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.concerns import Concern
from massgen_audit.model.duplicates import duplicates, lines_saved
from massgen_audit.model.repo import ROOT_CLASS, RepoModel
from massgen_audit.values import Verdict
from massgen_audit.verdicts import partial, present, seen

_SHOWN = 10  # copies told in one verdict; `massgen-audit dup` tells all


def judge(model: RepoModel, concern: Concern) -> Verdict:
    """Whether code of this concern stands once. The copies are the evidence, those that save most lines first."""
    found = [item for item in duplicates(model) if item.concern is concern]
    if not found:
        root = model.classes.get((at.BASE, ROOT_CLASS))
        return present(
            f"the backends repeat no {concern} code", seen(at.BASE, root.fact.place if root else 1, "defines")
        )
    copies = [copy for item in found for copy in item.copies]
    noted = [
        seen(copy.place.path, copy.place.line, "defines", f"{', '.join(copy.owners[:1])} to line {copy.place.end_line}")
        for copy in copies[:_SHOWN]
    ]
    groups = "1 group" if len(found) == 1 else f"{len(found)} groups"
    return partial(f"{groups} of duplicated {concern} code, {lines_saved(found)} lines too many", *noted)
