"""A recording is made whole or not at all."""

from __future__ import annotations

import asyncio
import datetime
import json
import resource
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import vcr

from massgen_conformance.cassette import scan, sidecar
from massgen_conformance.cassette.errors import CassetteError, MissingRecording, Reason, RecordingRefused
from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.record import Mode, record
from massgen_conformance.cassette.sidecar import Provenance, Sidecar, State
from massgen_conformance.cassette.store import Cassette, Store, load
from massgen_conformance.plan import Ending, Plan, Refusal, Reply
from massgen_conformance.player import Player

from .samples import KEY

EVENTS = (b'data: {"d":"Hel"}\n\n', b'data: {"d":"lo \xc3\xa9"}\n\n', b"data: [DONE]\n\n")
TODAY = datetime.date(2026, 3, 1)
URL = "https://api.example.com/v1/chat/completions"


def asking(*bodies: Any, key: str = KEY) -> Callable[[str], Awaitable[None]]:
    async def drive(base_url: str) -> None:
        async with httpx2.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {key}"}) as client:
            for body in bodies or ({"model": "m", "stream": True},):
                await client.post(f"{base_url}/chat/completions", json=body)

    return drive


def job(upstream: str, **changes: Any) -> Job:
    values: dict[str, Any] = {
        "provider": "openai",
        "scenario": "text",
        "upstream": upstream,
        "api_key": KEY,
        "drive": asking(),
        "provenance": Provenance.PEER,
        "model": "m",
        "key_variable": "OPENAI_API_KEY",
        "today": lambda: TODAY,
    }
    return Job(**{**values, **changes})


async def recorded(player: Player, store: Store, *replies: Reply, mode: Mode = Mode.ALL, **changes: Any) -> None:
    with player.exchange(Plan(replies or (Reply(EVENTS),))) as exchange:
        await record(job(exchange.base_url + "/v1", **changes), store, mode)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


async def test_a_recording_holds_the_exact_bytes_and_their_cuts(player: Player, tmp_path: Path) -> None:
    store = Store(tmp_path)
    await recorded(player, store)
    [item] = store.load("openai", "text").interactions
    described = sidecar.load(store.sidecar_path("openai", "text"))
    assert item.response.body == b"".join(EVENTS)
    assert json.loads(item.request.body) == {"model": "m", "stream": True}
    assert item.request.uri.endswith("/v1/chat/completions")
    assert described.interactions[0].sizes == tuple(len(event) for event in EVENTS)
    assert described.state(store.path("openai", "text").read_bytes(), TODAY) is State.FRESH
    assert (described.recorded_at, described.expires) == (TODAY, datetime.date(2026, 8, 28))
    assert set(described.versions) == {"httpx2", "vcrpy"}


async def test_vcrpy_itself_replays_what_was_recorded(player: Player, tmp_path: Path) -> None:
    store = Store(tmp_path)
    await recorded(player, store, provenance=Provenance.SYNTHETIC)
    [item] = store.load("openai", "text").interactions

    async def ask() -> bytes:
        async with httpx2.AsyncClient() as client:
            return (await client.post(item.request.uri, json={"model": "m", "stream": True})).content

    with vcr.use_cassette(str(store.path("openai", "text")), record_mode="none") as played:
        assert await asyncio.to_thread(asyncio.run, ask()) == b"".join(EVENTS)
    assert played.all_played


