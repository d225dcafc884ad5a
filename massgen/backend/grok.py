"""xAI's Grok: the Responses wire, and Chat Completions on request. https://docs.x.ai/docs/api-reference

xAI documents Chat as deprecated and Responses as its successor. Differences, from its documentation: answers may be
silent for fifteen minutes while the model thinks; live search by `search_parameters` is gone, and the tools
`web_search`, `x_search` and `code_interpreter` of the Responses wire are in its place; what an answer cost comes as
`cost_in_usd_ticks`. System messages go in `input`, where all recorded clients put them. On Chat the limit is called
`max_tokens`, a message has no `name`, and reasoning models and those for code answer 400 to `stop` and to penalties.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from massgen.api_params_handler import ResponseAPIParamsHandler
from massgen.api_params_handler._api_params_handler_base import Messages
from massgen.api_params_handler._params import Fragment, Rule, refused
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect
from massgen.backend.response import ResponseBackend
from massgen.errors import ConfigurationError
from massgen.transport.http import Timeouts

Json = Any

_PATIENT = Timeouts(idle=900.0)
_SAMPLING = frozenset({"stop", "presence_penalty", "frequency_penalty"})
_STRICT_MODELS = re.compile(r"(?:.*/)?grok-(?:4(?!.*non-reasoning)|code|build)")
_LIVE_SEARCH = "xAI has no live search any more; set enable_web_search or enable_x_search on the Responses wire"


class GrokAPIParamsHandler(ResponseAPIParamsHandler):
    """Bodies for xAI's Responses wire: stateless, with the reasoning encrypted, as at OpenAI."""

    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        fields = super().conversation(messages, model, params)
        instructions = fields.pop("instructions", None)
        if instructions is not None:
            fields["input"] = [{"type": "message", "role": "system", "content": instructions}, *fields["input"]]
        return fields

    def provider_tools(self) -> Mapping[str, Mapping[str, Json]]:
        interpreter = {"type": "code_interpreter"}
        return {
            "enable_web_search": {"type": "web_search"},
            "enable_x_search": {"type": "x_search"},
            "enable_code_interpreter": interpreter,
            "enable_code_execution": interpreter,
        }

    def rules(self, model: str) -> Mapping[str, Rule]:
        return {**super().rules(model), "search_parameters": refused(_LIVE_SEARCH)}

    def reasons(self, model: str) -> bool:
        return "non-reasoning" not in model


class GrokBackend(ResponseBackend):
    """Configuration beside the common one: `enable_x_search`; `api: chat` for Chat Completions."""

    backend_type: ClassVar[str] = "grok"
    timeouts: ClassVar[Timeouts] = _PATIENT

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        _refuse_live_search(self.config)
        self.api_params_handler = GrokAPIParamsHandler(self)


class GrokChatBackend(ChatCompletionsBackend):
    """The deprecated wire, without the provider's tools. Reasoning, where a model shows it, need not go back."""

    backend_type: ClassVar[str] = "grok"
    timeouts: ClassVar[Timeouts] = _PATIENT
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        rejects=frozenset({"search_parameters", "web_search_options"}),
        developer_role=False,
        names_on=frozenset(),
    )

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        _refuse_live_search(self.config)

    def dialect_for(self, model: str) -> ChatDialect:
        if not _STRICT_MODELS.match(model):
            return self.dialect
        return self.overridden(msgspec.structs.replace(self.dialect, rejects=self.dialect.rejects | _SAMPLING))


def _refuse_live_search(config: Mapping[str, Any]) -> None:
    """Clients of the Chat wire used to switch it on in `extra_body`, past every check of parameters."""
    extra = config.get("extra_body")
    if isinstance(extra, Mapping) and "search_parameters" in extra:
        raise ConfigurationError(f"grok: extra_body holds search_parameters: {_LIVE_SEARCH}")
