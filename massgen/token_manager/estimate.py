"""Token counts without a tokenizer and without a network: deliberately a little high, always labelled as estimates.

UTF-8 bytes / 3 for prose and code, / 2 for CJK text, and constants per message and per image. A tokenizer would be
exact for one vendor's text only, and tiktoken downloads its vocabularies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

Json = Any

PER_MESSAGE = 4  # role and delimiters of the chat framing
PER_IMAGE = 1000  # between OpenAI's 765 for a 1024 px square and Anthropic's 1,600 for the largest; a file's bytes too

# From CJK radicals to Hangul syllables, compatibility ideographs, full-width forms, and everything beyond the BMP that
# is an ideograph: three or four bytes a character, and about one to one and a half tokens.
_CJK = ((0x2E80, 0xD7FF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))

_IMAGE_PARTS = frozenset({"image", "image_url", "input_image", "input_audio"})
_BYTES = frozenset({"file_data", "base64"})
_ECHOES = frozenset({"anthropic", "gemini", "openai_responses", "reasoning_details"})  # what the rest says, verbatim
_PAYLOAD_KEYS = frozenset({"type", "id", "tool_call_id", "call_id", "tool_use_id", "role"})


def estimate_text(text: str) -> int:
    """Tokens of `text`, at least 1 where there is any."""
    if text.isascii():
        return -(-len(text) // 3)
    wide = sum(len(char.encode("utf-8", "replace")) for char in text if _is_cjk(ord(char)))
    rest = len(text.encode("utf-8", "replace")) - wide
    return -(-(rest * 2 + wide * 3) // 6)


def estimate_messages(messages: Sequence[Mapping[str, Json]]) -> int:
    """Tokens of a conversation in any of the message shapes: texts, tool calls with their arguments, and images."""
    own = ({key: value for key, value in message.items() if key not in _ECHOES} for message in messages)
    return sum(PER_MESSAGE + sum(_tokens(piece) for piece in _pieces(message)) for message in own)


def _is_cjk(point: int) -> bool:
    return any(first <= point <= last for first, last in _CJK)


def _tokens(piece: str | None) -> int:
    return PER_IMAGE if piece is None else estimate_text(piece)


def _holds_bytes(value: Mapping[str, Json]) -> bool:
    """A file in base64, in the shape of any wire."""
    return not _BYTES.isdisjoint(value) or (value.get("type") == "base64" and "data" in value)


def _pieces(value: Json) -> Iterator[str | None]:
    """The texts of a message, in order; None stands for an image."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        if value.get("type") in _IMAGE_PARTS or "inlineData" in value or _holds_bytes(value):
            yield None
            return
        for key, inner in value.items():
            if key in ("arguments", "input", "args") and not isinstance(inner, str):
                yield msgspec.json.encode(inner).decode()
            elif key not in _PAYLOAD_KEYS:
                yield from _pieces(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _pieces(inner)
