"""From a type and a configuration to a backend: the one place that reads keys from the environment.

An unusable configuration raises `ConfigurationError` with every problem at once, before anything is imported for it and
before any network.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

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
    "claude": "massgen.backend.claude:ClaudeBackend",
    "gemini": "massgen.backend.gemini:GeminiBackend",
}
"""Backend type -> `module:class`."""

OTHER_APIS: dict[tuple[str, str], str] = {
    ("grok", "chat"): "massgen.backend.grok:GrokChatBackend",
}
"""(Backend type, `api`) -> `module:class`, for the wires that a provider speaks beside its default one."""

_OWN = frozenset({"type", "_config_path"})  # keys of a configuration that are about it and not of it


def create(backend_type: str, **config: Any) -> LLMBackend:
    """The backend of `backend_type`, in any case, with the registry's defaults under `config`.

    The key is `config["api_key"]`, else the first of the row's variables that is set. Raises `ConfigurationError`.
    """
    backend_type = str(backend_type).strip().lower()
    row = get_capabilities(backend_type)
    if row is None:
        raise ConfigurationError(unknown_type(backend_type))
    named = {name: value for name, value in config.items() if name not in _OWN and value is not None}
    config = {**options_in_environment(row), **named}
    given = config.pop("api_key", None)
    key = (given.strip() if isinstance(given, str) else given) or find_key(row, config)
    missing = None if key else missing_key(row, config)
    problems = validate_backend_config(backend_type, {**config, "api_key": key})
    if missing or problems:
        wrong = [*problems, *([missing] if missing else [])]
        raise ConfigurationError([f"{backend_type}: {problem}" for problem in wrong])
    defaults = {"base_url": row.base_url, "model": None if row.is_open else row.default_model}
    config = {**{name: value for name, value in defaults.items() if value}, **config}
    return backend_class(backend_type, config.pop("api", None))(api_key=key, **config)


class BackendFactory:
    """`create` under the name that MassGen's documents give it."""

    create = staticmethod(create)


def backend_class(backend_type: str, api: str | None = None) -> type[LLMBackend]:
    """The class that serves a type of `BACKENDS`, over the wire `api` where its provider speaks several."""
    path = OTHER_APIS.get((backend_type, api or ""), BACKENDS[backend_type])
    module, _, name = path.partition(":")
    found: type[LLMBackend] = getattr(import_module(module), name)
    return found


def options_in_environment(row: BackendCapabilities) -> dict[str, str]:
    """What the environment says of a type's options. A variable that is set to nothing counts as not set."""
    return {
        option: value
        for option, variables in row.env_options.items()
        if (value := next((text for name in variables if (text := os.environ.get(name, "").strip())), None))
    }


def key_variables(row: BackendCapabilities, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The environment variables that may hold the key. A row without any takes those of the row that serves the host
    of `base_url`; a host that no row serves needs no key that we could know of.
    """
    if row.key_variables:
        return row.key_variables
    serving = get_capabilities_by_url(config.get("base_url"))
    return serving.key_variables if serving else ()


def find_key(row: BackendCapabilities, config: Mapping[str, Any]) -> str | None:
    """The key in the environment, or None. A variable that is set to nothing counts as not set."""
    for name in key_variables(row, config):
        if value := os.environ.get(name, "").strip():
            return value
    return None


def missing_key(row: BackendCapabilities, config: Mapping[str, Any]) -> str | None:
    """What to do about a key that is not there; None where none is needed."""
    names = () if row.key_optional else key_variables(row, config)
    for option in (*row.key_options, "http_client"):
        if config.get(option):
            return None
    return f"no API key: set {' or '.join(names)} in the environment, or pass api_key" if names else None


def conformance_target(
    *, provider: str, base_url: str | None = None, api_key: str | None = None, model: str | None = None, **config: Any
) -> LLMBackend:
    """What the conformance kit calls for a backend of ours: `provider` is a backend type, or `type-api` for one of the
    wires that it speaks beside its default one.
    """
    backend_type, _, api = provider.partition("-")
    return create(backend_type, api=api or None, base_url=base_url, api_key=api_key, model=model, **config)


__all__ = ["BACKENDS", "BACKEND_CAPABILITIES", "BackendFactory", "backend_class", "conformance_target", "create"]
