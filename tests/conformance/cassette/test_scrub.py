"""What scrubbing removes, what it leaves, and that the scan agrees."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_conformance.cassette import import_, scan, scrub
from massgen_conformance.cassette.forms import forms
from massgen_conformance.cassette.store import header

from .samples import CANNED, KEY, cassette, interaction

WRITTEN = {
    "plain": KEY,
    "json": json.dumps(KEY),
    "json with escaped slash": KEY.replace("/", "\\/"),
    "percent": quote(KEY, safe=""),
    "percent, lower case": quote(KEY, safe="").replace("%2F", "%2f"),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64, url": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "basic with user": base64.b64encode(f"user:{KEY}".encode()).decode(),
    "basic, key first": base64.b64encode(f"{KEY}:".encode()).decode(),
    "hex": KEY.encode().hex(),
    "bearer": f"Bearer {KEY}",
    "key before its scheme": f"{KEY} Bearer",
    "twice": f"{KEY},{KEY}",
    "repr": repr(KEY),
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_the_key_goes_from_a_body_in_every_form(text: str) -> None:
    dirty = cassette(interaction(f'data: {{"a":"{text}"}}\n\n'.encode(), request=f"x={text}".encode()))
    assert scan.scan(dirty, [KEY])
    clean = scrub.scrub(dirty, [KEY])
    assert scan.scan(clean.cassette, [KEY]) == []
    assert "api-key" in clean.removed


UNKNOWN = {
    "openai": ("sk-proj-Abc123Def456Ghi789Jkl", "api-key"),
    "anthropic": ("sk-ant-api03-AbCdEf123456-7890", "api-key"),
    "masked by a 401": ("sk-can***************f0Zq", "api-key"),
    "google": ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "api-key"),
    "groq": ("gsk_1234567890abcdefghijkl", "api-key"),
    "organisation": ("org-Ab12Cd34Ef56Gh78", "organisation"),
    "project": ("proj_Ab12Cd34Ef56Gh78", "project"),
    "google project": ("projects/123456789012", "project"),
    "e-mail": ("someone@company.io", "email"),
}


@pytest.mark.parametrize(("text", "kind"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_value_of_a_known_shape_goes_without_being_told(text: str, kind: str) -> None:
    dirty = cassette(interaction(json.dumps({"error": {"message": f"for {text}."}}).encode()))
    assert scan.scan(dirty)
    clean = scrub.scrub(dirty)
    assert clean.removed == (kind,)
    assert scan.scan(clean.cassette) == []
    json.loads(clean.cassette.interactions[0].response.body)


ORDINARY = [
    "a task-management-systems list and sk-learn",
    '"max_tokens": 1024, "total_tokens": 18, "token": "the"',
    "write to someone@example.com",
    "disk-0123456789abcdef0 and org-chart",
    '"id":"chatcmpl-9f8e7d6c5b4a39281706f5e4d3c2b1a0"',
    '"signature":"EqQBCkYIARgCIkDx8f0J9s7a6d5F4g3H2j1K0l9Z8x7C6v5B4n3M2q1W"',
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str) -> None:
    given_ = cassette(interaction(text.encode()))
    assert scrub.scrub(given_, [KEY]).cassette == given_
    assert scan.scan(given_, [KEY]) == []


def test_only_listed_headers_stay() -> None:
    dirty = cassette(
        interaction(
            request_headers=(
                ("authorization", f"Bearer {KEY}"), ("x-api-key", KEY), ("cookie", "a=b"), ("x-stainless-os", "Linux"),
                ("content-type", "application/json"), ("anthropic-version", "2023-06-01"),
            ),
            headers=(
                ("content-type", "text/event-stream"), ("set-cookie", "__cf_bm=1"), ("openai-organization", "user-x"),
                ("retry-after", "3"), ("x-request-id", "req_123"), ("x-ratelimit-remaining-tokens", "9"),
            ),
        )
    )  # fmt: skip
    [item] = scrub.scrub(dirty, [KEY]).cassette.interactions
    assert [name for name, _ in item.request.headers] == ["content-type", "anthropic-version"]
    assert item.response.headers == (
        ("content-type", "text/event-stream"),
        ("retry-after", "3"),
        ("x-request-id", "[removed-request-id]"),
        ("x-ratelimit-remaining-tokens", "9"),
    )


@pytest.mark.parametrize(
    ("uri", "kept"),
    [
        ("https://h/v1/m:stream?key=AbC&alt=sse", "https://h/v1/m:stream?alt=sse"),
        ("https://h/v1/m?alt=sse", "https://h/v1/m?alt=sse"),
        ("https://user:pass@h/v1?token=1", "https://h/v1"),
        (f"https://h/{quote(KEY, safe='')}/x", "https://h/[removed-api-key]/x"),
    ],
)
def test_credentials_leave_the_address(uri: str, kept: str) -> None:
    assert scrub.scrub(cassette(interaction(uri=uri)), [KEY]).cassette.interactions[0].request.uri == kept


def test_content_length_stays_true_on_both_sides() -> None:
    body = f'{{"key":"{KEY}"}}'.encode()
    length = (("content-length", str(len(body))),)
    dirty = cassette(interaction(body, request=body, request_headers=length, headers=length))
    [item] = scrub.scrub(dirty, [KEY]).cassette.interactions
    assert header(item.request.headers, "content-length") == str(len(item.request.body))
    assert header(item.response.headers, "content-length") == str(len(item.response.body))


def test_a_key_split_over_two_events_is_found_although_it_cannot_be_replaced() -> None:
    body = f'data: "{KEY[:14]}"\n\ndata: "{KEY[14:]}"\n\n'.encode()
    clean = scrub.scrub(cassette(interaction(body)), [KEY])
    assert [leak.kind for leak in scan.scan(clean.cassette, [KEY])] == ["known secret"]


def test_a_random_value_after_a_telling_word_is_found() -> None:
    leaks = scan.scan(cassette(interaction(b'{"access_token": "q7Zt0Lx2Vb9Nc4Mw8Ky1"}')))
    assert [leak.kind for leak in leaks] == ["random value after a word such as key or token"]


def test_a_leak_does_not_repeat_the_secret() -> None:
    [leak, *_] = scan.scan(cassette(interaction(KEY.encode())), [KEY])
    assert KEY[:8] not in str(leak)
    assert "interaction 0 response body" in str(leak)


@pytest.mark.parametrize("name", ["authorization", "set-cookie", "x-goog-api-key"])
def test_a_credential_header_is_a_leak_whatever_its_value(name: str) -> None:
    assert scan.scan(cassette(interaction(headers=((name, "x"),))))


def test_a_secret_too_short_to_recognise_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        scrub.scrub(cassette(), ["abc"])


PIECES = st.sampled_from(
    [*forms(KEY).values(), *(text.encode() for text, _ in UNKNOWN.values()), b"sk-", b"x", b" ", b"9"]
)
DIRTY = st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=8).map(b"".join)


@given(DIRTY)
def test_scrubbing_twice_changes_nothing_more(body: bytes) -> None:
    once = scrub.scrub(cassette(interaction(body, request=body)), [KEY]).cassette
    assert scrub.scrub(once, [KEY]).cassette == once


@given(DIRTY)
def test_no_whole_form_of_the_key_is_left(body: bytes) -> None:
    clean, _ = scrub.Scrubber([KEY]).data(body)
    assert not [name for name, form in forms(KEY).items() if form in clean]


@given(DIRTY, st.data())
def test_chunk_sizes_still_sum_to_the_scrubbed_body(body: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=5)))
    sizes = [after - before for before, after in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    clean, edits = scrub.Scrubber([KEY]).data(body)
    moved = scrub.moved_sizes(sizes, edits)
    assert sum(moved) == len(clean)
    assert len(moved) == len(sizes)
    assert min(moved) >= 0


def test_a_long_run_of_base64_is_searched_in_linear_time() -> None:
    """A pattern that starts anew at each of these bytes would take hours."""
    body = b'{"data":"' + b"QUJD" * 500_000 + b'"}'
    assert scrub.Scrubber([KEY]).data(body) == (body, ())
    assert scan.scan(cassette(interaction(body)), [KEY]) == []


def test_a_clean_body_keeps_its_cuts() -> None:
    _, edits = scrub.Scrubber([KEY]).data(CANNED)
    assert scrub.moved_sizes((5, 7, len(CANNED) - 12), edits) == (5, 7, len(CANNED) - 12)


def test_real_answers_are_not_damaged_by_scrubbing(recordings: Path) -> None:
    """They were scrubbed where they come from: whatever is found in them now would be a false alarm."""
    for path in sorted(recordings.glob("*/*/*.json"))[::3]:
        [given_] = import_.load(path).cassette.interactions
        [kept] = scrub.scrub(cassette(given_), [KEY]).cassette.interactions
        assert kept.response.body == given_.response.body, path.name
        assert kept.request.body == given_.request.body, path.name
        assert scan.scan(cassette(kept), [KEY]) == [], path.name
