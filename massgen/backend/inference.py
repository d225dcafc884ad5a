"""Servers of one's own that serve open models on the Chat wire: vLLM, SGLang, and any that is like them.

https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html and https://docs.sglang.io

Differences, from vLLM's `entrypoints/openai` and SGLang's `serving_chat.py`: the limit is called `max_tokens`;
reasoning comes as `reasoning` or `reasoning_content`, by version, and goes back under the name that it came by; chat
templates know no role `developer`; a demanded call ends with the finish reason `stop`; errors may stand bare in the
body, and one inside the stream is followed by `[DONE]`. `chat_template_kwargs`, `top_k`, `repetition_penalty`,
`separate_reasoning` and the servers' other parameters go out as they are given.
"""

from __future__ import annotations

from typing import Any, ClassVar

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect
from massgen.errors import ConfigurationError
from massgen.transport.http import Timeouts

SERVERS = ("inference", "vllm", "sglang")


class InferenceBackend(ChatCompletionsBackend):
    """A server at `base_url`; as `InferenceBackend(backend_type="vllm")`, or `"sglang"`, one of these at its usual
    address.
    """

    backend_type: ClassVar[str] = "inference"
    timeouts: ClassVar[Timeouts] = Timeouts(idle=600.0)  # a model that is cold or a queue that is long says nothing
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning", "reasoning_content"),
        developer_role=False,
        think_tags=True,
    )

    def __init__(self, api_key: str | None = None, *, backend_type: str | None = None, **kwargs: Any) -> None:
        if backend_type is not None:
            if backend_type not in SERVERS:
                raise ConfigurationError(f"backend_type is one of {', '.join(SERVERS)}, not {backend_type!r}")
            self.backend_type = backend_type  # type: ignore[misc]  # the one class that has several rows
        super().__init__(api_key, **kwargs)


class VLLMBackend(InferenceBackend):
    backend_type: ClassVar[str] = "vllm"


class SGLangBackend(InferenceBackend):
    backend_type: ClassVar[str] = "sglang"
