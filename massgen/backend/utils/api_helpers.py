"""Requests, whole answers and addresses by the name of a provider, without a backend at hand.

Faces over the backends: their params handlers write the fields, their decoders read the answers, their `endpoint` is
the address. A provider is a type of the registry; as in `MessageConverter`, `openai` is OpenAI's Chat Completions and
`response_api` its Responses wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from massgen.api_params_handler import ClaudeAPIParamsHandler, GeminiAPIParamsHandler
from massgen.api_params_handler._claude_api_params_handler import DEFAULT_MAX_TOKENS
from massgen.api_params_handler._params import merged
from massgen.backend.call_ids import CallIds
from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.factory import BACKENDS, BackendFactory, backend_class
from massgen.backend.http import HTTPBackend
from massgen.backend.stream_chunk import FinishStatus, StreamChunk
from massgen.errors import ConfigurationError
from massgen.wire.decoder import Decoder
from massgen.wire.failure import RETRYABLE
from massgen.wire.whole import read_body

Json = Any

_NAMES = {"response_api": "openai", "anthropic": "claude", "google": "gemini", "azure": "azure_openai"}
_HARMS = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")


class APIRequestBuilder:
    """Adds fields to the body of a request. Bodies come back new; what is given is not changed."""

    @staticmethod
    def add_generation_config(
        params: Mapping[str, Json], config: Mapping[str, Json], provider: str = "openai", *, model: str | None = None
    ) -> dict[str, Json]:
        """`params` with the settings of `config` (`temperature`, `max_tokens`, `tool_choice`, `stop`, ...), each once
        and where the provider has it.

        `model` decides where models differ; without it `params["model"]` does, else the default model. Raises
        ConfigurationError with every setting that the provider does not have or refuses.
        """
        backend = _backend(provider)
        asked = model or params.get("model") or _model(backend)
        return merged(params, backend.api_params_handler.parameter_fields(config, asked))

    @staticmethod
    def add_streaming_options(params: Mapping[str, Json], provider: str) -> dict[str, Json]:
        """`params` asking for a stream with its counts. Gemini's address asks for it, and nothing is added."""
        backend = _backend(provider)
        return merged(backend.api_params_handler.streaming(params.get("model") or _model(backend)), params)

    @staticmethod
    def add_safety_settings(
        params: Mapping[str, Json], provider: str, threshold: str = "BLOCK_NONE"
    ) -> dict[str, Json]:
        """`params` with what a request needs to be answered: on Gemini `safetySettings` of one threshold for each kind
        of harm, on Claude the `max_tokens` that it demands. What is set already stays.
        """
        handler = _backend(provider).api_params_handler
        if isinstance(handler, GeminiAPIParamsHandler):
            settings = [{"category": f"HARM_CATEGORY_{harm}", "threshold": threshold} for harm in _HARMS]
            return {"safetySettings": settings, **params}
        return (
            {"max_tokens": DEFAULT_MAX_TOKENS, **params} if isinstance(handler, ClaudeAPIParamsHandler) else {**params}
        )

    @staticmethod
    def build_retry_config(provider: str) -> dict[str, Json]:
        """How the provider's backend retries: `max_retries`, `retry_delay` in seconds, `retry_multiplier`, and
        `retry_errors`, the error kinds that may pass. An exhausted quota is none of them.
        """
        policy = _backend(provider).retry
        return {
            "max_retries": policy.max_retries,
            "retry_delay": policy.first_delay,
            "retry_multiplier": policy.factor,
            "retry_errors": sorted(str(kind) for kind in RETRYABLE),
        }


