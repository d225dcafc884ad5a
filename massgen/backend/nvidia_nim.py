"""NVIDIA NIM: the Chat wire at NVIDIA's API catalog, or of a container of one's own. https://docs.nvidia.com/nim

Differences, from that reference: the limit is called `max_tokens`; what a model does not take is a 400 or a 422, so
that nothing is sent that was not asked for; counts grow from event to event; errors stand bare in the body, or are
FastAPI's `{"detail": ...}`. A request that the gateway queues is answered with 202, which is an error here.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class NvidiaNIMBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "nvidia_nim"
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        rejects=frozenset({"store", "verbosity", "metadata", "prompt_cache_key"}),
        developer_role=False,
        think_tags=True,
    )
