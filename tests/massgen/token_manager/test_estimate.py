"""Counting without a tokenizer."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.token_manager import TokenCostCalculator, Usage
from massgen.token_manager.estimate import PER_IMAGE, PER_MESSAGE, estimate_messages, estimate_text


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abc", 1),
        ("abcd", 2),
        ("def f(x):\n    return x\n", 8),
        ("日本語", 5),  # 9 bytes at 2 a token
        ("한국어", 5),
        ("naïve", 2),  # 6 bytes at 3 a token
        ("日本語abc", 6),
    ],
)
def test_a_text_counts_by_its_bytes(text: str, tokens: int) -> None:
    assert estimate_text(text) == tokens


@given(st.text(), st.text())
def test_a_longer_text_never_counts_less(first: str, second: str) -> None:
    whole = estimate_text(first + second)
    assert max(estimate_text(first), estimate_text(second)) <= whole <= estimate_text(first) + estimate_text(second)


CONVERSATIONS: dict[str, tuple[list[dict[str, Any]], int]] = {
    "nothing": ([], 0),
    "a text": ([{"role": "user", "content": "abcdef"}], PER_MESSAGE + 2),
    "no content": ([{"role": "assistant", "content": None}], PER_MESSAGE),
    "parts": ([{"role": "user", "content": [{"type": "text", "text": "abcdef"}]}], PER_MESSAGE + 2),
    "an image, whatever its size": (
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:" + "A" * 9000}}]}],
        PER_MESSAGE + PER_IMAGE,
    ),
    "a gemini image": ([{"role": "user", "parts": [{"inlineData": {"data": "A" * 9000}}]}], PER_MESSAGE + PER_IMAGE),
    "tool calls count": (
        [{"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function",
                                               "function": {"name": "abc", "arguments": '{"a":1}'}}]}],
        PER_MESSAGE + 1 + 3,
    ),
    "claude's tool input counts": (
        [{"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "abc", "input": {"a": 1}}]}],
        PER_MESSAGE + 1 + 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("messages", "tokens"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_a_conversation_counts_all_it_holds(messages: list[dict[str, Any]], tokens: int) -> None:
    assert estimate_messages(messages) == tokens


def test_an_estimate_is_labelled() -> None:
    usage = TokenCostCalculator().estimate_usage([{"role": "user", "content": "abcdef"}], "abc")
    assert usage == Usage(prompt=PER_MESSAGE + 2, completion=1, estimated=True)
    assert usage.to_dict()["estimated"] is True


def test_a_tokenizer_counts_only_where_the_caller_brings_one() -> None:
    class Letters:
        def encode(self, text: str, disallowed_special: tuple[str, ...]) -> list[str]:
            return list(text)

    assert TokenCostCalculator(tiktoken_encoder=Letters()).estimate_tokens("<|end|>", method="tiktoken") == 7
    without = TokenCostCalculator()
    assert without.estimate_tokens("x" * 30, method="tiktoken") == without.estimate_tokens("x" * 30)
    with pytest.raises(ValueError, match="auto, simple and tiktoken"):
        without.estimate_tokens("x", method="exact")


def test_estimating_imports_no_tokenizer_and_no_price_data() -> None:
    code = """
import sys
from massgen.token_manager import TokenCostCalculator
TokenCostCalculator().estimate_tokens("x" * 1000)
assert not {"tiktoken", "genai_prices", "httpx2", "requests"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_what_a_message_keeps_for_its_provider_is_not_counted_beside_it() -> None:
    plain = {"role": "assistant", "content": "x" * 300}
    kept = {"model": "m", "content": [{"type": "text", "text": "x" * 300}, {"type": "thinking", "signature": "z" * 9}]}
    for key in ("anthropic", "gemini", "openai_responses", "reasoning_details"):
        assert estimate_messages([{**plain, key: kept}]) == estimate_messages([plain])


def test_bytes_in_base64_are_not_text() -> None:
    data = "data:application/pdf;base64," + "A" * 300_000
    document = {"type": "base64", "media_type": "application/pdf", "data": "A" * 300_000}
    for part in (
        {"type": "file", "file": {"file_data": data}},
        {"type": "input_file", "file_data": data},
        {"type": "document", "source": document},
        {"type": "input_audio", "input_audio": {"data": "A" * 300_000, "format": "wav"}},
    ):
        assert estimate_messages([{"role": "user", "content": [part]}]) < 2_000
    written = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A" * 300_000}}
    assert estimate_messages([{"role": "user", "content": [written]}]) >= 100_000