async def test_our_recording_is_what_vcrpy_s_own_recorder_stores(player: Player, tmp_path: Path) -> None:
    """The relay replaces vcrpy as the recorder; this holds it to what vcrpy would have stored of the same exchange."""
    store, theirs = Store(tmp_path), tmp_path / "theirs.yaml"

    def ask(base_url: str) -> None:
        with vcr.use_cassette(str(theirs), record_mode="all"), httpx2.Client(trust_env=False) as client:
            client.post(f"{base_url}/chat/completions", json={"model": "m", "stream": True})

    with Player() as own:
        with own.exchange(Plan((Reply(EVENTS),)), root=True) as exchange:
            await asyncio.to_thread(ask, exchange.base_url)
        with own.exchange(Plan((Reply(EVENTS),)), root=True) as exchange:
            await record(job(exchange.base_url), store)
    [mine], [other] = store.load("openai", "text").interactions, load(theirs).interactions
    assert (mine.request.method, mine.request.uri, mine.request.body) == (
        other.request.method,
        other.request.uri,
        other.request.body,
    )
    assert (mine.response.status, mine.response.reason, mine.response.body) == (
        other.response.status,
        other.response.reason,
        other.response.body,
    )
    assert set(mine.response.headers) <= set(other.response.headers)


async def test_the_key_is_in_no_file(player: Player, tmp_path: Path) -> None:
    await recorded(player, Store(tmp_path), Reply((f'data: {{"echo": "{KEY}"}}\n\n'.encode(),)))
    for name, content in files(tmp_path).items():
        assert scan.scan_text(content.decode(), name, [KEY]) == []
    described = sidecar.load(Store(tmp_path).sidecar_path("openai", "text"))
    assert described.removed == ("api-key",)
    [item] = Store(tmp_path).load("openai", "text").interactions
    assert sum(described.interactions[0].sizes) == len(item.response.body)
    assert len(described.interactions[0].key) == 32


async def test_what_the_player_says_is_stored_at_a_name_that_cannot_exist(player: Player, tmp_path: Path) -> None:
    store = Store(tmp_path)
    await recorded(player, store, provenance=Provenance.SYNTHETIC)
    described = sidecar.load(store.sidecar_path("openai", "text"))
    assert store.load("openai", "text").interactions[0].request.uri.startswith("http://synthetic.invalid/")
    assert described.upstream.startswith("http://synthetic.invalid/")
    assert described.expires is None
    assert {seconds for _, seconds in described.interactions[0].chunks} == {0.0}


