"""Anthropic's Messages wire. https://platform.claude.com/docs/en/api/messages"""

from __future__ import annotations

from typing import Any, ClassVar

from massgen.api_params_handler import ClaudeAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.http import HTTPBackend
from massgen.backend.vertex import vertex_of
from massgen.errors import ConfigurationError
from massgen.formatter import ClaudeFormatter
from massgen.wire.anthropic_messages import MessagesDecoder

Json = Any


class ClaudeBackend(HTTPBackend):
    """Claude through the Messages API.

    Configuration beside the common one: `betas`, a list of `anthropic-beta` flags; `auth_token`, an OAuth token that is
    sent as a bearer instead of the key; `anthropic_version`, which the request otherwise decides. For Claude on Vertex
    AI: `vertexai: true`, `project`, `location`, and `access_token`, a token or a function that gives one; without it
    Google Cloud's default credentials are used.
    """

    backend_type: ClassVar[str] = "claude"

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        betas = self.config.get("betas") or []
        if not (isinstance(betas, list | tuple) and all(isinstance(beta, str) for beta in betas)):
            raise ConfigurationError(f"claude: betas is a list of anthropic-beta flags, not {betas!r}")
        self.vertex = vertex_of(self, None, version="v1", express=False)  # an Anthropic key opens nothing there
        self.token = self.vertex.token if self.vertex else None
        self.formatter = ClaudeFormatter()
        self.api_params_handler: ClaudeAPIParamsHandler = ClaudeAPIParamsHandler(self)

    def endpoint(self, model: str) -> str:
        if self.vertex is not None:
            return self.vertex.url("anthropic", model, "streamRawPredict")
        return f"{self.base_url.removesuffix('/v1')}/v1/messages"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        headers = {} if self.vertex is not None else self._own_headers(body)
        if betas := self.config.get("betas"):
            headers["anthropic-beta"] = ",".join(betas)
        return headers

    def _own_headers(self, body: dict[str, Json]) -> dict[str, str]:
        """What Anthropic's own API wants: on Vertex AI the version is in the body, and the token comes at last."""
        headers = {"anthropic-version": self.api_params_handler.api_version(body)}
        if token := self.config.get("auth_token"):
            headers["authorization"] = f"Bearer {token}"
        elif self.api_key:
            headers["x-api-key"] = self.api_key
        return headers

    def new_decoder(self, ids: CallIds) -> MessagesDecoder:
        return MessagesDecoder(self.get_provider_name(), ids)
