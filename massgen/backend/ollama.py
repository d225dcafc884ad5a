"""Ollama: its native wire, one JSON object a line, and its OpenAI-compatible one. https://docs.ollama.com/api/chat

A server on the caller's own machine needs no key; https://ollama.com takes one, and a local server passes the models
whose names end in `-cloud` on to it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from massgen.api_params_handler import OllamaAPIParamsHandler
from massgen.backend._options import http_host
from massgen.backend.call_ids import CallIds
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect
from massgen.backend.exchange import Call
from massgen.backend.http import HTTPBackend
from massgen.formatter import OllamaFormatter
from massgen.token_manager.usage import Usage
from massgen.transport.http import Timeouts
from massgen.wire.decoder import Decoder
from massgen.wire.ollama_chat import OllamaDecoder

Json = Any

_COLD_START = Timeouts(idle=600.0)  # a model is loaded before the first byte, and nothing is sent meanwhile


class OllamaBackend(HTTPBackend):
    """Ollama through `POST /api/chat`."""

    backend_type: ClassVar[str] = "ollama"
    stream_types: ClassVar[frozenset[str]] = frozenset({"application/x-ndjson", "application/json"})
    timeouts: ClassVar[Timeouts] = _COLD_START

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.formatter = OllamaFormatter()
        self.api_params_handler = OllamaAPIParamsHandler(self)

    def get_provider_name(self) -> str:
        return _provider_name(self)

    def endpoint(self, model: str) -> str:
        return f"{_server(self.base_url)}/api/chat"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    def new_decoder(self, ids: CallIds) -> OllamaDecoder:
        return OllamaDecoder(self.get_provider_name(), ids)

    def account(self, decoder: Decoder, call: Call) -> Usage | None:
        """The server leaves the count of a prompt out that it had whole in its cache: then it is estimated."""
        counted = decoder.attempt.usage
        if counted is not None and not counted.prompt:
            guess = self.token_calculator.estimate_usage(call.messages, "")
            decoder.attempt.usage = msgspec.structs.replace(counted, prompt=guess.prompt, estimated=True)
        return super().account(decoder, call)


class OllamaChatBackend(ChatCompletionsBackend):
    """Ollama through `POST /v1/chat/completions`, for `api: chat`.

    Differences, from ollama's `openai/openai.go` and `middleware/openai.go`: calls come whole, parallel ones may all
    have index 0; reasoning is `delta.reasoning`; the parameters below are ignored in silence; `num_ctx` cannot be set.
    """

    backend_type: ClassVar[str] = "ollama"
    timeouts: ClassVar[Timeouts] = _COLD_START
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning",),
        rejects=frozenset({"logit_bias", "n", "user", "num_ctx"}),
        tool_choices=frozenset(),
        developer_role=False,
        think_tags=True,
    )

    def get_provider_name(self) -> str:
        return self.config.get("provider_name") or _provider_name(self)

    def endpoint(self, model: str) -> str:
        return f"{_server(self.base_url)}/v1/chat/completions"


def _server(base_url: str) -> str:
    """The server's address, whichever of its two APIs `base_url` names."""
    return base_url.removesuffix("/v1").removesuffix("/api")


def _provider_name(backend: HTTPBackend) -> str:
    """The cloud is another provider than the server at home: what it costs is not known."""
    return "Ollama Cloud" if http_host(backend.base_url) == "ollama.com" else backend.capabilities.provider_name