class ResponseParser:
    """Reads a whole answer, as a provider sends it that was not asked for a stream.

    `response` is the body as a mapping, as JSON text, or as an SDK's object with `model_dump`. What is read is what a
    backend would make of the same answer streamed.
    """

    @staticmethod
    def extract_content(response: Json, provider: str) -> str:
        """The text; "" where there is none."""
        return _read(response, provider)[0].attempt.text

    @staticmethod
    def extract_tool_calls(response: Json, provider: str) -> list[dict[str, Json]]:
        """The calls in Chat-Completions shape, with arguments as JSON text."""
        chunks = _read(response, provider)[1]
        return [call for chunk in chunks if chunk.type == "tool_calls" for call in chunk.tool_calls or ()]

    @staticmethod
    def extract_usage(response: Json, provider: str) -> dict[str, Json] | None:
        """The counts as in a `done` chunk: `prompt_tokens`, `completion_tokens`, `total_tokens`, and what else the
        provider told; None where it told nothing.
        """
        usage = _read(response, provider)[0].usage
        return usage.to_dict() if usage is not None else None

    @staticmethod
    def extract_finish_reason(response: Json, provider: str) -> str | None:
        """Why the answer ended, in the words of `FinishStatus`; None where it did not."""
        decoder = _read(response, provider)[0]
        return str(decoder.status) if decoder.finished else None

    @staticmethod
    def is_error_response(response: Json, provider: str) -> bool:
        """Whether it is an error, is cut short without saying so, or was blocked by a filter."""
        return ResponseParser.extract_error_message(response, provider) is not None

    @staticmethod
    def extract_error_message(response: Json, provider: str) -> str | None:
        """What went wrong, or None."""
        decoder = _read(response, provider)[0]
        if decoder.failure is not None:
            return decoder.failure.message
        blocked = decoder.status == FinishStatus.CONTENT_FILTER
        return f"{decoder.provider}: the answer was blocked ({decoder.detail or decoder.status})" if blocked else None


class _Endpoints(Mapping[str, dict[str, str]]):
    """Provider -> its addresses by type. A provider whose address the caller must name has none."""

    def __getitem__(self, provider: str) -> dict[str, str]:
        if provider not in list(self):
            raise KeyError(provider)
        return _addresses(_reached(provider))

    def __iter__(self) -> Iterator[str]:
        yield "response_api"
        yield from (name for name in BACKENDS if BACKEND_CAPABILITIES[name].base_url)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class ProviderEndpoints:
    """Where requests go. `ENDPOINTS[provider]` has `base` and `chat` of every type whose address is known."""

    ENDPOINTS: Mapping[str, Mapping[str, str]] = _Endpoints()

    @staticmethod
    def get_endpoint(provider: str, endpoint_type: str = "chat", *, model: str | None = None, **config: Any) -> str:
        """The address of one type: `base`, or `chat`, to which a streamed request for `model` is posted.

        `config` is what the provider's address depends on, such as `base_url`, or `api` where it speaks several wires.
        Raises ConfigurationError.
        """
        addresses = _addresses(_reached(provider, **config), model)
        if endpoint_type not in addresses:
            raise ConfigurationError(f"{endpoint_type!r} is no type of endpoint; choose one of {', '.join(addresses)}")
        return addresses[endpoint_type]


def _backend(provider: str) -> HTTPBackend:
    """The provider's backend, without a key: it is asked how it writes and reads, and sends nothing."""
    return _reached(provider, base_url=BackendFactory.defaults(_type(provider)).get("base_url") or "http://localhost")


def _reached(provider: str, **config: Any) -> HTTPBackend:
    """The provider's backend at the address of `config`, or at its own."""
    kind = _type(provider)
    if provider.strip().lower() == "openai":
        return ChatCompletionsBackend(**{"base_url": BackendFactory.defaults(kind)["base_url"], **config})
    made = backend_class(kind, config.pop("api", None))
    if not issubclass(made, HTTPBackend):
        raise ConfigurationError(f"{provider}: this type is not reached over HTTP")
    return made(**config)


def _type(provider: str) -> str:
    """The registry's type of a provider. Raises ConfigurationError for one that does not exist."""
    name = provider.strip().lower()
    kind: str = BackendFactory.defaults(_NAMES.get(name, name))["type"]
    return kind


def _model(backend: HTTPBackend) -> str:
    return backend.config.get("model") or backend.capabilities.default_model


def _addresses(backend: HTTPBackend, model: str | None = None) -> dict[str, str]:
    return {"base": backend.base_url, "chat": backend.endpoint(model or _model(backend))}


def _read(response: Json, provider: str) -> tuple[Decoder, list[StreamChunk]]:
    """The decoder that has read the answer, and its chunks."""
    return read_body(_backend(provider).new_decoder(CallIds(b"")), _body(response))


def _body(response: Json) -> Mapping[str, Json]:
    if callable(dump := getattr(response, "model_dump", None)):
        response = dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(response, str | bytes):
        try:
            response = msgspec.json.decode(response)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(f"the response is not JSON: {error}") from None
    if not isinstance(response, Mapping):
        raise ValueError(f"the response is {type(response).__name__}; give its body, an object")
    return response
