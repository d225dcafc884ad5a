from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.redact import redact

KEY = "sk-proj-Zx81mQ/77+a=veryLongSecret9"

LEAKS = [
    pytest.param(f"key {KEY} is wrong", id="whole"),
    pytest.param(f"key {KEY[:14]}*** is wrong", id="the-head-of-it"),
    pytest.param(f"ends in {KEY[-12:]}", id="the-tail-of-it"),
    pytest.param(f"Basic {base64.b64encode(KEY.encode()).decode()}", id="base64"),
    pytest.param("?key=sk-proj-Zx81mQ%2F77%2Ba%3DveryLongSecret9", id="percent-encoded"),
    pytest.param(f"{KEY}{KEY}", id="twice"),
]


@pytest.mark.parametrize("text", LEAKS)
def test_no_run_of_a_secret_survives(text: str) -> None:
    cleaned = redact(text, [KEY])
    assert "***" in cleaned
    assert not any(KEY[at : at + 8] in cleaned for at in range(len(KEY) - 7))


@given(st.text(), st.text(min_size=8, max_size=40))
def test_what_shares_no_run_with_the_secret_is_left_alone(text: str, secret: str) -> None:
    cleaned = redact(text, [secret])
    assert not any(secret[at : at + 8] in cleaned for at in range(len(secret) - 7)) or "***" in secret
    if cleaned == text:
        assert secret not in text


def test_no_secret_and_short_secrets_change_nothing() -> None:
    assert redact("the word none", [None, "", "none"]) == "the word none"
