"""From a type and a configuration to a backend: the one place that reads keys from the environment.

An unusable configuration raises `ConfigurationError` with every problem at once, before any network.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from massgen.backend._options import address_of, is_on
from massgen.backend.base import LLMBackend
from massgen.backend.capabilities import (
    BACKEND_CAPABILITIES,
    BackendCapabilities,
    get_capabilities,
    get_capabilities_by_url,
    unknown_type,
    validate_backend_config,
)
from massgen.errors import ConfigurationError

BACKENDS: dict[str, str] = {
    "openai": "massgen.backend.response:ResponseBackend",
    "chatcompletion": "massgen.backend.chat_completions:ChatCompletionsBackend",
    "groq": "massgen.backend.groq:GroqBackend",
    "deepseek": "massgen.backend.deepseek:DeepSeekBackend",
    "openrouter": "massgen.backend.openrouter:OpenRouterBackend",
    "together": "massgen.backend.together:TogetherBackend",
    "fireworks": "massgen.backend.fireworks:FireworksBackend",
    "cerebras": "massgen.backend.cerebras:CerebrasBackend",
    "moonshot": "massgen.backend.moonshot:MoonshotBackend",
    "qwen": "massgen.backend.qwen:QwenBackend",
    "zai": "massgen.backend.zai:ZAIBackend",
    "poe": "massgen.backend.poe:PoeBackend",
    "nebius": "massgen.backend.nebius:NebiusBackend",
    "grok": "massgen.backend.grok:GrokBackend",
    "mistral": "massgen.backend.mistral:MistralBackend",
    "azure_openai": "massgen.backend.azure_openai:AzureOpenAIBackend",
    "claude": "massgen.backend.claude:ClaudeBackend",
    "gemini": "massgen.backend.gemini:GeminiBackend",
    "ollama": "massgen.backend.ollama:OllamaBackend",
    "lmstudio": "massgen.backend.lmstudio:LMStudioBackend",
    "vllm": "massgen.backend.inference:VLLMBackend",
    "sglang": "massgen.backend.inference:SGLangBackend",
    "inference": "massgen.backend.inference:InferenceBackend",
    "nvidia_nim": "massgen.backend.nvidia_nim:NvidiaNIMBackend",
    "uitars": "massgen.backend.uitars:UITARSBackend",
}
"""Backend type -> `module:class`."""

OTHER_APIS: dict[tuple[str, str], str] = {
    ("azure_openai", "responses"): "massgen.backend.azure_openai:AzureResponsesBackend",
    ("gemini", "interactions"): "massgen.backend.gemini_interactions:GeminiInteractionsBackend",
    ("grok", "chat"): "massgen.backend.grok:GrokChatBackend",
    ("ollama", "chat"): "massgen.backend.ollama:OllamaChatBackend",
    ("lmstudio", "responses"): "massgen.backend.lmstudio:LMStudioResponsesBackend",
}
"""(Backend type, `api`) -> `module:class`, for the wires that a provider speaks beside its default one."""

_OWN = frozenset({"type", "_config_path"})  # keys of a configuration that are about it and not of it


def create(backend_type: str, **config: Any) -> LLMBackend:
    """The backend of `backend_type`, in any case, with the registry's defaults under `config`.

    The key is `config["api_key"]`, else the first of the row's variables that is set. Raises `ConfigurationError`.
    """
    row = _row(backend_type)
    named = {name: value for name, value in config.items() if name not in _OWN and value is not None}
    config = {**options_in_environment(row, named), **named}
    given = config.pop("api_key", None)
    key = (given.strip() if isinstance(given, str) else given) or find_key(row, config)
    missing = None if key else missing_key(row, config)
    problems = validate_backend_config(row.backend_type, {**config, "api_key": key})
    config = {**_defaults(row), **config, "api_key": key}
    api = config.pop("api", None)
    wrong = {problem.split()[0] for problem in problems}  # each begins with the option that it is about
    sound = {name: value for name, value in config.items() if name not in wrong}
    problems += [missing] if missing else []
    try:
        made = backend_class(row.backend_type, api)(**sound)
    except ConfigurationError as error:  # what only the class itself knows
        told = (problem.removeprefix(f"{row.backend_type}: ") for problem in error.problems)
        problems += [problem for problem in told if problem.split()[0].rstrip(":") not in wrong]
    except Exception:
        if not problems:  # else it is their consequence
            raise
    if missing or problems:
        raise ConfigurationError([f"{row.backend_type}: {problem}" for problem in problems])
    return made


class BackendFactory:
    """Backends by their type: made, checked, and what each takes by itself."""

    create = staticmethod(create)

    @staticmethod
    def validate(backend_type: str, **config: Any) -> list[str]:
        """Everything for which `create` would refuse these arguments, the key included; empty where it would not."""
        try:
            create(backend_type, **config)
        except ConfigurationError as error:
            return error.problems
        return []

    @staticmethod
    def defaults(backend_type: str) -> dict[str, Any]:
        """The configuration that `create` completes: the type, and as far as it has them `api`, `base_url`, `model`.

        Raises `ConfigurationError` for an unknown type.
        """
        row = _row(backend_type)
        api = {"api": row.apis[0]} if row.apis else {}
        return {"type": row.backend_type, **api, **_defaults(row)}

    @staticmethod
    def list_types() -> list[str]:
        """Every type that `create` knows, in the registry's order."""
        return list(BACKENDS)


