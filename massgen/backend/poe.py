"""Poe: the Chat wire in front of its bots. https://creator.poe.com/docs/external-applications/openai-compatible-api

Differences, from that page: the limit is called `max_tokens`; `seed`, the penalties, `logprobs` and `store` are
ignored; there is no role `developer`. Its token counts are approximate, and it charges points, so no price applies.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class PoeBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "poe"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        rejects=frozenset({"seed", "frequency_penalty", "presence_penalty", "logprobs", "top_logprobs", "store"}),
        developer_role=False,
    )
