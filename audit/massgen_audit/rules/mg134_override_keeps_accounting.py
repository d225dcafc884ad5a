"""An override does not cut off the accounting that its base does.

What it does: for each class that inherits its streaming, compares which accounting calls its nearest concrete base
reaches with those that it reaches itself.

Why it matters: a subclass that replaces one method of the streaming path loses timing and usage without a sign.

Evidence: the calls that are reached.

Not a finding: a base that reaches none; a call that the override makes itself.

How to fix: call `super()` in the override, or make the call there.
"""

from __future__ import annotations

from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.repo import ROOT_CLASS, STREAM, RepoModel
from massgen_audit.model.tracking import END, FIRST, START, USAGE, site_evidence
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Evidence, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched

CALLS = (START, FIRST, END, *USAGE[:2])


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    base = _base(model, info)
    if base is None:
        return not_applicable(f"{info.name} inherits no streaming")
    inherited = _reached(model, base)
    if not inherited:
        return not_applicable(f"{base.name}, from which {info.name} inherits, does no accounting")
    own = _reached(model, info)
    lost = [name for name in inherited if name not in own]
    if not lost:
        return present(f"{info.name} keeps the accounting of {base.name}", *own.values())
    cut = _override(model, info, base)
    where = searched(info.path, cut or info.fact.place.line, f"an override here loses {', '.join(lost)}")
    return missing(f"{info.name} cuts off {', '.join(lost)}, which {base.name} calls", where, *inherited.values())


def _base(model: RepoModel, info: ClassInfo) -> ClassInfo | None:
    for item in model.classes.mro(info)[1:]:
        found = model.definition(item, STREAM)
        if item.name != ROOT_CLASS and found is not None and not found[1].abstract:
            return item
    return None


def _reached(model: RepoModel, info: ClassInfo) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for site in model.reach.calls(info, STREAM, *CALLS):
        found.setdefault(site.call.chain.rpartition(".")[2], site_evidence(site))
    return found


def _override(model: RepoModel, info: ClassInfo, base: ClassInfo) -> int | None:
    """The line of the first method of the class that replaces one on the base's streaming path."""
    path = {reached.function.name for reached in model.reach.from_method(base, STREAM)}
    return next((method.place.line for method in info.fact.methods if method.name in path), None)


_MODULE = "from .acme import AcmeBackend\nfrom .base import StreamChunk\n\n\nclass ChildBackend(AcmeBackend):\n"

RULE = Rule(
    code="MG134",
    slug="override-keeps-accounting",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="An override does not cut off the accounting that its base does",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo(
            "the override calls super()",
            edits=(
                Edit(
                    "massgen/backend/child.py",
                    "",
                    _MODULE + "    async def stream_with_tools(self, messages, tools, **kwargs):\n"
                    "        async for chunk in super().stream_with_tools(messages, tools, **kwargs):\n"
                    "            yield chunk\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "the override replaces everything",
            edits=(
                Edit(
                    "massgen/backend/child.py",
                    "",
                    _MODULE + "    async def stream_with_tools(self, messages, tools, **kwargs):\n"
                    '        yield StreamChunk(type="done")\n',
                ),
            ),
            expect=(Expected("", "missing", "massgen/backend/child.py:6"),),
        ),
    ),
)
