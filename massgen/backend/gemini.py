"""Google's generateContent wire. https://ai.google.dev/api/generate-content"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import msgspec

from massgen.api_params_handler import APIParamsHandlerBase, GeminiAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.http import HTTPBackend
from massgen.backend.tokens import GoogleCredentials
from massgen.backend.vertex import vertex_of
from massgen.formatter import FormatterBase, GeminiFormatter
from massgen.transport.http import HTTPRequest
from massgen.wire.decoder import Decoder
from massgen.wire.gemini_generate import GeminiDecoder

Json = Any

_VERSION = re.compile(r"/v\d+((alpha|beta)\d*)?(/|$)")
_VERTEX_VERSION = "v1beta1"  # google-genai's own choice


class GeminiBackend(HTTPBackend):
    """Gemini through the Gemini API, streamed as server-sent events; a server that answers a JSON array is read too.

    Configuration beside the common one, for Vertex AI: `vertexai: true`; `project` and `location` (`global` where it is
    left out); `access_token`, a token or a function that gives one. Without a token and a key the project is asked for
    with Google Cloud's default credentials; a key without a project is express mode.
    """

    backend_type: ClassVar[str] = "gemini"
    stream_types: ClassVar[frozenset[str]] = frozenset({"text/event-stream", "application/json"})

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.vertex = vertex_of(self, api_key, version=_VERTEX_VERSION, express=True)
        self.token = self.vertex.token if self.vertex else None
        self.formatter: FormatterBase = GeminiFormatter()
        self.api_params_handler: APIParamsHandlerBase = GeminiAPIParamsHandler(self)

    def endpoint(self, model: str) -> str:
        name = model.removeprefix("models/")
        if self.vertex is not None:
            return self.vertex.url("google", name, "streamGenerateContent?alt=sse")
        return f"{self.versioned}/models/{quote(name, safe='')}:streamGenerateContent?alt=sse"

    @property
    def versioned(self) -> str:
        """The address of the Gemini API with a version."""
        has_version = _VERSION.search(urlsplit(self.base_url).path)
        return self.base_url if has_version else f"{self.base_url}/v1beta"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        return {"x-goog-api-key": self.api_key} if self.api_key and self.token is None else {}

    async def signed(self, request: HTTPRequest) -> HTTPRequest:
        """With the project that is billed, where the default credentials name one."""
        request = await super().signed(request)
        if not isinstance(self.token, GoogleCredentials) or self.token.quota_project is None:
            return request
        headers = {"x-goog-user-project": self.token.quota_project, **request.headers}
        return msgspec.structs.replace(request, headers=headers)

    def new_decoder(self, ids: CallIds) -> Decoder:
        return GeminiDecoder(self.get_provider_name(), ids)
