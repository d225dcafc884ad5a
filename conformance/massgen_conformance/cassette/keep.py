"""Stores a recording that is no HTTP: scrubbed, scanned, read back and swapped in with its sidecar, or not at all."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from massgen_conformance import __version__
from massgen_conformance.cassette import sidecar as sidecars
from massgen_conformance.cassette import store as cassettes
from massgen_conformance.cassette.errors import Reason, RecordingRefused
from massgen_conformance.cassette.forms import SHORTEST
from massgen_conformance.cassette.kinds import Kind
from massgen_conformance.cassette.scan import scan_text
from massgen_conformance.cassette.scrub import Scrubber
from massgen_conformance.cassette.sidecar import Pace, Provenance, Sidecar
from massgen_conformance.cassette.store import Store


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording comes from. `secrets` are known values that it must not hold, in any form."""

    provider: str
    scenario: str
    provenance: Provenance
    upstream: str = ""  # the address or the program that was asked
    model: str = ""
    secrets: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    today: datetime.date = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).date())


def path_of(store: Store, kind: Kind, provider: str, scenario: str) -> Path:
    """Where a recording of a kind lives. Raises `CassetteError` for a name that is no file name."""
    plain = store.path(provider, scenario)
    return plain.with_name(plain.name.removesuffix(".yaml") + kind.ending)


@dataclass(frozen=True, slots=True)
class Ready:
    """A recording that may be stored: what is in it, and the files."""

    path: Path
    cassette: Any
    files: dict[Path, str]
    removed: tuple[str, ...]  # kinds of values that scrubbing replaced


def ready(store: Store, kind: Kind, cassette: Any, origin: Origin) -> Ready:
    """The recording scrubbed, scanned and read back. Raises `RecordingRefused`."""
    path = path_of(store, kind, origin.provider, origin.scenario)
    if not kind.parts(cassette):
        raise refused(origin, Reason.UNSUPPORTED, f"nothing passed that is a {kind.name}")
    try:
        scrubber = Scrubber(origin.secrets)
    except ValueError as error:
        raise refused(origin, Reason.UNSUPPORTED, str(error)) from error
    clean = kind.scrubbed(cassette, scrubber)
    text = kind.dumps(clean)
    beside = sidecars.dumps(_described(origin, kind, clean, text, scrubber))
    _require_clean(origin, kind, clean, (text, beside))
    if kind.loads(text, str(path)) != clean:
        raise refused(origin, Reason.CHECK_FAILED, "the file does not give back what was recorded")
    return Ready(path, clean, {path: text, path.with_suffix(".meta.yaml"): beside}, tuple(sorted(scrubber.removed)))


def put(kept: Ready, origin: Origin) -> Path:
    """Swap the files in, together. Raises `RecordingRefused`; then what was stored before is unchanged."""
    try:
        cassettes.write(kept.files)
    except OSError as error:
        raise refused(origin, Reason.UNWRITABLE, f"cannot write {kept.path}: {error}") from error
    return kept.path


def keep(store: Store, kind: Kind, cassette: Any, origin: Origin) -> Path:
    """Store the recording. Raises `RecordingRefused`; then what was stored before is unchanged."""
    return put(ready(store, kind, cassette, origin), origin)


def _require_clean(origin: Origin, kind: Kind, clean: Any, texts: Sequence[str]) -> None:
    found = [("the file to be written", text) for text in texts]
    found += [(where, data.decode("utf-8", "replace")) for where, data in kind.places(clean)]
    leaks = [str(leak) for where, text in found for leak in scan_text(text, where, origin.secrets)]
    if leaks:
        raise refused(origin, Reason.LEAK, f"a secret would be stored: {'; '.join(dict.fromkeys(leaks))}")


def _described(origin: Origin, kind: Kind, clean: Any, text: str, scrubber: Scrubber) -> Sidecar:
    upstream = scrubber.uri(origin.upstream) if "://" in origin.upstream else scrubber.text(origin.upstream)
    return Sidecar(
        provider=origin.provider,
        scenario=origin.scenario,
        provenance=origin.provenance,
        recorded_at=origin.today,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        model=origin.model,
        upstream=upstream,
        recorder=f"massgen-conformance {__version__}",
        versions=origin.versions,
        removed=tuple(sorted(scrubber.removed)),
        expires=sidecars.expiry(origin.provenance, origin.today),
        interactions=tuple(Pace(()) for _ in kind.parts(clean)),
    )


def refused(origin: Origin, reason: Reason, message: str) -> RecordingRefused:
    """The refusal, with nothing secret in it: clients like to repeat the key."""
    told = Scrubber(secret for secret in origin.secrets if len(secret) >= SHORTEST).text(message)
    return RecordingRefused(reason, f"{origin.provider}/{origin.scenario} was not recorded: {told}")
