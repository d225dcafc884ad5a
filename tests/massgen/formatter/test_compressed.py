"""A conversation that was made shorter for its context window is still one that every wire takes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend._compression import compress
from massgen.token_manager.estimate import estimate_messages

from .histories import FORMATTERS, Conversation, conversations

SYSTEM = {"role": "system", "content": "Answer briefly."}


def long_in_shape(shape: str, conversation: Conversation) -> list[dict[str, Any]]:
    """The conversation with a lot of words in it, as messages of one wire."""
    longer = [
        {**message, "content": message["content"] + " word" * 300} if message["role"] == "user" else message
        for message in conversation.messages
    ]
    return FORMATTERS[shape].format_messages(longer)


@pytest.mark.parametrize("shape", [shape for shape in FORMATTERS if shape != "interactions"])  # no shape of messages
@given(conversation=conversations(), ratio=st.sampled_from([0.1, 0.5, 0.9]))
def test_a_compressed_history_is_one_that_every_wire_takes(
    shape: str, conversation: Conversation, ratio: float
) -> None:
    messages = [SYSTEM, *long_in_shape(shape, conversation)]
    before = copy.deepcopy(messages)
    found = compress(messages, int(ratio * estimate_messages(messages)))
    assert messages == before
    asked = sum(" word word" in repr(message) for message in messages)
    if found is None:
        assert asked == 1 or ratio > 0.5
        return
    kept = [message for message in found.messages if message in messages]
    assert len(kept) == len(found.messages) - 1 == len(messages) - found.left_out
    assert found.tokens_after < found.tokens_before
    assert kept[0] == SYSTEM
    for formatter in FORMATTERS.values():
        formatter.format_messages(found.messages)
