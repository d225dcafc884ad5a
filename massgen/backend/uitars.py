"""UI-TARS: ByteDance's model for user interfaces, on the Chat wire of whoever serves it.

https://github.com/bytedance/UI-TARS, whose deployment guide serves it with vLLM or at an inference endpoint: the limit
is called `max_tokens`. What the model wants done is text (`Action: click(...)`), which is handed on as it is.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class UITARSBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "uitars"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        developer_role=False,
    )