async def test_a_synthetic_recording_is_the_same_every_time(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    for root in roots:
        with Player() as own, own.exchange(Plan((Reply(EVENTS),)), root=True) as exchange:
            await record(job(exchange.base_url, provenance=Provenance.SYNTHETIC), Store(root))
    assert files(roots[0]) == files(roots[1])


async def broken(_: str) -> None:
    raise RuntimeError("the client is broken")


async def silent(_: str) -> None:
    return


async def bad(_cassette: Cassette, _sidecar: Sidecar) -> Sequence[str]:
    return ["chunk 3 comes after done"]


async def breaking(_cassette: Cassette, _sidecar: Sidecar) -> Sequence[str]:
    raise RuntimeError("no such thing")


LEAKY = Reply(tuple(f'data: "{part}"\n\n'.encode() for part in (KEY[:15], KEY[15:])))

REFUSALS = {
    "no key": ({"api_key": ""}, (), Reason.NO_KEY, "set OPENAI_API_KEY"),
    "a key too short to scrub": ({"api_key": "x"}, (Reply(EVENTS),), Reason.UNSUPPORTED, "too short"),
    "status 401": ({}, (Reply((b'{"error":"no"}',), 401),), Reason.REFUSED, r"status 401.*check OPENAI_API_KEY.*no"),
    "status 500": ({}, (Reply((b"oops",), 500),), Reason.REFUSED, "status 500, expected 200: oops"),
    "cut stream": ({}, (Reply(EVENTS, stop_at=9, ending=Ending.RESET),), Reason.INTERRUPTED, "broke off answer 0"),
    "closed at once": ({}, (Refusal(),), Reason.INTERRUPTED, "broke off answer 0"),
    "secret over two events": ({}, (LEAKY,), Reason.LEAK, "known secret in interaction 0 response body"),
    "check that breaks": ({"verify": breaking}, (Reply(EVENTS),), Reason.CHECK_FAILED, "RuntimeError: no such thing"),
    "failed check": ({"verify": bad}, (Reply(EVENTS),), Reason.CHECK_FAILED, "chunk 3 comes after done"),
    "client breaks": ({"drive": broken}, (), Reason.UNSUPPORTED, "0 of its 1 requests.*the client is broken"),
    "client ignores base_url": ({"drive": silent}, (), Reason.UNSUPPORTED, "0 of its 1 requests"),
    "a turn is missing": ({"requests": 2}, (Reply(EVENTS),), Reason.UNSUPPORTED, "1 of its 2 requests"),
    "a body with a coding": (
        {"drive": asking({"a": 1})},
        (Reply((b"not gzip",), headers=(("content-encoding", "gzip"),)),),
        Reason.INTERRUPTED,
        "DecodingError",
    ),
}


@pytest.mark.parametrize("existing", [True, False], ids=["over an old one", "anew"])
@pytest.mark.parametrize(("changes", "replies", "reason", "message"), REFUSALS.values(), ids=REFUSALS)
async def test_a_failed_recording_changes_nothing_and_says_why(
    player: Player,
    tmp_path: Path,
    changes: dict[str, Any],
    replies: tuple[Reply, ...],
    reason: Reason,
    message: str,
    existing: bool,
) -> None:
    store = Store(tmp_path)
    if existing:
        await recorded(player, store, Reply((b"old",)))
    before = files(tmp_path)
    with player.exchange(Plan(replies)) as exchange, pytest.raises(RecordingRefused, match=message) as refused:
        await record(job(exchange.base_url + "/v1", **changes), store)
    assert refused.value.reason is reason
    assert KEY not in str(refused.value)
    assert files(tmp_path) == before


async def test_an_upstream_that_is_not_there_is_named(player: Player, tmp_path: Path) -> None:
    url = player.refusing_url()
    with pytest.raises(RecordingRefused, match=f"{url}/v1 cannot be reached: ConnectError") as refused:
        await record(job(f"{url}/v1"), Store(tmp_path))
    assert refused.value.reason is Reason.UNREACHABLE
    assert files(tmp_path) == {}


async def test_what_is_no_address_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingRefused, match="'localhost' is not a base URL"):
        await record(job("localhost"), Store(tmp_path))


async def test_an_error_message_of_the_upstream_is_told_without_the_key(player: Player, tmp_path: Path) -> None:
    said = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode()
    told = pytest.raises(RecordingRefused, match=r"Incorrect API key provided: \[removed-api-key\]")
    with player.exchange(Plan((Reply((said,), 401),))) as exchange, told:
        await record(job(exchange.base_url), Store(tmp_path))


async def test_a_folder_that_cannot_be_written_is_said_before_the_upstream_is_asked(
    player: Player, tmp_path: Path
) -> None:
    (tmp_path / "openai").write_text("a file where the folder should be")
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        with pytest.raises(RecordingRefused, match="cannot write into") as refused:
            await record(job(exchange.base_url), Store(tmp_path))
        assert refused.value.reason is Reason.UNWRITABLE
        assert exchange.log.requests == []


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_leaves_the_old_recording(player: Player, tmp_path: Path) -> None:
    store = Store(tmp_path)
    await recorded(player, store)
    before = files(tmp_path)
    with pytest.raises(RecordingRefused, match="cannot write") as refused, file_size_limit(200):
        await recorded(player, store, Reply((b"new " * 1000,)))
    assert refused.value.reason is Reason.UNWRITABLE
    assert files(tmp_path) == before


async def test_an_expected_error_is_recorded(player: Player, tmp_path: Path) -> None:
    store = Store(tmp_path)
    said = Reply((b'{"error":"slow down"}',), 429, (("content-type", "application/json"), ("retry-after", "2")))
    await recorded(player, store, said, scenario="error-429", statuses=(429,))
    [item] = store.load("openai", "error-429").interactions
    assert (item.response.status, dict(item.response.headers)["retry-after"]) == (429, "2")


async def test_mode_none_never_records(player: Player, tmp_path: Path) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        with pytest.raises(MissingRecording, match="massgen-conformance record --provider openai --scenario text"):
            await record(job(exchange.base_url), Store(tmp_path), Mode.NONE)
        assert exchange.log.requests == []


