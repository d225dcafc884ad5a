"""Google's Interactions wire, which `api: interactions` of type `gemini` speaks.

https://ai.google.dev/gemini-api/docs/interactions
"""

from __future__ import annotations

from typing import Any, ClassVar

from massgen.api_params_handler import InteractionsAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.gemini import GeminiBackend
from massgen.formatter import InteractionsFormatter
from massgen.wire.gemini_interactions import InteractionsDecoder

Json = Any

_REVISION = "2026-05-20"
"""The `Api-Revision` whose steps and events are read here; google-genai 3.4 asks for the same."""


class GeminiInteractionsBackend(GeminiBackend):
    """Gemini through the Interactions API, stateless by default.

    `store: true` and `previous_interaction_id` (the `id` of an earlier `complete_response`) let Google keep the
    conversation: then only what is new is sent. `thinking_summaries: auto` shows what the model thinks.
    """

    stream_types: ClassVar[frozenset[str]] = frozenset({"text/event-stream"})

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.formatter = InteractionsFormatter()
        self.api_params_handler = InteractionsAPIParamsHandler(self)

    def endpoint(self, model: str) -> str:
        if self.vertex is not None:
            return self.vertex.resource("interactions")
        return f"{self.versioned}/interactions"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        return {"api-revision": _REVISION, **super().request_headers(body)}

    def new_decoder(self, ids: CallIds) -> InteractionsDecoder:
        return InteractionsDecoder(self.get_provider_name(), ids)
