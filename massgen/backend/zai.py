"""Z.AI's GLM: the Chat wire with thinking on by default. https://docs.z.ai/api-reference/llm/chat-completion

Differences, from that page, its guide https://docs.z.ai/guides/capabilities/thinking-mode and litellm's adapter: tool
arguments are held back until they are whole unless `tool_stream` is set, minutes of silence for a long one; earlier
reasoning is dropped unless `thinking.clear_thinking` is false, and must then come back unmodified; the penalties, the
names of messages and `strict` are not known. Error messages are Chinese unless a language is asked for.
"""

from __future__ import annotations

from typing import Any, ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect

Json = Any


class ZAIBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "zai"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning_content",),
        rejects=frozenset({"frequency_penalty", "presence_penalty"}),
        defaults={"thinking": {"type": "enabled", "clear_thinking": False}},
        tool_defaults={"tool_stream": True},
        strict_tools=False,
        developer_role=False,
        names_on=frozenset(),
        part_keys=("cache_control",),
    )

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        return super().request_headers(body) | {"accept-language": "en-US,en"}
