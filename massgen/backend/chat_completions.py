"""OpenAI's Chat-Completions wire: the base of every compatible provider, and itself the backend for any `base_url`.

https://developers.openai.com/api/reference/chat-completions
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from massgen.api_params_handler import ChatCompletionsAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.chat_dialect import ChatDialect
from massgen.backend.http import HTTPBackend
from massgen.errors import ConfigurationError
from massgen.formatter import ChatCompletionsFormatter
from massgen.wire.openai_chat import ChatDecoder

Json = Any


class ChatCompletionsBackend(HTTPBackend):
    """Any server that speaks Chat Completions. A provider's subclass states its differences as a `ChatDialect`.

    The generic type takes them from its configuration: `dialect: {done_sentinel: false}` for a server that ends its
    streams without `[DONE]`, and `provider_name` for the name that people see.
    """

    backend_type: ClassVar[str] = "chatcompletion"
    dialect: ChatDialect = ChatDialect()

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.dialect = self.overridden(self.dialect)
        self.formatter = ChatCompletionsFormatter(self.dialect)
        self.api_params_handler = ChatCompletionsAPIParamsHandler(self)

    def get_provider_name(self) -> str:
        return self.config.get("provider_name") or self.capabilities.provider_name

    def dialect_for(self, model: str) -> ChatDialect:
        """The dialect in which `model` is asked. A provider whose models differ says so here; what the caller's
        configuration says of the dialect wins.
        """
        return self.dialect

    def endpoint(self, model: str) -> str:
        return f"{self.base_url}/chat/completions"

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    def overridden(self, dialect: ChatDialect) -> ChatDialect:
        """`dialect` with what the configuration says of it. Raises `ConfigurationError`."""
        return _overridden(dialect, self.config.get("dialect"), self.backend_type)

    def new_decoder(self, ids: CallIds) -> ChatDecoder:
        return ChatDecoder(self.get_provider_name(), ids, self.dialect)


def _overridden(dialect: ChatDialect, given: Any, backend_type: str) -> ChatDialect:
    if given is None:
        return dialect
    unknown = sorted(set(given) - set(dialect.__struct_fields__)) if isinstance(given, dict) else [repr(given)]
    if unknown:
        known = ", ".join(dialect.__struct_fields__)
        raise ConfigurationError(f"{backend_type}: dialect has no {', '.join(unknown)}; it knows {known}")
    try:
        return msgspec.convert({**msgspec.structs.asdict(dialect), **given}, ChatDialect)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{backend_type}: dialect: {error}") from error
