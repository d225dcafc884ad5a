"""The forms in which a secret can be written: what scrubbing replaces and what the scan looks for."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""A shorter secret cannot be told from ordinary text; scrubbing one would damage the recording."""


def forms(secret: str) -> dict[str, bytes]:
    """Name of the form -> its bytes, longest first, each once.

    Base64 text depends on what stands before the secret, so it has three alignments; the characters at the edges that
    mix with the neighbours are left out. Raises `ValueError` for a secret that is too short.
    """
    if len(secret) < SHORTEST:
        raise ValueError(f"a secret of {len(secret)} characters is too short to be recognised (at least {SHORTEST})")
    raw = secret.encode()
    found: dict[str, bytes] = {
        "plain": raw,
        "json": json.dumps(secret)[1:-1].encode(),
        "json-slash": json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
        "json-unicode": "".join(f"\\u{ord(character):04x}" for character in secret).encode(),
        "percent": quote(secret, safe="").encode(),
        "percent-plus": quote_plus(secret).encode(),
        "percent-lower": _lower_percent(quote(secret, safe="")).encode(),
        "percent-all": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "hex": raw.hex().encode(),
        "hex-upper": raw.hex().upper().encode(),
        "repr": repr(secret)[1:-1].encode(),
    }
    for before in range(3):
        inner = _base64_inside(raw, before)
        found[f"base64-{before}"] = inner
        found[f"base64url-{before}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
        found[f"base64-json-{before}"] = inner.replace(b"/", b"\\/")
    unique: dict[bytes, str] = {}
    for name, value in found.items():
        unique.setdefault(value, name)
    return {name: value for value, name in sorted(unique.items(), key=lambda item: (-len(item[0]), item[1]))}


def _base64_inside(raw: bytes, before: int) -> bytes:
    """The base64 characters that depend on `raw` alone when `before` other bytes (mod 3) precede it."""
    encoded = base64.b64encode(b"\0" * before + raw)
    first = (before * 8 + 5) // 6
    last = (before + len(raw)) * 8 // 6
    return encoded[first:last]


def _lower_percent(text: str) -> str:
    head, *rest = text.split("%")
    return head + "".join("%" + part[:2].lower() + part[2:] for part in rest)
