"""Google's generateContent wire. https://ai.google.dev/api/generate-content"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from massgen.api_params_handler import GeminiAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.http import HTTPBackend
from massgen.formatter import GeminiFormatter
from massgen.wire.gemini_generate import GeminiDecoder

Json = Any


_VERSION = re.compile(r"/v\d+((alpha|beta)\d*)?(/|$)")


class GeminiBackend(HTTPBackend):
    """Gemini through the Gemini API, streamed as server-sent events; a server that answers a JSON array is read too."""

    backend_type: ClassVar[str] = "gemini"
    stream_types: ClassVar[frozenset[str]] = frozenset({"text/event-stream", "application/json"})

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.formatter = GeminiFormatter()
        self.api_params_handler = GeminiAPIParamsHandler(self)

    def endpoint(self, model: str) -> str:
        versioned = _VERSION.search(urlsplit(self.base_url).path)
        base = self.base_url if versioned else f"{self.base_url}/v1beta"
        return f"{base}/models/{quote(model.removeprefix('models/'), safe='')}:streamGenerateContent?alt=sse"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        return {"x-goog-api-key": self.api_key} if self.api_key else {}

    def new_decoder(self, ids: CallIds) -> GeminiDecoder:
        return GeminiDecoder(self.get_provider_name(), ids)
