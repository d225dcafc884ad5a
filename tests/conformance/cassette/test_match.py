"""Which requests count as the same, and which keys."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from massgen_conformance.cassette.match import KeyMatcher, credential, differences, fingerprint, matches
from massgen_conformance.cassette.store import Request

GOOD, BAD, DUMMY = "sk-good-0123456789", "sk-bad-0123456789", "dummy-key-7f3a"


def request(
    body: Any = None, *, uri: str = "https://h/v1/x?alt=sse", method: str = "POST", key: str | None = None
) -> Request:
    data = body if isinstance(body, bytes) else json.dumps({"a": 1} if body is None else body).encode()
    headers = () if key is None else (("authorization", f"Bearer {key}"),)
    return Request(method, uri, headers, data)


SAME = {
    "key order and spacing": (request(b'{"a":1,"b":[1,2]}'), request(b'{ "b": [1, 2],\n "a": 1 }')),
    "escaped and raw characters": (request(b'"\\u00e9"'), request('"é"'.encode())),
    "another host": (request(uri="http://127.0.0.1:1/v1/x?alt=sse"), request()),
    "query order": (request(uri="https://h/?a=1&b=2"), request(uri="https://h/?b=2&a=1")),
    "the key in the query": (request(uri="https://h/v1/x?alt=sse&key=K"), request()),
    "a label of the caller": (request({"a": 1, "metadata": {"id": 1}}), request({"a": 1, "metadata": {"id": 2}})),
    "equal bytes that are not JSON": (request(b"\xff"), request(b"\xff")),
}

DIFFERENT = {
    "a value": (request({"a": 1}), request({"a": 2}), "body.a: recorded 2, now 1"),
    "a type": (request({"a": True}), request({"a": 1}), "body.a: recorded 1, now true"),
    "a missing field": (request({}), request({"a": 1}), "body.a: recorded 1, now absent"),
    "an extra field": (request({"a": 1, "b": 2}), request(), "body.b: not in the recording, now 2"),
    "a list's length": (request([1]), request([1, 2]), "body: recorded [1, 2], now [1]"),
    "deep": (request({"m": [{"c": "x"}]}), request({"m": [{"c": "y"}]}), 'body.m[0].c: recorded "y", now "x"'),
    "the path": (request(uri="https://h/v2/x?alt=sse"), request(), "path: recorded '/v1/x', now '/v2/x'"),
    "the method": (request(method="GET"), request(), "method: recorded 'POST', now 'GET'"),
    "the query": (request(uri="https://h/v1/x"), request(), "query: recorded (('alt', 'sse'),), now ()"),
    "bytes that are not JSON": (request(b"\xff"), request(b"\xfe"), "body: the bytes differ and are not both JSON"),
    "JSON and no JSON": (request(b"{"), request(b"{}"), "body: the bytes differ and are not both JSON"),
    "a repeated name": (request(b'{"a":0,"a":1}'), request(), "body: the bytes differ and are not both JSON"),
    "a nested label": (request({"x": {"user": 1}}), request({"x": {"user": 2}}), "body.x.user: recorded 2, now 1"),
}


@pytest.mark.parametrize(("now", "recorded"), SAME.values(), ids=SAME)
def test_equal_requests_are_equal(now: Request, recorded: Request) -> None:
    assert differences(now, recorded) == []


@pytest.mark.parametrize(("now", "recorded", "line"), DIFFERENT.values(), ids=DIFFERENT)
def test_a_difference_is_named_with_its_place(now: Request, recorded: Request, line: str) -> None:
    assert differences(now, recorded) == [line]


@pytest.mark.parametrize(
    ("headers", "uri", "key"),
    [
        ((("authorization", "Bearer K1"),), "", "K1"),
        ((("authorization", "Basic " + base64.b64encode(b"api:K1").decode()),), "", "api:K1"),
        ((("authorization", "K1"),), "", "K1"),
        ((("x-api-key", "K1"),), "", "K1"),
        ((("x-goog-api-key", "K1"),), "", "K1"),
        ((), "https://h/?key=K1", "K1"),
        ((), "https://h/?alt=sse", None),
        ((("authorization", ""),), "", None),
    ],
)
def test_the_credential_is_found_wherever_a_provider_takes_it(
    headers: tuple[tuple[str, str], ...], uri: str, key: str | None
) -> None:
    assert credential(headers, uri) == key


@pytest.mark.parametrize(
    ("sent", "recorded", "answer"),
    [
        (GOOD, GOOD, True),
        (DUMMY, GOOD, True),
        (BAD, GOOD, False),
        (None, GOOD, False),
        (None, None, True),
        (GOOD, None, False),
    ],
)
def test_only_the_recorded_key_or_its_stand_in_is_answered(
    sent: str | None, recorded: str | None, answer: bool
) -> None:
    keys = KeyMatcher("salt", stand_in=DUMMY)
    assert matches(request(key=sent), request(), fingerprint(recorded, "salt"), keys) is answer


def test_a_fingerprint_depends_on_key_and_salt_and_shows_neither() -> None:
    prints = {fingerprint(key, salt) for key in (GOOD, BAD) for salt in ("a", "b")}
    assert len(prints) == 4
    assert not [text for text in prints if GOOD in text or len(text) != 32]
