"""Qwen on Alibaba Cloud Model Studio (DashScope), in its OpenAI-compatible mode.
https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions

Differences, from that page and recorded streams: the limit is called `max_tokens`; later fragments of a tool call have
an empty id; reasoning comes as `reasoning_content`, switched by `enable_thinking`; parts may carry `cache_control`.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class QwenBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "qwen"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning_content",),
        developer_role=False,
        part_keys=("cache_control",),
    )
