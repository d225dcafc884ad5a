"""Whether the request built now is the one that was recorded.

Requests are compared under a named normaliser, and only when comparing: what is stored stays as it was sent. The
credential is compared by a salted fingerprint, because a scrubbed recording of a good key would otherwise answer a
request with a bad one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from massgen_conformance.cassette.scrub import CREDENTIAL_PARAMETERS
from massgen_conformance.cassette.store import Headers, Request, header

JSON: TypeAlias = Any

_KEY_HEADERS = ("x-api-key", "x-goog-api-key", "api-key")


@dataclass(frozen=True, slots=True)
class Normaliser:
    """What does not count when two requests are compared: top-level body fields, by name."""

    name: str
    volatile: frozenset[str]


CANONICAL_JSON = Normaliser(
    "canonical-json/1",
    frozenset({"user", "metadata", "safety_identifier", "prompt_cache_key", "session_id"}),
)
"""Key order and spacing of JSON do not count, nor do fields that only label the caller."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """A request reduced to what counts. `body` is canonical JSON text, or the raw bytes when it is not JSON."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str | bytes


def canonical(request: Request, normaliser: Normaliser = CANONICAL_JSON) -> Canonical:
    """The request as the normaliser sees it. The host does not count: a recording may be played from anywhere."""
    parts = urlsplit(request.uri)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = tuple(sorted(pair for pair in pairs if pair[0].lower() not in CREDENTIAL_PARAMETERS))
    body = _json(request.body)
    if body is _NOT_JSON:
        return Canonical(request.method.upper(), parts.path, query, request.body)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in normaliser.volatile}
    return Canonical(request.method.upper(), parts.path, query, json.dumps(body, sort_keys=True, ensure_ascii=False))


def differences(now: Request, recorded: Request, normaliser: Normaliser = CANONICAL_JSON) -> list[str]:
    """How two requests differ, one line each with the place; an empty list means that they are equal."""
    left, right = canonical(now, normaliser), canonical(recorded, normaliser)
    lines = [
        f"{name}: recorded {getattr(right, name)!r}, now {getattr(left, name)!r}"
        for name in ("method", "path", "query")
        if getattr(left, name) != getattr(right, name)
    ]
    if isinstance(left.body, str) and isinstance(right.body, str):
        return lines + list(_walk("body", json.loads(left.body), json.loads(right.body)))
    return lines if left.body == right.body else [*lines, "body: the bytes differ and are not both JSON"]


def credential(headers: Headers, uri: str = "") -> str | None:
    """The key that a request carries, whichever way its provider takes it; None when it carries none."""
    authorization = header(headers, "authorization")
    if authorization:
        scheme, _, value = authorization.partition(" ")
        return _basic(value) if scheme.lower() == "basic" else value.strip() or scheme
    for name in _KEY_HEADERS:
        value = header(headers, name) or ""
        if value:
            return value
    pairs = parse_qsl(urlsplit(uri).query)
    return next((value for name, value in pairs if name.lower() in CREDENTIAL_PARAMETERS and value), None)


def fingerprint(key: str | None, salt: str) -> str:
    """A salted hash that tells two keys apart and gives neither away; "" for no key."""
    if key is None:
        return ""
    return hmac.new(salt.encode(), key.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class KeyMatcher:
    """Whether the credential of a request is the one of a recording.

    `stand_in` is the dummy key that a replay gave to the backend in place of the recorded one: nobody who replays has
    the real key. Any other key does not match, nor does a request without one.
    """

    salt: str
    stand_in: str | None = None

    def agrees(self, key: str | None, recorded: str) -> bool:
        """`recorded` is the fingerprint in the sidecar, "" for a request that carried no key."""
        if recorded == "" or key is None:
            return recorded == "" and key is None
        return key == self.stand_in or hmac.compare_digest(fingerprint(key, self.salt), recorded)


def matches(
    now: Request, recorded: Request, recorded_key: str, keys: KeyMatcher, normaliser: Normaliser = CANONICAL_JSON
) -> bool:
    """Whether a recording may answer this request: equal under the normaliser and sent with the same key."""
    return keys.agrees(credential(now.headers, now.uri), recorded_key) and not differences(now, recorded, normaliser)


_NOT_JSON = object()


def _json(body: bytes) -> JSON:
    try:
        return json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a repeated name: comparing the parsed value would hide one of the two")
    return value


def _basic(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return value


def _walk(where: str, now: JSON, recorded: JSON) -> Iterator[str]:
    if isinstance(now, dict) and isinstance(recorded, dict):
        for name in sorted(now.keys() | recorded.keys()):
            if name not in recorded:
                yield f"{where}.{name}: not in the recording, now {_short(now[name])}"
            elif name not in now:
                yield f"{where}.{name}: recorded {_short(recorded[name])}, now absent"
            else:
                yield from _walk(f"{where}.{name}", now[name], recorded[name])
    elif isinstance(now, list) and isinstance(recorded, list) and len(now) == len(recorded):
        for index, pair in enumerate(zip(now, recorded, strict=True)):
            yield from _walk(f"{where}[{index}]", *pair)
    elif json.dumps(now, sort_keys=True) != json.dumps(recorded, sort_keys=True):
        yield f"{where}: recorded {_short(recorded)}, now {_short(now)}"


def _short(value: JSON) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:100]}... ({len(text)} characters)"
