"""Adds a type's entry to the capabilities registry, from what was read of its class and its siblings.

A value that was not read is never guessed: it is the text `fill in: ...`, which the audit goes on reporting until a
person has replaced it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from massgen_audit.fixes.edit import CannotFix, dict_literal, quote_of, quoted, rewritten
from massgen_audit.values import FILL_IN

REGISTRY = "BACKEND_CAPABILITIES"
RECORD = "BackendCapabilities"

# What a person has to find out, by field.
_QUESTIONS: dict[str, str] = {
    "provider_name": "the provider's name as users know it",
    "supported_capabilities": "what the backend supports, of the Capability values",
    "builtin_tools": "the tools the provider runs itself, or an empty list",
    "filesystem_support": "none, native or mcp",
    "models": "the models it serves, the newest first",
    "default_model": "one of models",
}

Known = str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the registry's record: its annotation as written, and whether it may be left out."""

    name: str
    annotation: str
    optional: bool


def add_entry(source: str, type_: str, known: dict[str, Known], record: str = "") -> str:
    """`source` of the registry with an entry for the type; unchanged if there is one.

    `known` maps field names to what was read; names the record does not have are ignored. `record` is the source of
    the module that the record class is imported from, if it is. Raises CannotFix where there is no record class or no
    registry literal.
    """
    from massgen_audit.fixes.tables import with_entry

    registry = dict_literal(source, REGISTRY)
    if registry is None:
        raise CannotFix(f"there is no dict literal {REGISTRY}: add the entry where the registry is built")
    if any(isinstance(key, ast.Constant) and key.value == type_ for key in registry.keys):
        return source
    entry = _entry(type_, _fields(source) or _fields(record), known | {"backend_type": type_}, quote_of(source))
    return rewritten(source, lambda tree: with_entry(tree, REGISTRY, type_, entry))


def _entry(type_: str, fields: Sequence[Field], known: dict[str, Known], quote: str) -> str:
    if not fields:
        raise CannotFix(f"there is no class {RECORD} beside the registry: add the entry by hand")
    lines = [
        f"        {field.name}={_value(field, known.get(field.name), quote)},"
        for field in fields
        if field.name in known or not field.optional
    ]
    return "\n".join([f"{{{quoted(type_, quote)}: {RECORD}(", *lines, "    )}"])


def _value(field: Field, known: Known | None, quote: str) -> str:
    kind = field.annotation.replace("typing.", "").split("[")[0].lower()
    if known is None:
        question = _QUESTIONS.get(field.name, f"the value of {field.name}")
        marker = f"{FILL_IN}: {question}"
        known = marker if kind not in ("set", "list", "frozenset", "tuple", "sequence") else (marker,)
    if isinstance(known, bool):
        return str(known)
    if isinstance(known, str):
        return quoted(known, quote)
    items = ", ".join(quoted(item, quote) for item in known)
    if kind in ("set", "frozenset"):
        literal = f"{{{items}}}" if known else "set()"
        return f"frozenset({literal if known else ''})" if kind == "frozenset" else literal
    if kind == "tuple":
        return f"({items},)" if known else "()"
    return f"[{items}]"


def _fields(source: str) -> list[Field]:
    record = next(
        (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == RECORD), None
    )
    if record is None:
        return []
    return [
        Field(node.target.id, ast.unparse(node.annotation), node.value is not None)
        for node in record.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
