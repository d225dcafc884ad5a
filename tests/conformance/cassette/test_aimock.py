"""The recording path against a peer that others wrote: @copilotkit/aimock, as if it were a provider.

Needs the npm package `@copilotkit/aimock`: put the path of its executable into AIMOCK, or install it into
`.peers/npm-aimock` of the repository (`npm install --ignore-scripts --prefix .peers/npm-aimock @copilotkit/aimock`).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from massgen_conformance import cli
from massgen_conformance.cassette import scan, sidecar
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.store import Store

HERE = Path(__file__).parent
INSTALLED = HERE.parents[2] / ".peers" / "npm-aimock" / "node_modules" / ".bin" / "aimock"
EXECUTABLE = Path(os.environ.get("AIMOCK") or INSTALLED)
KEY = "dummy-key-7f3a91c2"
START_SECONDS = 20.0

pytestmark = pytest.mark.skipif(not EXECUTABLE.is_file(), reason="aimock is missing: set AIMOCK to its executable")


@contextmanager
def aimock(fixtures: Path, folder: Path) -> Iterator[str]:
    """The peer on a free port, started as its users start it; yields its origin."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config.json"
    config.write_text(json.dumps({"llm": {"fixtures": str(fixtures), "chunkSize": 12}}))
    command = [str(EXECUTABLE), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    quiet = os.environ | {"DO_NOT_TRACK": "1", "DISABLE_TELEMETRY": "1", "NO_UPDATE_NOTIFIER": "1"}
    null = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=null, stderr=null, env=quiet) as peer:
        try:
            until_listening(port, peer)
            yield f"http://127.0.0.1:{port}"
        finally:
            peer.terminate()


def until_listening(port: int, peer: subprocess.Popen[bytes]) -> None:
    """Nothing announces the start of another program but its port."""
    deadline = time.monotonic() + START_SECONDS
    while peer.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"aimock did not start within {START_SECONDS} s")


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aimock(HERE / "aimock.json", tmp_path_factory.mktemp("aimock")) as address:
        yield address


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def record(origin: str, folder: Path, scenario: str) -> int:
    command = ["record", "--provider", "chatcompletion", "--target", f"{__package__}.bare:factory"]
    return cli.main([*command, "--base-url", f"{origin}/v1", "--cassettes", str(folder), "--scenario", scenario])


@pytest.mark.parametrize("name", ["text", "tool", "tool-parallel", "usage"])
def test_the_programme_is_recorded_from_the_peer(name: str, origin: str, tmp_path: Path) -> None:
    assert record(origin, tmp_path, name) == 0
    store = Store(tmp_path)
    items = store.load("chatcompletion", name).interactions
    told = sidecar.load(store.sidecar_path("chatcompletion", name))
    assert (told.provenance, told.upstream) == (Provenance.PEER, f"{origin}/v1")
    assert all(len(pace.chunks) > 1 for pace in told.interactions)
    assert [sum(pace.sizes) for pace in told.interactions] == [len(item.response.body) for item in items]
    assert len(items) == len(PROGRAMME[name].scenario.turns)
    assert all(b"[DONE]" in item.response.body for item in items)
    assert scan.scan(store.load("chatcompletion", name), [KEY]) == []


@pytest.mark.parametrize(("name", "status"), [("error-401", 401), ("error-429", 429)])
def test_a_refusal_is_recorded_where_it_is_expected(name: str, status: int, origin: str, tmp_path: Path) -> None:
    assert record(origin, tmp_path, name) == 0
    [item] = Store(tmp_path).load("chatcompletion", name).interactions
    assert item.response.status == status


def test_a_refusal_that_is_not_expected_is_told_and_nothing_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures = tmp_path / "fixtures.json"
    refused = {"error": {"message": f"Incorrect API key provided: {KEY}"}, "status": 401}
    fixtures.write_text(json.dumps({"fixtures": [{"match": {}, "response": refused}]}))
    with aimock(fixtures, tmp_path) as refusing:
        assert record(refusing, tmp_path / "cassettes", "text") == cli.FINDINGS
    told = capsys.readouterr().err
    assert "status 401, expected 200; check OPENAI_API_KEY" in told
    assert "Incorrect API key provided" in told
    assert KEY not in told
    assert not list((tmp_path / "cassettes").rglob("*.yaml"))


def test_a_stream_that_the_peer_cuts_leaves_the_old_recording(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, fixtures = tmp_path / "cassettes", tmp_path / "fixtures.json"
    cut = {
        "match": {},
        "response": {"content": "This breaks off in the middle."},
        "truncateAfterChunks": 2,
        "latency": 30,
    }
    fixtures.write_text(json.dumps({"fixtures": [cut]}))
    assert record(origin, folder, "text") == 0
    before = {path.name: path.read_bytes() for path in folder.rglob("*.*")}
    with aimock(fixtures, tmp_path) as cutting:
        assert record(cutting, folder, "text") == cli.FINDINGS
    assert "broke off answer 0" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.rglob("*.*")} == before
