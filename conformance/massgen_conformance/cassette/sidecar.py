"""What a cassette cannot say about itself: `<scenario>.meta.yaml` beside it.

vcrpy drains a body before it stores it, so the cut and the pace of the wire are lost in a cassette; its own `metadata`
key breaks pytest-recording. Both are therefore kept here, with where the recording comes from, when it expires and
what its bytes hash to.
"""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from massgen_conformance.cassette.errors import UnreadableCassette

SCHEMA = "massgen-conformance-sidecar/1"
LIVE_DAYS = 180


class Provenance(StrEnum):
    """Who answered. Only `live` is evidence of a provider's behaviour."""

    LIVE = "live"
    PEER = "peer"  # a program written by others that speaks the protocol, on this machine
    SYNTHETIC = "synthetic"  # this kit's own player


class State(StrEnum):
    """What can be said about a stored recording today."""

    FRESH = "fresh"
    EXPIRED = "expired"
    ALTERED = "altered"  # the bytes are not those that the sidecar describes
    UNDESCRIBED = "undescribed"  # no sidecar


@dataclass(frozen=True, slots=True)
class Pace:
    """How one body arrived: per chunk its size in bytes and its time in seconds after the request was sent."""

    chunks: tuple[tuple[int, float], ...]
    key: str = ""  # salted fingerprint of the credential of the request; "" when it had none

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size for size, _ in self.chunks)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The description of one cassette."""

    provider: str
    scenario: str
    provenance: Provenance
    recorded_at: datetime.date  # UTC
    sha256: str  # of the cassette file
    model: str
    upstream: str  # the base URL that was asked
    recorder: str
    versions: dict[str, str] = field(default_factory=dict)
    salt: str = ""
    removed: tuple[str, ...] = ()  # kinds of values that scrubbing replaced
    expires: datetime.date | None = None
    interactions: tuple[Pace, ...] = ()

    def state(self, cassette: bytes, today: datetime.date) -> State:
        """Whether the recording may still be used; expiry is reported and never leads to a live call."""
        if hashlib.sha256(cassette).hexdigest() != self.sha256:
            return State.ALTERED
        return State.EXPIRED if self.expires is not None and today > self.expires else State.FRESH


def expiry(provenance: Provenance, recorded_at: datetime.date) -> datetime.date | None:
    """Live recordings and peers' age; what the kit itself said does not."""
    return None if provenance is Provenance.SYNTHETIC else recorded_at + datetime.timedelta(days=LIVE_DAYS)


def dumps(sidecar: Sidecar) -> str:
    """The sidecar as YAML, keys in reading order."""
    import yaml

    value = {
        "schema": SCHEMA,
        "provider": sidecar.provider,
        "scenario": sidecar.scenario,
        "provenance": sidecar.provenance.value,
        "recorded_at": sidecar.recorded_at,
        "expires": sidecar.expires,
        "model": sidecar.model,
        "upstream": sidecar.upstream,
        "recorder": sidecar.recorder,
        "versions": sidecar.versions,
        "sha256": sidecar.sha256,
        "salt": sidecar.salt,
        "removed": list(sidecar.removed),
        "interactions": [
            {"fingerprint": pace.key, "chunks": [[size, seconds] for size, seconds in pace.chunks]}
            for pace in sidecar.interactions
        ],
    }
    return str(yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=None, width=110))


def loads(text: str, where: str = "sidecar") -> Sidecar:
    """Parse a sidecar. Raises `UnreadableCassette` naming the field that is missing or wrong."""
    import yaml

    try:
        value = yaml.load(text, Loader=yaml.CSafeLoader)
        if value.get("schema") != SCHEMA:
            raise ValueError(f"schema is {value.get('schema')!r}, expected {SCHEMA!r}")
        return _sidecar(value)
    except KeyError as error:
        raise UnreadableCassette(f"{where} lacks the field {error}") from error
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise UnreadableCassette(f"{where} is not a sidecar: {error}") from error


def load(path: Path) -> Sidecar:
    """Read a sidecar file. Raises `UnreadableCassette` with the path."""
    try:
        return loads(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableCassette(f"cannot read {path}: {error}") from error


def beside(path: Path) -> Sidecar | None:
    """The sidecar of the cassette file at `path`, None without one. Raises `UnreadableCassette` for a broken one."""
    place = path.with_suffix(".meta.yaml")
    return load(place) if place.is_file() else None


def state_of(path: Path, today: datetime.date) -> State:
    """The state of the cassette file at `path`. Raises `UnreadableCassette` for a broken sidecar."""
    described = beside(path)
    return State.UNDESCRIBED if described is None else described.state(path.read_bytes(), today)


def _sidecar(value: dict[str, Any]) -> Sidecar:
    return Sidecar(
        provider=str(value["provider"]),
        scenario=str(value["scenario"]),
        provenance=Provenance(value["provenance"]),
        recorded_at=_date("recorded_at", value["recorded_at"]),
        sha256=str(value["sha256"]),
        model=str(value["model"]),
        upstream=str(value["upstream"]),
        recorder=str(value["recorder"]),
        versions={str(name): str(version) for name, version in value["versions"].items()},
        salt=str(value["salt"]),
        removed=tuple(str(kind) for kind in value["removed"]),
        expires=None if value["expires"] is None else _date("expires", value["expires"]),
        interactions=tuple(
            Pace(tuple((int(size), float(seconds)) for size, seconds in item["chunks"]), str(item["fingerprint"]))
            for item in value["interactions"]
        ),
    )


def _date(name: str, value: Any) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise ValueError(f"{name} is {value!r}, expected a date such as 2026-01-31")
