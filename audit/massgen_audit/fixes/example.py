"""Writes a type's example configuration from its registry entry."""

from __future__ import annotations

import json
import re

from massgen_audit.fixes.edit import CannotFix
from massgen_audit.values import FILL_IN

_TYPE = re.compile(r"[a-z][a-z0-9_.-]*")


def example_path(type_: str) -> str:
    """Where the example of a type belongs. Raises CannotFix for a type that is no plain file name."""
    if not _TYPE.fullmatch(type_):
        raise CannotFix(f"the type {type_!r} is not usable as a directory name")
    return f"massgen/configs/providers/{type_}/single_{type_}.yaml"


def example_yaml(type_: str, title: str, model: str | None, env_var: str | None) -> str:
    """One agent on a model of the type, in the layout of the other examples; a model that is not known is marked."""
    shown = model or f"{FILL_IN}: a model that {title} serves"
    backend = "".join(f"      {line}\n" for line in backend_lines(type_, shown))
    needs = f"Needs {env_var} in the environment." if env_var else "The registry names no API key for it."
    return (
        f"# One agent on {_comment(title)}. {_comment(needs)}\n"
        "\n"
        "agents:\n"
        f"  - id: {_scalar(f'{type_}_agent')}\n"
        "    backend:\n"
        f"{backend}"
        "\n"
        "ui:\n"
        '  display_type: "rich_terminal"\n'
        "  logging_enabled: true\n"
    )


def backend_lines(type_: str, model: str) -> list[str]:
    """The mapping under `backend:` of a configuration, a line a key."""
    return [f"type: {_scalar(type_)}", f"model: {_scalar(model)}"]


def _scalar(text: str) -> str:
    """A double-quoted YAML scalar; JSON strings are a subset of it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _comment(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