@pytest.mark.parametrize("mode", [Mode.NONE, Mode.ONCE])
async def test_what_exists_is_kept_without_asking(player: Player, tmp_path: Path, mode: Mode) -> None:
    store = Store(tmp_path)
    await recorded(player, store)
    before = files(tmp_path)
    with player.exchange(Plan((Reply((b"new",)),))) as exchange:
        outcome = await record(job(exchange.base_url, api_key=""), store, mode)
        assert exchange.log.requests == []
    assert not outcome.written
    assert files(tmp_path) == before


async def test_new_episodes_asks_only_for_what_is_not_known(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with Player() as own:
        with own.exchange(Plan((Reply(EVENTS),)), root=True) as exchange:
            await record(job(exchange.base_url, drive=asking({"n": 1})), store)
        with own.exchange(Plan((Reply((b"second",)),)), root=True) as exchange:
            again = job(exchange.base_url, drive=asking({"n": 1}, {"n": 2}))
            outcome = await record(again, store, Mode.NEW_EPISODES)
            assert [json.loads(request.body) for request in exchange.log.requests] == [{"n": 2}]
    assert (outcome.written, outcome.interactions, outcome.reused) == (True, 2, 1)
    assert [item.response.body for item in store.load("openai", "text").interactions] == [b"".join(EVENTS), b"second"]
    described = sidecar.load(store.sidecar_path("openai", "text"))
    assert [pace.sizes for pace in described.interactions] == [tuple(len(event) for event in EVENTS), (6,)]


async def test_a_known_exchange_answers_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with Player() as own:
        with own.exchange(Plan((Reply(EVENTS),)), root=True) as exchange:
            await record(job(exchange.base_url), store)
        with own.exchange(Plan((Reply((b"second",)),)), root=True) as exchange:
            twice = job(exchange.base_url, drive=asking({"model": "m", "stream": True}, {"model": "m", "stream": True}))
            outcome = await record(twice, store, Mode.NEW_EPISODES)
            assert len(exchange.log.requests) == 1
    assert (outcome.interactions, outcome.reused) == (2, 1)


async def test_two_recordings_of_one_key_have_fingerprints_of_their_own(player: Player, tmp_path: Path) -> None:
    prints = set()
    for name in ("a", "b"):
        store = Store(tmp_path / name)
        await recorded(player, store)
        prints.add(sidecar.load(store.sidecar_path("openai", "text")).interactions[0].key)
    assert len(prints) == 2


async def test_new_episodes_writes_nothing_when_all_is_known(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with Player() as own, own.exchange(Plan((Reply(EVENTS),)), root=True) as exchange:
        await record(job(exchange.base_url), store)
        before = files(tmp_path)
        outcome = await record(job(exchange.base_url), store, Mode.NEW_EPISODES)
        assert len(exchange.log.requests) == 1
    assert (outcome.written, outcome.reused) == (False, 1)
    assert files(tmp_path) == before


async def test_a_password_in_the_base_url_is_not_stored(player: Player, tmp_path: Path) -> None:
    store = Store(tmp_path)
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        await record(job(exchange.base_url.replace("http://", "http://me:hunter2@")), store)
    assert not [name for name, content in files(tmp_path).items() if b"hunter2" in content]
    assert "//127.0.0.1:" in sidecar.load(store.sidecar_path("openai", "text")).upstream


async def test_a_password_in_the_base_url_is_not_told(player: Player, tmp_path: Path) -> None:
    url = player.refusing_url().replace("http://", "http://me:hunter2@")
    with pytest.raises(RecordingRefused, match="cannot be reached") as refused:
        await record(job(url), Store(tmp_path))
    assert "hunter2" not in str(refused.value)


async def test_a_bad_provider_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="cannot name a recording"):
        await record(job("http://127.0.0.1:1", provider="../x"), Store(tmp_path))
