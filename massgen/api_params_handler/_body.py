"""The body of a request as bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from massgen.errors import ConfigurationError

Json = Any

# What encoding raises: an object that is no JSON, half of a surrogate pair, nested too deeply.
_NO_JSON = (TypeError, ValueError, OverflowError, RecursionError)


def encode_body(body: Mapping[str, Json]) -> bytes:
    """`body` as JSON. Raises ConfigurationError naming each field that JSON cannot say."""
    try:
        return msgspec.json.encode(body)
    except _NO_JSON as error:
        raise ConfigurationError(list(_culprits(body)) or str(error)) from error


def _culprits(body: Mapping[str, Json]) -> Iterator[str]:
    for name, value in body.items():
        items = {f"{name}[{index}]": item for index, item in enumerate(value)} if isinstance(value, list) else {}
        for place, item in (items or {name: value}).items():
            try:
                msgspec.json.encode(item)
            except _NO_JSON as error:
                yield f"{place}: it cannot be sent as JSON: {error}"
