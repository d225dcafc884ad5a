"""What stands beside a cassette: written, read, and refused when it is not right."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from massgen_conformance.cassette import sidecar, store
from massgen_conformance.cassette.errors import UnreadableCassette
from massgen_conformance.cassette.sidecar import Pace, Provenance, Sidecar, State

DAY = datetime.date(2026, 3, 1)
BYTES = b"interactions: []\n"
FULL = Sidecar(
    provider="openai",
    scenario="text",
    provenance=Provenance.LIVE,
    recorded_at=DAY,
    sha256=hashlib.sha256(BYTES).hexdigest(),
    model="m: 1 # x",
    upstream="https://h/v1",
    recorder="massgen-conformance 0",
    versions={"vcrpy": "9.4.2"},
    salt="00e1",
    removed=("api-key", "request-id"),
    expires=DAY + datetime.timedelta(days=180),
    interactions=(Pace(((3, 0.25), (0, 1.0)), "12e4"), Pace((), "")),
)


@pytest.mark.parametrize("value", [FULL, replace(FULL, expires=None, interactions=(), versions={}, removed=())])
def test_it_comes_back_as_it_was_written(value: Sidecar) -> None:
    assert sidecar.loads(sidecar.dumps(value)) == value


@pytest.mark.parametrize(
    ("content", "days", "state"),
    [
        (BYTES, 180, State.FRESH),
        (BYTES, 181, State.EXPIRED),
        (BYTES + b" ", 0, State.ALTERED),
        (BYTES + b" ", 999, State.ALTERED),
    ],
)
def test_its_state_follows_from_the_bytes_and_the_day(content: bytes, days: int, state: State) -> None:
    assert FULL.state(content, DAY + datetime.timedelta(days=days)) is state


def test_a_cassette_without_one_is_undescribed(tmp_path: Path) -> None:
    path = tmp_path / "text.yaml"
    store.write({path: BYTES.decode()})
    assert sidecar.state_of(path, DAY) is State.UNDESCRIBED
    store.write({tmp_path / "text.meta.yaml": sidecar.dumps(FULL)})
    assert sidecar.state_of(path, DAY) is State.FRESH


@pytest.mark.parametrize("provenance", list(Provenance))
def test_only_what_the_kit_said_does_not_age(provenance: Provenance) -> None:
    expected = None if provenance is Provenance.SYNTHETIC else datetime.date(2026, 8, 28)
    assert sidecar.expiry(provenance, DAY) == expected


WRONG = [
    ("", "is not a sidecar"),
    ("[]", "is not a sidecar"),
    ("schema: other/1", "schema is 'other/1'"),
    (sidecar.dumps(FULL).replace("model:", "modell:"), "lacks the field 'model'"),
    (sidecar.dumps(FULL).replace("provenance: live", "provenance: true"), "is not a valid Provenance"),
    (sidecar.dumps(FULL).replace("recorded_at: 2026-03-01", "recorded_at: soon"), "recorded_at is 'soon'"),
    (sidecar.dumps(FULL).replace("[3, 0.25]", "[3]"), "not enough values"),
    (sidecar.dumps(FULL) + "x: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(UnreadableCassette, match=f"here .*{message}" if "lacks" not in message else message):
        sidecar.loads(text, "here")
