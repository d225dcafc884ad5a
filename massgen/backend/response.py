"""OpenAI's Responses wire. https://developers.openai.com/api/reference/responses"""

from __future__ import annotations

from typing import Any, ClassVar

from massgen.api_params_handler import ResponseAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.http import HTTPBackend
from massgen.formatter import ResponseFormatter
from massgen.wire.openai_responses import ResponsesDecoder

Json = Any


class ResponseBackend(HTTPBackend):
    """OpenAI through the Responses API; stateless by default: reasoning goes back encrypted.

    Configuration beside the common one: `organization` and `project`, sent as OpenAI's headers of these names.
    """

    backend_type: ClassVar[str] = "openai"

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.formatter = ResponseFormatter()
        self.api_params_handler = ResponseAPIParamsHandler(self)

    def endpoint(self, model: str) -> str:
        return f"{self.base_url}/responses"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        headers = {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        for name in ("organization", "project"):
            if value := self.config.get(name):
                headers[f"openai-{name}"] = str(value)
        return headers

    def new_decoder(self, ids: CallIds) -> ResponsesDecoder:
        return ResponsesDecoder(self.get_provider_name(), ids)
