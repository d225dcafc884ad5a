"""Cerebras: the Chat wire on their own hardware. https://inference-docs.cerebras.ai/resources/openai

Differences, from the cerebras-cloud-sdk 1.91 types and that page: reasoning comes as `reasoning` and goes back so; only
one model knows the role `developer`, to which it means the same as `system`; a chunk may have no `choices`; usage comes
unasked on the last chunk; errors stand bare in the body.
"""

from __future__ import annotations

from typing import ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect


class CerebrasBackend(ChatCompletionsBackend):
    backend_type: ClassVar[str] = "cerebras"
    dialect = ChatDialect(
        echo=("reasoning",),
        developer_role=False,
    )
