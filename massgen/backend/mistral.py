"""Mistral: the Chat wire with content in chunks. https://docs.mistral.ai/api

Differences, from the mistralai 3.7 SDK (`client/models`) and Mistral's pages: thinking comes as parts of a content list
and must come back so; tool calls arrive whole, their arguments as text or as an object, and their ids are nine letters
and digits; a tool message names its tool, and no other message has a name; usage comes unasked; a parameter that is not
Mistral's is a 422, and `seed` is called `random_seed`; errors are flat. An assistant message may be a beginning to go
on from (`prefix: true`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from massgen.api_params_handler import ChatCompletionsAPIParamsHandler
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect
from massgen.token_manager.prices import is_version_of

Json = Any

_NOT_MISTRALS = """
    audio functions function_call logit_bias modalities moderation prompt_cache_retention refusal safety_identifier
    store user verbosity web_search_options
"""
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_FEWER_EFFORTS = {"mistral-large-4": ("none", "high")}


class MistralAPIParamsHandler(ChatCompletionsAPIParamsHandler):
    """Bodies for Mistral, whose models know different words for how much to think."""

    def rejections(self, wanted: Mapping[str, Json], model: str) -> list[str]:
        problems = super().rejections(wanted, model)
        known = next((few for name, few in _FEWER_EFFORTS.items() if is_version_of(model, name)), _EFFORTS)
        effort = wanted.get("reasoning_effort", known[0])
        if effort not in known:
            problems.append(f"reasoning_effort: {model} does not know {effort!r}; it knows {', '.join(known)}")
        return problems


class MistralBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "mistral"
    dialect = ChatDialect(
        stream_options=False,
        max_tokens_field="max_tokens",
        renamed={"seed": "random_seed"},
        rejects=frozenset(_NOT_MISTRALS.split()),
        echo=("prefix",),
        tool_content_parts=True,
        content_chunks=True,
        developer_role=False,
        names_on=frozenset({"tool"}),
        part_keys=(),
        call_id_pattern="[a-zA-Z0-9]{9}",
    )

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.api_params_handler = MistralAPIParamsHandler(self)
