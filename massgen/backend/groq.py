"""Groq: the Chat wire on their own hardware. https://console.groq.com/docs/openai

Differences, from the groq 1.7 SDK and that page: reasoning comes as `delta.reasoning`; usage rides in `x_groq.usage`
on the finish chunk, asked for or not; tool calls arrive whole; `logit_bias` is not supported; `reasoning_format` and
`include_reasoning` exclude each other.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class GroqBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "groq"
    dialect = ChatDialect(
        echo=("reasoning",),
        rejects=frozenset({"logit_bias"}),
        exclusive=(("reasoning_format", "include_reasoning"),),
        tool_content_parts=True,
    )
