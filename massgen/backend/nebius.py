"""Nebius Token Factory: vLLM's Chat wire. https://docs.tokenfactory.nebius.com/api-reference/introduction

Differences: the limit is called `max_tokens`; reasoning comes as `reasoning_content` or `reasoning`, by model, and goes
back under its own name; the tail of a tool call may stand at another index; errors may be FastAPI's `{"detail": ...}`.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class NebiusBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "nebius"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning_content", "reasoning"),
        developer_role=False,
    )
