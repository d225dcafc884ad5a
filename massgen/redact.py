"""Keeps credentials out of everything that people read: error texts, status details, reprs."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

MASK = "***"
_SHORTEST = 8  # a shared run this long is treated as part of the secret; shorter ones are ordinary words


_NAMES = re.compile(r"auth|key|token|secret|cookie|password")
_SCHEME = re.compile(r"(?:bearer|basic) ", re.IGNORECASE)


def credentials(headers: Mapping[str, str], url: str) -> tuple[str, ...]:
    """What of a request nobody may read: headers whose names say so, and the user and the password in its address."""
    named = [_SCHEME.sub("", value) for name, value in headers.items() if _NAMES.search(name.lower())]
    user, _, password = urlsplit(url).netloc.rpartition("@")[0].partition(":")
    return (*named, *(part for part in (user, password) if part))


def redact(text: str, secrets: Iterable[str | None]) -> str:
    """`text` with every run of 8 or more characters that also occurs in a secret replaced by `***`.

    Also finds a secret's base64 and percent-encoded forms, because providers echo keys back cut short
    and encoded.
    """
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST:
            for form in _forms(secret):
                text = _mask_runs(text, form)
    return text


def _forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, encoded, quote(secret, safe="")}


def _mask_runs(text: str, secret: str) -> str:
    pieces, kept, at = [], 0, 0
    while at + _SHORTEST <= len(text):
        if text[at : at + _SHORTEST] not in secret:
            at += 1
            continue
        end = at + _SHORTEST
        while end < len(text) and text[at : end + 1] in secret:
            end += 1
        pieces += [text[kept:at], MASK]
        kept = at = end
    return "".join([*pieces, text[kept:]])
