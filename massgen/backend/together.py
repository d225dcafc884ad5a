"""Together AI: the Chat wire in front of open models. https://docs.together.ai/docs/openai-api-compatibility

Differences, from the together 3.1 SDK's types and recorded streams: the limit is called `max_tokens`; reasoning comes
as `reasoning` or `reasoning_content`, by model, and goes back under its own name; there is no role `developer`; usage
comes unasked, with `cached_tokens` beside the totals.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class TogetherBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "together"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning_content", "reasoning"),
        developer_role=False,
    )
