"""Anthropic's Messages wire. https://platform.claude.com/docs/en/api/messages"""

from __future__ import annotations

from typing import Any, ClassVar

from massgen.api_params_handler import ClaudeAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.http import HTTPBackend
from massgen.errors import ConfigurationError
from massgen.formatter import ClaudeFormatter
from massgen.wire.anthropic_messages import MessagesDecoder

Json = Any


class ClaudeBackend(HTTPBackend):
    """Claude through the Messages API.

    Configuration beside the common one: `betas`, a list of `anthropic-beta` flags; `auth_token`, an OAuth token that is
    sent as a bearer instead of the key; `anthropic_version`, which the request otherwise decides.
    """

    backend_type: ClassVar[str] = "claude"

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        betas = self.config.get("betas") or []
        if not (isinstance(betas, list | tuple) and all(isinstance(beta, str) for beta in betas)):
            raise ConfigurationError(f"claude: betas is a list of anthropic-beta flags, not {betas!r}")
        self.formatter = ClaudeFormatter()
        self.api_params_handler: ClaudeAPIParamsHandler = ClaudeAPIParamsHandler(self)

    def endpoint(self, model: str) -> str:
        return f"{self.base_url.removesuffix('/v1')}/v1/messages"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        version = self.config.get("anthropic_version") or self.api_params_handler.api_version(body)
        headers = {"anthropic-version": str(version)}
        if token := self.config.get("auth_token"):
            headers["authorization"] = f"Bearer {token}"
        elif self.api_key:
            headers["x-api-key"] = self.api_key
        if betas := self.config.get("betas"):
            headers["anthropic-beta"] = ",".join(betas)
        return headers

    def new_decoder(self, ids: CallIds) -> MessagesDecoder:
        return MessagesDecoder(self.get_provider_name(), ids)
