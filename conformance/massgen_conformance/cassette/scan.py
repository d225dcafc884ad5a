"""Looks for secrets that are still there: the last gate before a recording is stored, and a check on stored ones.

It knows the same forms and shapes as the scrubber and searches in another way: for slices of the known secrets, so that
half a key in one event and half in the next is found, and for any random-looking value after a word such as `token`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from massgen_conformance.cassette.errors import UnreadableCassette
from massgen_conformance.cassette.forms import forms
from massgen_conformance.cassette.patterns import LABELLED, RANDOM_BITS, SHAPES, entropy
from massgen_conformance.cassette.store import Cassette, Interaction, decoded

SLICE = 12
"""Characters of a known secret that count as a leak, in whatever form they are written."""

FORBIDDEN_HEADERS = frozenset(
    {
        "authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "set-cookie",
        "openai-organization", "openai-project", "anthropic-organization-id", "x-goog-user-project",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that looks like a secret. The text is for a person and does not repeat the value."""

    kind: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind} in {self.where}"


def scan(cassette: Cassette, secrets: Sequence[str] = ()) -> list[Leak]:
    """Every leftover in a cassette, in order; an empty list means clean."""
    slices = _slices(secrets)
    leaks: list[Leak] = []
    for index, item in enumerate(cassette.interactions):
        for where, value in _places(item):
            leaks += scan_bytes(value, f"interaction {index} {where}", slices)
        for side, headers in (("request", item.request.headers), ("response", item.response.headers)):
            forbidden = sorted({name for name, _ in headers} & FORBIDDEN_HEADERS)
            leaks += [Leak("credential header", f"interaction {index} {side} header {name}") for name in forbidden]
    return leaks


def scan_text(text: str, where: str, secrets: Sequence[str] = ()) -> list[Leak]:
    """Leftovers in any text: a file, a log record, a report."""
    return scan_bytes(text.encode(), where, _slices(secrets))


def scan_bytes(value: bytes, where: str, slices: frozenset[bytes] = frozenset()) -> list[Leak]:
    """Leftovers in one piece of data, each kind once; `slices` are pieces of the known secrets."""
    leaks = [Leak("known secret", where)] if any(part in value for part in slices) else []
    kinds = {shape.kind for shape in SHAPES if shape.pattern.search(value)}
    leaks += [Leak(f"{kind}-like value", where) for kind in sorted(kinds)]
    if any(_random(match) for match in LABELLED.findall(value)):
        leaks.append(Leak("random value after a word such as key or token", where))
    return leaks


def _slices(secrets: Iterable[str]) -> frozenset[bytes]:
    found: set[bytes] = set()
    for secret in filter(None, secrets):
        for form in forms(secret).values():
            width = min(-(-SLICE * len(form) // len(secret)), len(form))
            found.update(form[start : start + width] for start in range(len(form) - width + 1))
    return frozenset(found)


def _random(value: bytes) -> bool:
    mixed = any(byte in b"0123456789" for byte in value) and any(chr(byte).isalpha() for byte in value)
    return mixed and entropy(value) >= RANDOM_BITS


def _places(item: Interaction) -> Iterator[tuple[str, bytes]]:
    yield "request address", item.request.uri.encode()
    yield "request body", item.request.body
    for side, headers in (("request", item.request.headers), ("response", item.response.headers)):
        for name, value in headers:
            yield f"{side} header {name}", value.encode()
    try:
        yield "response body", decoded(item.response).body
    except UnreadableCassette:
        yield "response body (coded; not looked into)", item.response.body
