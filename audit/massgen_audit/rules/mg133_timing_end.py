"""The end of an API call is timed, for success and for failure.

What it does: looks for reachable calls of `end_api_call_timing` and reads `success`.

Why it matters: a call that ends in an error and is never closed distorts every average after it.

Evidence: a call for success and one for failure; one call with a computed value counts as both.

Not a finding: a checkout whose base classes do not define the method.

How to fix: `self.end_api_call_timing(success=False, error=str(error))` where the failure is handled.
"""

from __future__ import annotations

from massgen_audit.model.reach import CallSite
from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.tracking import END, judge, site_evidence
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Status, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched


def check(model: RepoModel, unit: Unit) -> Verdict:
    verdict = judge(model, unit, (END,), "the end of an API call is timed")
    if verdict.status is not Status.PRESENT:
        return verdict
    sites = model.reach.calls(unit.info, STREAM, END)
    outcomes = {outcome for site in sites for outcome in _outcomes(site)}
    evidence = [site_evidence(site) for site in sites[:3]]
    if outcomes == {True, False}:
        return present("the end of an API call is timed, for success and for failure", *evidence)
    lacking = "failure" if True in outcomes else "success"
    where = searched(sites[0].reached.path, sites[0].call.place, f"no reachable call for {lacking}")
    return partial(f"{unit.info.name} times the end of an API call, but not for {lacking}", *evidence, where)


def _outcomes(site: CallSite) -> set[bool]:
    """What `success` can be at one call: both, unless it is a literal or left at its default."""
    given = site.call.keyword("success") or (site.call.args[0] if site.call.args else ("const", "True"))
    return {given[1] == "True"} if given[0] == "const" else {True, False}


RULE = Rule(
    code="MG133",
    slug="timing-end-called",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="The end of an API call is timed, for success and for failure",
    check=check,
    doc=__doc__ or "",
    probes=(END,),
    valid=(
        MiniRepo("one call for each outcome"),
        MiniRepo(
            "one call with a computed outcome",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "            self.end_api_call_timing(success=True)\n",
                    "            self.end_api_call_timing(success=bool(messages))\n",
                ),
                Edit(
                    "massgen/backend/acme.py",
                    "            self.end_api_call_timing(success=False, error=str(error))\n",
                    "",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "a failure is not closed",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "            self.end_api_call_timing(success=False, error=str(error))\n",
                    "",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:19"),),
        ),
    ),
)
