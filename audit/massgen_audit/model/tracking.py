"""Which of the framework's accounting calls a backend reaches, and where an override loses them."""

from __future__ import annotations

from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.reach import CallSite
from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.values import Evidence, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched, seen, unverifiable

START, FIRST, END = "start_api_call_timing", "record_first_token", "end_api_call_timing"
USAGE = (
    "_update_token_usage_from_api_response",
    "_estimate_token_usage",
    "update_token_usage",
    "update_token_usage_from_result_message",
)


def site_evidence(site: CallSite) -> Evidence:
    return seen(site.reached.path, site.call.place, "calls", site.call.chain, site.reached.via)


def judge(model: RepoModel, unit: Unit, names: tuple[str, ...], what: str) -> Verdict:
    """Whether one of the calls is reachable from `stream_with_tools` on the class."""
    info = unit.info
    found = model.definition(info, STREAM)
    if found is None or found[1].abstract:
        return not_applicable(f"{info.name} implements no {STREAM}")
    sites = model.reach.calls(info, STREAM, *names)
    if sites:
        return present(f"{what}: {sites[0].call.chain}", *map(site_evidence, sites[:3]))
    owner, method = found
    delegated = relay(model, info)
    if delegated is not None:
        return unverifiable(f"{what}: hidden, {info.name} hands the stream to another object", delegated)
    count = len(model.reach.from_method(info, STREAM))
    wanted = next((name for name in names if model.defines(name)), names[0])
    where = searched(owner.path, method.place, f"followed {STREAM} through {count} functions, none calls {wanted}")
    return missing(f"{info.name} never calls {wanted}", where)


def relay(model: RepoModel, info: ClassInfo) -> Evidence | None:
    """The place where the class does nothing but pass on what another object streams."""
    reached = model.reach.from_method(info, STREAM)
    if len(reached) != 1 or not reached[0].function.relays:
        return None
    for call in reached[0].function.calls:
        if call.chain.startswith("self.") and call.chain.count(".") > 1:
            return seen(reached[0].path, call.place, "calls", call.chain)
    return None