def _row(backend_type: str) -> BackendCapabilities:
    row = get_capabilities(str(backend_type))
    if row is None:
        raise ConfigurationError(unknown_type(str(backend_type).strip().lower()))
    return row


def _defaults(row: BackendCapabilities) -> dict[str, str]:
    defaults = {"base_url": row.base_url, "model": None if row.is_open else row.default_model}
    return {name: value for name, value in defaults.items() if value}


def backend_class(backend_type: str, api: str | None = None) -> type[LLMBackend]:
    """The class that serves a type of `BACKENDS`, over the wire `api` where its provider speaks several."""
    path = OTHER_APIS.get((backend_type, api or ""), BACKENDS[backend_type])
    module, _, name = path.partition(":")
    found: type[LLMBackend] = getattr(import_module(module), name)
    return found


def options_in_environment(row: BackendCapabilities, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the environment says of a type's options, beside those that are `given`. A variable that is set to nothing
    counts as not set.
    """
    found: dict[str, Any] = {
        option: value
        for option, variables in row.env_options.items()
        if (value := next((text for name in variables if (text := os.environ.get(name, "").strip())), None))
    }
    if row.bare_port is not None and "base_url" in found:
        found["base_url"] = address_of(found["base_url"], row.bare_port)
    if given.get("api_key"):  # what is passed wins over what would replace it
        replacing = set(row.key_options) - row.env_flags.keys()
        found = {option: value for option, value in found.items() if option not in replacing}
    for flag, options in row.env_flags.items():
        if flag in found:
            found[flag] = is_on(found[flag])
        if given.get("api_key") or not is_on(given.get(flag, found.get(flag))):
            found = {option: value for option, value in found.items() if option not in options}
    return found


def key_variables(row: BackendCapabilities, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The environment variables that may hold the key. A row without any takes those of the row that serves the host
    of `base_url`; a host that no row serves needs no key that we could know of.
    """
    if row.key_variables:
        return row.key_variables
    serving = get_capabilities_by_url(config.get("base_url"))
    return serving.key_variables if serving else ()


def find_key(row: BackendCapabilities, config: Mapping[str, Any]) -> str | None:
    """The key in the environment, or None. A variable that is set to nothing counts as not set.

    Nothing is looked up where the configuration has what replaces a key.
    """
    if any(config.get(option) for option in row.key_options):
        return None
    for name in key_variables(row, config):
        if value := os.environ.get(name, "").strip():
            return value
    return None


def missing_key(row: BackendCapabilities, config: Mapping[str, Any]) -> str | None:
    """What to do about a key that is not there; None where none is needed."""
    names = () if row.key_optional else key_variables(row, config)
    if not names or any(config.get(option) for option in (*row.key_options, "http_client")):
        return None
    asked = (option for flag, options in row.env_flags.items() if is_on(config.get(flag)) for option in options)
    options = ("api_key", *(option for option in asked if option in row.key_options))
    return f"no API key: set {' or '.join(names)} in the environment, or pass {' or '.join(options)}"


def conformance_target(
    *, provider: str, base_url: str | None = None, api_key: str | None = None, model: str | None = None, **config: Any
) -> LLMBackend:
    """What the conformance kit calls for a backend of ours: `provider` is a backend type, or `type-api` for one of the
    wires that it speaks beside its default one.
    """
    backend_type, _, api = provider.partition("-")
    return create(backend_type, api=api or None, base_url=base_url, api_key=api_key, model=model, **config)


__all__ = ["BACKENDS", "BACKEND_CAPABILITIES", "BackendFactory", "backend_class", "conformance_target", "create"]
