"""Moonshot AI's Kimi: the Chat wire with thinking. https://platform.moonshot.ai/docs/api/chat

Differences, from that page and litellm's adapter: an assistant message with tool calls must come back with its
`reasoning_content`, even an empty one, or the next request is a 400; models without vision take string content only;
`functions` are not known; `partial: true` marks an answer that is begun; usage may ride inside the choice.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class MoonshotBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "moonshot"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning_content", "partial"),
        echo_on_tool_calls=("reasoning_content",),
        rejects=frozenset({"functions", "function_call"}),
        joins_text=True,
        developer_role=False,
    )
