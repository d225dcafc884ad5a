"""DeepSeek: the Chat wire with thinking on by default. https://api-docs.deepseek.com/guides/thinking_mode

Differences: an assistant message with tool calls must come back with its `reasoning_content`, even an empty one, or the
next request is a 400; the limit is called `max_tokens`; models without vision take string content only;
`prefix: true` marks an answer that is begun.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class DeepSeekBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "deepseek"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        joins_text=True,
        echo=("prefix",),
        echo_on_tool_calls=("reasoning_content",),
    )
