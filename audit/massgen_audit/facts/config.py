"""The `backend:` mappings of an example configuration, with line marks from the YAML composer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from massgen_audit.facts.shapes import Place, YamlBackend

# Cheap and certain: a file without this line holds no backend.
MAY_HOLD_BACKEND = re.compile(rb"^[^#\n]*\btype\s*['\"]?\s*:", re.MULTILINE)


def extract(source: bytes) -> tuple[YamlBackend, ...]:
    """Every mapping under a `backend` key that has a string `type`. Raises ValueError if the file is not YAML."""
    if not MAY_HOLD_BACKEND.search(source):
        return ()
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.compose_all(source, Loader=loader))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ValueError(f"not readable as YAML{where}") from None
    return tuple(found for document in documents if document is not None for found in _backends(document))


def _backends(root: Any) -> Iterator[YamlBackend]:
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:  # an anchor may be reached by several aliases
            continue
        seen.add(id(node))
        if node.id == "sequence":
            stack.extend(reversed(node.value))
        elif node.id == "mapping":
            for key, value in reversed(node.value):
                if key.value == "backend" and value.id == "mapping":
                    yield from _backend(value)
                stack.append(value)


def _backend(node: Any) -> Iterator[YamlBackend]:
    scalars = {key.value: value for key, value in node.value if key.id == "scalar" and value.id == "scalar"}
    kind = scalars.get("type")
    if kind is None:
        return
    start, end = kind.start_mark, kind.end_mark
    place = Place(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    model, url = (scalars[name].value if name in scalars else "" for name in ("model", "base_url"))
    yield YamlBackend(kind.value, place, model, url)
