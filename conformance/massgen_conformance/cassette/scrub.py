"""Removes what must not be stored, and nothing else.

Headers go through an allow list; credentials leave the query; known secrets in every form, shapes of keys, account
ids and e-mail addresses are replaced in addresses, headers and bodies by a mark in brackets. No pattern can match
across a mark, so scrubbing twice changes nothing more. A content-length stays true, and the cuts of a body move with
its edits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from massgen_conformance.cassette.forms import forms
from massgen_conformance.cassette.patterns import SHAPES
from massgen_conformance.cassette.store import Cassette, Headers, Interaction, Request, Response, decoded, sized

REQUEST_HEADERS = re.compile(
    r"accept|content-type|content-length|user-agent|anthropic-(version|beta)|openai-beta|x-title"
)
RESPONSE_HEADERS = re.compile(
    r"content-type|content-length|retry-after(-ms)?|(x-|anthropic-)ratelimit-[a-z-]+|x-should-retry|openai-version|"
    r"openai-processing-ms|(x-)?request-id"
)
REQUEST_ID = re.compile(r"(x-)?request-id")
CREDENTIAL_PARAMETERS = frozenset(
    {"key", "api_key", "api-key", "apikey", "access_token", "token", "auth", "sig", "signature"}
)


@dataclass(frozen=True, slots=True)
class Edit:
    """`data[start:end]` became `length` bytes."""

    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """The cassette that may be stored, the kinds of values removed, and per interaction the edits of its answer."""

    cassette: Cassette
    removed: tuple[str, ...]
    edits: tuple[tuple[tuple[Edit, ...], ...], ...]  # per interaction, pass by pass


class Scrubber:
    """Knows the secrets of one recording. Raises `ValueError` for a secret too short to be recognised."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({form for secret in secrets if secret for form in forms(secret).values()}, key=len, reverse=True)
        pieces = [b"(?:" + b"|".join(re.escape(form) for form in known) + b")"] if known else []
        self._kinds = (["api-key"] if known else []) + [shape.kind for shape in SHAPES]
        pieces += [shape.pattern.pattern for shape in SHAPES]
        self._pattern = re.compile(b"|".join(b"(?P<k%d>%s)" % (index, piece) for index, piece in enumerate(pieces)))
        self.removed: set[str] = set()

    def data(self, value: bytes) -> tuple[bytes, tuple[tuple[Edit, ...], ...]]:
        """The scrubbed bytes, and the edits of each pass that led to them."""
        passes: list[tuple[Edit, ...]] = []
        while True:
            value, edits = self._once(value)
            if not edits:
                return value, tuple(passes)
            passes.append(edits)

    def text(self, value: str) -> str:
        return self.data(value.encode())[0].decode()

    def uri(self, uri: str) -> str:
        """An address without credentials in its query or before its host, and without a fragment."""
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if name.lower() not in CREDENTIAL_PARAMETERS]
        if len(kept) != len(pairs):
            self.removed.add("query-credential")
            query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in kept)
            parts = parts._replace(query=query)
        host = parts.netloc.rpartition("@")[2]
        return self.text(urlunsplit(parts._replace(netloc=host, fragment="")))

    def request(self, request: Request) -> Request:
        body, _ = self.data(request.body)
        return replace(
            request,
            uri=self.uri(request.uri),
            headers=sized(self._headers(request.headers, REQUEST_HEADERS), len(body)),
            body=body,
        )

    def response(self, response: Response) -> tuple[Response, tuple[tuple[Edit, ...], ...]]:
        """Raises `UnreadableCassette` when the body has a coding that cannot be looked into."""
        plain = decoded(response)
        body, edits = self.data(plain.body)
        headers = sized(self._headers(plain.headers, RESPONSE_HEADERS), len(body))
        return replace(plain, headers=headers, body=body), edits

    def _once(self, value: bytes) -> tuple[bytes, tuple[Edit, ...]]:
        pieces: list[bytes] = []
        edits: list[Edit] = []
        position = 0
        for match in self._pattern.finditer(value):
            kind = self._kinds[int((match.lastgroup or "k0")[1:])]
            mark = f"[removed-{kind}]".encode()
            pieces += [value[position : match.start()], mark]
            edits.append(Edit(match.start(), match.end(), len(mark)))
            position = match.end()
            self.removed.add(kind)
        return b"".join([*pieces, value[position:]]), tuple(edits)

    def _headers(self, headers: Headers, allowed: re.Pattern[str]) -> Headers:
        kept: list[tuple[str, str]] = []
        for name, value in headers:
            if not allowed.fullmatch(name):
                continue
            if REQUEST_ID.fullmatch(name):
                self.removed.add("request-id")
                value = "[removed-request-id]"
            kept.append((name, self.text(value)))
        return tuple(kept)


def scrub(cassette: Cassette, secrets: Sequence[str] = ()) -> Scrubbed:
    """A cassette without credentials, cookies and account data.

    Raises `ValueError` for a secret that is too short to be recognised, `UnreadableCassette` for a coded body.
    """
    scrubber = Scrubber(secrets)
    interactions: list[Interaction] = []
    edits: list[tuple[tuple[Edit, ...], ...]] = []
    for item in cassette.interactions:
        response, moved = scrubber.response(item.response)
        interactions.append(Interaction(scrubber.request(item.request), response))
        edits.append(moved)
    return Scrubbed(Cassette(tuple(interactions)), tuple(sorted(scrubber.removed)), tuple(edits))


def moved_sizes(sizes: Sequence[int], passes: Sequence[Sequence[Edit]]) -> tuple[int, ...]:
    """Chunk sizes of the scrubbed body: a cut inside an edit moves to its end, so the sizes still sum to the body."""
    cuts = [0]
    for size in sizes:
        cuts.append(cuts[-1] + size)
    for edits in passes:
        cuts = [_moved(cut, edits) for cut in cuts]
    return tuple(after - before for before, after in pairwise(cuts))


def _moved(cut: int, edits: Sequence[Edit]) -> int:
    shift = 0
    for edit in edits:
        if cut <= edit.start:
            break
        if cut < edit.end:
            cut = edit.end
        shift += edit.length - (edit.end - edit.start)
    return cut + shift
