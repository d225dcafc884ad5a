"""What a model costs as the checkout's own calculator would find out."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from massgen_audit.facts.nodes import walk
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
    return model.once("price calculator", lambda: _calculator(model))


def _calculator(model: RepoModel) -> Calculator | None:
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
    if any(isinstance(item, (Instance, dict)) and _from_table(item) for item in results):
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
        return bool(item) and all(isinstance(value, (int, float)) for value in item.values())
    args, keywords = item.pending or ([], item.attrs)
    numbers = [*args[:2], *[value for key, value in keywords.items() if "cost" in key or "per_" in key]]
    known = [value for value in numbers if not isinstance(value, (Unknown, OneOf))]
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


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One model of the price table; prices in dollars for a thousand tokens, as written."""

    provider: str
    model: str
    prices: tuple[float, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Alias:
    name: str
    target: str
    place: Place


def provider_tables(model: RepoModel, found: Calculator) -> dict[str, Place]:
    """The providers of the price table, with their places."""
    module = model.source.module(found.path)
    table = next((item for item in module.tables if item.name == TABLE), None) if module else None
    return {key: place for key, place, _ in table.entries} if table else {}


def provider_aliases(model: RepoModel, found: Calculator) -> tuple[Alias, ...]:
    """The dict literals of strings in the calculator's `_normalize_provider`."""
    method = found.fact.method("_normalize_provider")
    node = model.source.statement(found.path, method.place) if method else None
    return tuple(
        Alias(str(key.value), str(value.value), place_of(key))
        for part in (walk(node) if node else ())
        if isinstance(part, ast.Dict)
        for key, value in zip(part.keys, part.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
    )


def price_rows(model: RepoModel, found: Calculator) -> tuple[PriceRow, ...]:
    """The rows of the price table whose prices are numbers as written."""
    node = model.source.statement(found.path, found.table) if found.table else None
    value = getattr(node, "value", None)
    rows: list[PriceRow] = []
    for provider, table in zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ():
        for name, price in zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ():
            if isinstance(provider, ast.Constant) and isinstance(name, ast.Constant) and isinstance(price, ast.Call):
                rows.append(PriceRow(str(provider.value), str(name.value), _numbers(price), place_of(name)))
    return tuple(rows)


def _numbers(call: ast.Call) -> tuple[float, ...]:
    """The first two numbers of the call, or those that are named as prices."""
    named = [item.value for item in call.keywords if item.arg and ("cost" in item.arg or "per_" in item.arg)]
    values: list[float] = []
    for node in [*call.args[:2], *named]:
        sign, inner = (-1, node.operand) if isinstance(node, ast.UnaryOp) else (1, node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, (int, float)):
            values.append(sign * inner.value)
    return tuple(values)


def place_of(node: ast.expr) -> Place:
    return Place(node.lineno, node.col_offset + 1, node.end_lineno or node.lineno, (node.end_col_offset or 0) + 1)
