"""Azure OpenAI in Microsoft Foundry: OpenAI's wires in front of deployments of the caller's own.

Sources: openai-python's `lib/azure.py`; learn.microsoft.com, "Azure OpenAI API version lifecycle" and "Content
filtering". A request names a deployment, whose name says nothing of the model: the answer does mostly, else
`base_model`, for its price. The v1 API is at `/openai/v1`; a dated `api_version` asks the older one, where the
deployment stands in the path. The key goes in `api-key`, a token of Entra ID as a bearer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import msgspec

from massgen.api_params_handler import ResponseAPIParamsHandler
from massgen.backend.call_ids import CallIds
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect
from massgen.backend.http import HTTPBackend
from massgen.backend.response import ResponseBackend
from massgen.backend.tokens import checked
from massgen.errors import ConfigurationError
from massgen.wire.azure_chat import AzureChatDecoder

Json = Any

_DATE = re.compile(r"(20\d\d-\d\d-\d\d)(-preview)?")
_UNDATED = ("v1", "preview", "latest")
_MISTRALS = re.compile(r"mistral|ministral", re.IGNORECASE)


class Place(msgspec.Struct, frozen=True):
    """Where a resource's API is: `base`, to which a path is added; whether that path begins with the deployment; the
    query behind it; and the month and day of a dated version, else "".
    """

    base: str
    deployments: bool = False
    query: str = ""
    date: str = ""

    def url(self, path: str, model: str) -> str:
        deployment = f"/deployments/{quote(model, safe='')}" if self.deployments else ""
        return f"{self.base}{deployment}{path}{self.query}"


def place_of(address: str, version: str | None) -> Place:
    """The place for an address and an `api_version`; the address may be the resource's, end in `/openai`, or be whole.

    Raises `ConfigurationError`.
    """
    path, dated = urlsplit(address).path.rstrip("/"), _DATE.fullmatch(version or "")
    if problems := list(_problems(path, version, bool(dated))):
        raise ConfigurationError([f"azure_openai: {problem}" for problem in problems])
    base = address.rstrip("/") + ("" if path else "/openai")
    asked = version if dated else "preview" if version in ("preview", "latest") else ""
    query, date = f"?api-version={asked}" if asked else "", dated[1] if dated else ""
    if path and not path.endswith("/openai"):
        return Place(base, query=query, date=date)
    return Place(base, deployments=True, query=query, date=date) if dated else Place(f"{base}/v1", query=query)


def _problems(path: str, version: str | None, dated: bool) -> Iterator[str]:
    if version is not None and not dated and version not in _UNDATED:
        yield f"api_version is a date such as 2024-10-21, with -preview where it is one, or preview; not {version!r}"
    elif dated and path.endswith("/v1"):
        yield f"api_version {version} is of the older API, and base_url ends in /v1: set api_version: v1, or no path"
    elif not dated and ("/deployments/" in path or path.endswith("/models")):
        yield f"api_version is required where base_url ends in {path}: the date of the API, such as 2024-10-21"


class _Resource(HTTPBackend):
    """What both wires share: address, credentials, and the model behind a deployment."""

    backend_type: ClassVar[str] = "azure_openai"

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        endpoint = kwargs.pop("azure_endpoint", None)
        super().__init__(api_key, **{**kwargs, "base_url": kwargs.get("base_url") or endpoint})
        if self.config.get("azure_ad_token") is not None:
            self.token = checked("azure_ad_token", self.config["azure_ad_token"])
        self.place = place_of(self.base_url, _version_in(self.config))

    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        return {"api-key": self.api_key} if self.api_key and self.token is None else {}

    def priced_as(self, model: str) -> str:
        return self.config.get("base_model") or ""


class AzureOpenAIBackend(_Resource, ChatCompletionsBackend):
    """Chat Completions of a deployment, the `model`.

    Configuration beside the common one: `azure_endpoint` or `base_url`, `api_version`, `azure_ad_token` (a token, or a
    function that gives one), `base_model`; `api: responses` for the Responses API.
    """

    dialect = ChatDialect()

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        date = _DATE.fullmatch(_version_in(kwargs) or "")
        self.dialect = _dialect_of(date[1] if date else "")
        super().__init__(api_key, **kwargs)

    def dialect_for(self, model: str) -> ChatDialect:
        if not _MISTRALS.search(model):
            return self.dialect
        older = msgspec.structs.replace(self.dialect, stream_options=False, max_tokens_field="max_tokens")
        return self.overridden(older)

    def endpoint(self, model: str) -> str:
        return self.place.url("/chat/completions", model)

    def new_decoder(self, ids: CallIds) -> AzureChatDecoder:
        return AzureChatDecoder(self.get_provider_name(), ids, self.dialect)


class _ResponsesParams(ResponseAPIParamsHandler):
    def reasons(self, model: str) -> bool:
        return super().reasons(self.backend.priced_as(model) or model)


class AzureResponsesBackend(_Resource, ResponseBackend):
    """The Responses API of a deployment. One whose model does not reason needs its `base_model` said."""

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.api_params_handler = _ResponsesParams(self)

    def endpoint(self, model: str) -> str:
        return msgspec.structs.replace(self.place, deployments=False).url("/responses", model)


def _version_in(config: Mapping[str, Any]) -> str | None:
    """The `api_version`: a text, or the date that YAML makes of one."""
    version = config.get("api_version")
    return None if version in (None, "") else str(version)


def _dialect_of(date: str) -> ChatDialect:
    """OpenAI's own in the v1 API; an older version answers "Unrecognized request argument" to what came after it."""
    dialect = ChatDialect()
    if date and date < "2024-12-01":
        dialect = msgspec.structs.replace(dialect, developer_role=False)
    if date and date < "2024-09-01":
        late = frozenset({"parallel_tool_calls"})
        dialect = msgspec.structs.replace(dialect, stream_options=False, max_tokens_field="max_tokens", rejects=late)
    return dialect
