"""SARIF documents held to the standard's own schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema


@cache
def _validator() -> jsonschema.Draft4Validator:
    schema = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema)


def validated(text: str) -> dict[str, Any]:
    """The document. Raises jsonschema.ValidationError if it is no SARIF 2.1.0."""
    document: dict[str, Any] = json.loads(text)
    _validator().validate(document)
    return document
