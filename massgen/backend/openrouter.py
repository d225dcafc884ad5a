"""OpenRouter: the Chat wire in front of many vendors. https://openrouter.ai/docs/api-reference/overview

Differences: `reasoning_details` must come back unmodified; usage comes unasked on the last chunk, with `cost` in USD;
keep-alive comments; errors keep status 200 once the model has started.
"""

from __future__ import annotations

from typing import Any, ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect

Json = Any


class OpenRouterBackend(ChatCompletionsBackend):
    """Configuration beside the common one: `site_url` and `app_name`, by which OpenRouter attributes the traffic."""

    backend_type: ClassVar[str] = "openrouter"
    dialect = ChatDialect(
        stream_options=False,
        max_tokens_field="max_tokens",
        echo=("reasoning_details", "reasoning"),
        tool_content_parts=True,
        part_keys=("cache_control",),
    )

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        attribution = {"http-referer": self.config.get("site_url"), "x-openrouter-title": self.config.get("app_name")}
        return super().request_headers(body) | {name: str(value) for name, value in attribution.items() if value}
