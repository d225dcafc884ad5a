"""What a test module and a documentation page say of a backend type, from what the model knows of it."""

from __future__ import annotations

from massgen_audit.facts.shapes import Cell
from massgen_audit.fixes import knowledge
from massgen_audit.fixes.edit import CannotFix
from massgen_audit.fixes.example import backend_lines
from massgen_audit.model.interp.values import Instance
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import PLACEHOLDERS, TypeInfo


def row_facts(model: RepoModel, info: TypeInfo) -> dict[str, str]:
    """What a table of the documentation may say of a type, by fact, as reStructuredText; "" for what is not known."""
    row = info.row
    title = _text(info, "provider_name") or info.name
    found = _text(info, "default_model")
    return {
        "type": f"``{info.name}``",
        "title": title,
        "class": f"``{info.cls.name}``" if info.cls else "",
        "variable": _literal(_text(info, "env_var")) or "none",
        "address": _literal(knowledge.stated_url(row) if row else None),
        "model": "" if found.lower() in PLACEHOLDERS else _literal(found),
        "files": _text(info, "filesystem_support"),
    }


def relatives(model: RepoModel, info: TypeInfo) -> list[str]:
    """Types whose class this one inherits from, the nearest first."""
    if info.cls is None:
        return []
    served = {other.cls.key: other.name for other in model.types if other.cls is not None and other is not info}
    return [served[base.key] for base in model.classes.mro(info.cls) if base.key in served]


def section_of(model: RepoModel, info: TypeInfo) -> tuple[str, str]:
    """Title and text of the section on a type."""
    facts = row_facts(model, info)
    chosen = knowledge.usable_model(model, info.name, info.row) if info.row else None
    code = backend_lines(info.name, chosen or f"{info.name}-model")
    key = "" if facts["variable"] == "none" else f"The key is in {facts['variable']}.\n\n"
    lines = "\n".join(f"   {line}".rstrip() for line in ("backend:", *(f"  {line}" for line in code)))
    return facts["title"], f"{key}.. code-block:: yaml\n\n{lines}\n"


def headings(model: RepoModel, page: str) -> list[str]:
    """The headings of a page that name a provider of the registry."""
    names = {title.lower() for info in model.types if (title := _text(info, "provider_name"))}
    found: list[Cell] = [cell for cell in model.source.page(page) if cell.kind == "heading"]
    return [cell.text for cell in found if cell.text.lower() in names]


def module_text(model: RepoModel, info: TypeInfo) -> str:
    """A test module that imports the class of a type and holds what it says of itself."""
    cls = info.cls
    if cls is None:
        raise CannotFix(f"no class serves {info.name} yet: write massgen/backend/{info.name}.py first")
    instance = info.instance or Instance(cls, pending=([], {}))
    title = model.ask(instance, "get_provider_name")
    known = f' == "{title}"' if isinstance(title, str) else ""
    call = f'{cls.name}(api_key="key", model="any")'
    return (
        f'"""The backend type {info.name}: the class that serves it."""\n\n'
        f"from {knowledge.dotted_module(cls)} import {cls.name}\n\n\n"
        f"def test_{info.name}_names_its_provider() -> None:\n"
        f"    assert {call}.get_provider_name(){known}\n"
    )


def _text(info: TypeInfo, field: str) -> str:
    value = info.row.get(field) if info.row else None
    return value if isinstance(value, str) else ""


def _literal(text: str | None) -> str:
    return f"``{text}``" if text else ""
