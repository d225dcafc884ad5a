"""From what passed the relay to what may be stored: placed, scrubbed and described."""

from __future__ import annotations

import hashlib
import secrets as random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from urllib.parse import urlsplit

from massgen_conformance import __version__
from massgen_conformance.cassette import sidecar
from massgen_conformance.cassette.endpoints import SYNTHETIC_ORIGIN
from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.match import credential, fingerprint
from massgen_conformance.cassette.relay import Passed
from massgen_conformance.cassette.scrub import Edit, Scrubbed, Scrubber, moved_sizes, scrub
from massgen_conformance.cassette.sidecar import Pace, Provenance, Sidecar
from massgen_conformance.cassette.store import Cassette, Headers, Interaction, Request


def taken(job: Job, passed: Sequence[Passed]) -> Cassette:
    """The exchanges as a cassette: headers in the order in which vcrpy's file gives them back."""
    return Cassette(
        tuple(
            Interaction(
                replace(one.request, uri=placed(job, one.request.uri), headers=_joined(one.request.headers)),
                replace(one.answer, headers=_ordered(one.answer.headers)),
            )
            for one in passed
            if one.answer is not None
        )
    )


def placed(job: Job, uri: str) -> str:
    """The address to store: what the player answered never looks as if a provider had."""
    base = job.stored_as
    if not base and job.provenance is Provenance.SYNTHETIC:
        base = SYNTHETIC_ORIGIN + urlsplit(job.upstream).path
    return base.rstrip("/") + uri.removeprefix(job.upstream.rstrip("/")) if base else uri


def described(job: Job, passed: Sequence[Passed]) -> tuple[Scrubbed, Sidecar]:
    """The scrubbed cassette, and its sidecar without the hash. Raises `ValueError` for a secret too short to find."""
    scrubbed = scrub(taken(job, passed), job.secrets)
    salt = _salt(job)
    today = job.today()
    return scrubbed, Sidecar(
        provider=job.provider,
        scenario=job.scenario,
        provenance=job.provenance,
        recorded_at=today,
        sha256="",
        model=job.model,
        upstream=Scrubber().uri(placed(job, job.upstream)),
        recorder=f"massgen-conformance {__version__}",
        versions={"httpx2": version("httpx2"), "vcrpy": version("vcrpy"), **job.versions},
        salt=salt,
        removed=scrubbed.removed,
        expires=sidecar.expiry(job.provenance, today),
        interactions=tuple(_pace(one, edits, salt) for one, edits in zip(passed, scrubbed.edits, strict=True)),
    )


def with_hash(description: Sidecar, text: str) -> Sidecar:
    """The sidecar of the cassette file that has this text."""
    return replace(description, sha256=hashlib.sha256(text.encode()).hexdigest())


def _pace(one: Passed, edits: Sequence[Sequence[Edit]], salt: str) -> Pace:
    sizes = moved_sizes([size for size, _ in one.chunks], edits)
    times = [round(seconds, 4) for _, seconds in one.chunks]
    return Pace(tuple(zip(sizes, times, strict=True)), fingerprint(_key(one.request), salt))


def _key(request: Request) -> str | None:
    return credential(request.headers, request.uri)


def _salt(job: Job) -> str:
    """Random for a key that somebody owns; fixed for the player's dummy key, so that its recordings are repeatable."""
    if job.provenance is Provenance.SYNTHETIC:
        return hashlib.sha256(f"{job.provider}/{job.scenario}".encode()).hexdigest()[:16]
    return random.token_hex(8)


def _ordered(headers: Headers) -> Headers:
    return tuple(sorted(headers, key=lambda pair: pair[0]))


def _joined(headers: Headers) -> Headers:
    """Repeated request headers as one list: vcrpy's format keeps a single value."""
    return tuple(_join(headers))


def _join(headers: Headers) -> Iterator[tuple[str, str]]:
    for name in sorted({name for name, _ in headers}):
        yield name, ", ".join(value for key, value in headers if key == name)
