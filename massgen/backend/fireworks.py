"""Fireworks AI: the Chat wire. https://docs.fireworks.ai/api-reference/post-chatcompletions

Differences, from the fireworks-ai 1.2 SDK's types: messages have no `name` and no role `developer`; `thinking` and
`reasoning_effort` exclude each other; reasoning goes back as `reasoning_content`; usage comes unasked on the finish
chunk.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class FireworksBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "fireworks"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning_content",),
        exclusive=(("thinking", "reasoning_effort"),),
        developer_role=False,
        names_on=frozenset(),
    )
