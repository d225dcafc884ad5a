"""What a model costs as the checkout's own calculator would find out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from massgen_audit.facts.shapes import Class, Place
from massgen_audit.model import layout as at
from massgen_audit.model.interp.machine import Machine
from massgen_audit.model.interp.values import UNKNOWN, Instance, OneOf, Unknown, options
from massgen_audit.model.interp.world import Exhausted, Raised, Run
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit

LOOKUP = "get_model_pricing"
TABLE = "PROVIDER_PRICING"
_DATABASES = ("litellm", "genai_prices", "models.dev")
# The databases list these families under their plain names; models of other hosts carry the host's name in front.
_LISTED = re.compile(r"^(gpt-[45]|gpt-3\.5|o[134]|chatgpt|claude-|gemini-)")
# `vendor/model` in lower case is how routers name models; the database lists those under the router's name.
_ROUTED = re.compile(r"^[a-z0-9.-]+/[a-z0-9.:-]+$")


class Price(StrEnum):
    TABLE = "table"  # a row of the checkout's own table
    DATABASE = "database"  # the price database that the code consults lists the model
    ELSEWHERE = "elsewhere"  # only another host's listing can match the name
    HIDDEN = "hidden"  # the lookup cannot be followed
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Calculator:
    """The pricing class of a checkout."""

    path: str
    fact: Class
    lookup: Place | None
    table: Place | None
    database: str  # the price database its code names, or empty
    takes_provider: bool  # whether the database is asked per provider


def calculator(model: RepoModel) -> Calculator | None:
    module = model.source.module(at.PRICING)
    for fact in module.classes if module else ():
        lookup = fact.method(LOOKUP)
        table = next((place for name, place, _ in fact.attributes if name == TABLE), None)
        if lookup is not None or table is not None:
            text = model.source.text(at.PRICING).lower().replace("-", "_")
            database = next((name for name in _DATABASES if name in text), "")
            return Calculator(at.PRICING, fact, lookup.place if lookup else None, table, database, "genai" in database)
    return None


def price(model: RepoModel, found: Calculator, provider: str, name: str) -> Price:
    """How the calculator arrives at a price of one model for one provider name."""
    value = _ask(model, found, provider, name)
    results = options(value)
    if any(isinstance(item, Instance | dict) and _from_table(item) for item in results):
        return Price.TABLE
    if not found.database:
        return Price.HIDDEN if any(isinstance(item, Unknown) for item in results) else Price.NONE
    if found.takes_provider:
        return Price.HIDDEN  # its data is not in the checkout
    if _LISTED.match(name.lower()):
        return Price.DATABASE
    return Price.ELSEWHERE if _ROUTED.match(name) else Price.NONE


def _ask(model: RepoModel, found: Calculator, provider: str, name: str) -> Any:
    info = model.classes.get((found.path, found.fact.name))
    if info is None:
        return UNKNOWN
    machine = Machine(model.world, Run(steps=20_000))
    try:
        bound = machine.attribute_of(Instance(info, pending=([], {})), LOOKUP)
        return machine.calls.apply(bound, [provider, name], {}, (found.path, 0))
    except (Raised, Exhausted):
        return UNKNOWN


def _from_table(item: Any) -> bool:
    """A price made of known numbers; one computed from a database row has unknown ones."""
    if isinstance(item, dict):
        return bool(item) and all(isinstance(value, int | float) for value in item.values())
    args, keywords = item.pending or ([], item.attrs)
    numbers = [*args[:2], *[value for key, value in keywords.items() if "cost" in key or "per_" in key]]
    known = [value for value in numbers if not isinstance(value, Unknown | OneOf)]
    return bool(known) and len(known) == len(numbers)


def providers(model: RepoModel, unit: Unit) -> tuple[str, ...]:
    """The names under which the backend's usage is priced: what the class says, or else the registry."""
    if unit.cls is not None:
        said = options(model.ask(model.instance_of(unit), "get_provider_name"))
        names = tuple(name for name in said if isinstance(name, str))
        if names:
            return names
    shown = unit.type.row.get("provider_name") if unit.type.row else None
    return (shown,) if isinstance(shown, str) else ()


def table_key(model: RepoModel, found: Calculator, provider: str) -> tuple[str, Place] | None:
    """The key of the price table that a provider name leads to, through the calculator's aliases."""
    info = model.classes.get((found.path, found.fact.name))
    module = model.source.module(found.path)
    table = next((item for item in module.tables if item.name == TABLE), None) if module else None
    if info is None or table is None:
        return None
    normalised = model.ask(Instance(info, pending=([], {})), "_normalize_provider", provider)
    wanted = normalised if isinstance(normalised, str) else provider
    return next(((key, place) for key, place, _ in table.entries if key == wanted), None)
