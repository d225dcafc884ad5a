"""Cassette files: vcrpy's format, exact bytes, safe loading."""

from __future__ import annotations

import asyncio
import gzip
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import vcr
from hypothesis import given
from hypothesis import strategies as st

from massgen_conformance.cassette import store
from massgen_conformance.cassette.errors import CassetteError, MissingRecording, UnreadableCassette
from massgen_conformance.cassette.store import Response, Store

from .samples import CANNED, cassette, interaction

AWKWARD = [
    pytest.param(b"", id="empty"),
    pytest.param(b"a\r\nb\rc\n", id="line ends"),
    pytest.param("\u2028\u2029\x85\ufeff".encode(), id="unicode line ends"),
    pytest.param(bytes(range(256)), id="every byte"),
    pytest.param("é漢🚀".encode()[:-2], id="cut character"),
    pytest.param(b"- not: [yaml\n...\n---\n", id="yaml markup"),
]


@pytest.mark.parametrize("body", AWKWARD)
def test_body_comes_back_byte_for_byte(body: bytes) -> None:
    written = cassette(interaction(body, request=body))
    assert store.loads(store.dumps(written)) == written


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_survive_the_file(sent: bytes, answered: bytes) -> None:
    written = cassette(interaction(answered, request=sent))
    assert store.loads(store.dumps(written)) == written


def test_vcrpy_replays_our_file_with_the_same_body(tmp_path: Path) -> None:
    path = tmp_path / "text.yaml"
    store.write({path: store.dumps(cassette())})

    async def ask() -> bytes:
        async with httpx2.AsyncClient() as client:
            request = {"model": "m", "stream": True}
            return (await client.post("https://api.example.com/v1/chat/completions", json=request)).content

    with vcr.use_cassette(str(path), record_mode="none") as played:
        assert asyncio.run(ask()) == CANNED
    assert played.all_played


def test_cassette_written_by_vcrpy_with_a_repeated_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "theirs.yaml"
    path.write_text(
        "interactions:\n- request:\n    method: GET\n    uri: http://x/\n    body: null\n"
        "    headers: {Accept: ['*/*']}\n"
        "  response:\n    status: {code: 200, message: OK}\n    headers: {X-A: [one, two]}\n"
        "    body: {string: 'h\u00e9'}\nversion: 1\n",
        encoding="utf-8",
    )
    [item] = store.load(path).interactions
    assert item.request.headers == (("accept", "*/*"),)
    assert item.response.headers == (("x-a", "one"), ("x-a", "two"))
    assert (item.request.body, item.response.body) == (b"", "hé".encode())


HOSTILE = [
    "!!python/object/apply:os.system ['touch {mark}']",
    "interactions: [!!python/object/apply:os.system ['touch {mark}']]",
    "interactions: !!python/object/new:subprocess.Popen [['touch', '{mark}']]",
    "interactions: [!!python/name:os.system ]",
    "interactions: [!!python/module:antigravity ]",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_tag_in_a_cassette_is_not_executed(text: str, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    with pytest.raises(UnreadableCassette):
        store.loads(text.format(mark=mark))
    assert not mark.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "a: 1", "interactions: 3", "interactions: [{request: 1}]", "{nonsense", "\x00"]
)
def test_what_is_not_a_cassette_is_named(text: str) -> None:
    with pytest.raises(UnreadableCassette, match=r"^here "):
        store.loads(text, "here")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableCassette, match=r"x\.yaml"):
        store.load(path)


def test_missing_recording_says_the_command(tmp_path: Path) -> None:
    with pytest.raises(MissingRecording, match="massgen-conformance record --provider openai --scenario text"):
        Store(tmp_path).load("openai", "text")


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "A"])
def test_a_name_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="cannot name a recording"):
        Store(tmp_path).path(name, "text")


def test_names_lists_cassettes_and_not_their_sidecars(tmp_path: Path) -> None:
    for name in ("b/text.yaml", "a/tool.yaml", "a/tool.meta.yaml", "a/.tool.yaml.tmp"):
        store.write({tmp_path / name: ""})
    assert list(Store(tmp_path).names()) == [("a", "tool"), ("b", "text")]


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """The operating system refuses to write a file beyond `size` bytes, as it does when a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_does_not_fit_leaves_the_old_files_and_no_others(tmp_path: Path) -> None:
    first, second = tmp_path / "text.yaml", tmp_path / "text.meta.yaml"
    store.write({first: "old", second: "old too"})
    with pytest.raises(OSError, match="too large"), file_size_limit(100):
        store.write({first: "new", second: "x" * 1000})
    assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} == {
        "text.yaml": "old",
        "text.meta.yaml": "old too",
    }


def test_a_swap_that_fails_halfway_is_undone(tmp_path: Path) -> None:
    first, second = tmp_path / "text.yaml", tmp_path / "text.meta.yaml"
    store.write({first: "old"})
    second.mkdir()
    with pytest.raises(OSError, match="directory"):
        store.write({first: "new", second: "new"})
    assert first.read_text() == "old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["text.meta.yaml", "text.yaml"]


def test_gzip_is_undone_and_the_length_made_true() -> None:
    packed = gzip.compress(CANNED)
    coded = Response(200, (("content-encoding", "gzip"), ("content-length", str(len(packed)))), packed)
    assert store.decoded(coded) == Response(200, (("content-length", str(len(CANNED))),), CANNED)


@pytest.mark.parametrize(("coding", "body"), [("br", b"x"), ("gzip", b"not gzip")])
def test_a_coding_that_cannot_be_undone_is_said(coding: str, body: bytes) -> None:
    with pytest.raises(UnreadableCassette, match=coding):
        store.decoded(Response(200, (("content-encoding", coding),), body))
