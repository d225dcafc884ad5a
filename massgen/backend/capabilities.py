"""The registry of backend types: one row each, the single source of what the factory, the validator, the docs tables
and the example configurations say about a type.

Models are newest first. Names, prices and retirements were read on 2026-11-21 in the vendors' SDKs and price pages;
release months also from the dated slugs of OpenRouter's catalogue. Retired models are left out.
"""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import Any

import msgspec

from massgen.backend._options import http_host, problems


class Capability(StrEnum):
    """What a backend can do for an agent."""

    WEB_SEARCH = "web_search"
    X_SEARCH = "x_search"
    CODE_EXECUTION = "code_execution"
    BASH = "bash"
    MULTIMODAL = "multimodal"
    VISION = "vision"
    MCP = "mcp"
    FILESYSTEM_NATIVE = "filesystem_native"
    FILESYSTEM_MCP = "filesystem_mcp"
    REASONING = "reasoning"
    IMAGE_GENERATION = "image_generation"
    IMAGE_UNDERSTANDING = "image_understanding"
    AUDIO_GENERATION = "audio_generation"
    AUDIO_UNDERSTANDING = "audio_understanding"
    VIDEO_GENERATION = "video_generation"
    VIDEO_UNDERSTANDING = "video_understanding"


class BackendCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """One backend type.

    `env_var` holds the API key, and `env_var_aliases` are further variables that may, tried first. `env_var` None: the
    type needs no key of its own. `key_options` are configuration that replaces the key. `any_model`:
    the provider has more models than the list. `model_release_dates` are `YYYY-MM`.
    """

    backend_type: str
    provider_name: str
    supported_capabilities: set[str]
    builtin_tools: list[str]
    filesystem_support: str
    models: list[str]
    default_model: str
    env_var: str | None = None
    notes: str = ""
    model_release_dates: dict[str, str] | None = None
    base_url: str | None = None
    env_var_aliases: tuple[str, ...] = ()
    key_options: tuple[str, ...] = ()
    any_model: bool = False
    docs_url: str = ""

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The environment variables that may hold the key, in the order in which they are tried."""
        return (*self.env_var_aliases, self.env_var) if self.env_var else ()

    @property
    def is_open(self) -> bool:
        """Whether the models are whatever the caller's server has."""
        return self.default_model == "custom"


BACKEND_CAPABILITIES: dict[str, BackendCapabilities] = {
    "openai": BackendCapabilities(
        backend_type="openai",
        provider_name="OpenAI",
        supported_capabilities={"reasoning", "image_understanding", "web_search", "code_execution"},
        builtin_tools=["web_search", "code_interpreter"],
        filesystem_support="none",
        models=[
            "gpt-6.1-terra",
            "gpt-6.1-sol",
            "gpt-6-sol",
            "gpt-6-luna",
            "gpt-6-astra",
            "gpt-5.6-sol",
            "gpt-5.6-terra",
            "gpt-5.6-luna",
            "gpt-5.5",
            "gpt-5.5-pro",
            "gpt-5.4-mini",
            "gpt-5.4-nano",
            "gpt-5.4",
            "gpt-5.3-codex",
            "gpt-5.2",
            "gpt-5.1",
            "gpt-4.1",
            "gpt-4.1-mini",
        ],
        default_model="gpt-6.1-sol",
        env_var="OPENAI_API_KEY",
        notes="OpenAI's Responses API. Reasoning is stateless: it goes back encrypted.",
        model_release_dates={
            "gpt-6.1-terra": "2026-10",
            "gpt-6.1-sol": "2026-09",
            "gpt-6-sol": "2026-09",
            "gpt-6-luna": "2026-09",
            "gpt-6-astra": "2026-09",
            "gpt-5.6-sol": "2026-07",
            "gpt-5.6-terra": "2026-07",
            "gpt-5.6-luna": "2026-07",
            "gpt-5.5": "2026-04",
            "gpt-5.5-pro": "2026-04",
            "gpt-5.4-mini": "2026-03",
            "gpt-5.4-nano": "2026-03",
            "gpt-5.4": "2026-03",
            "gpt-5.3-codex": "2026-02",
            "gpt-5.2": "2025-12",
            "gpt-5.1": "2025-11",
            "gpt-4.1": "2025-04",
            "gpt-4.1-mini": "2025-04",
        },
        base_url="https://api.openai.com/v1",
        docs_url="https://developers.openai.com/api/reference/responses",
    ),
    "chatcompletion": BackendCapabilities(
        backend_type="chatcompletion",
        provider_name="Chat Completions",
        supported_capabilities={"reasoning"},
        builtin_tools=[],
        filesystem_support="none",
        models=["custom"],
        default_model="custom",
        notes="Any server that speaks OpenAI's Chat Completions; base_url and model are required.",
        docs_url="https://developers.openai.com/api/reference/chat-completions",
    ),
    "groq": BackendCapabilities(
        backend_type="groq",
        provider_name="Groq",
        supported_capabilities={"reasoning"},
        builtin_tools=[],
        filesystem_support="none",
        models=[
            "qwen/qwen3.8-27b",
            "openai/gpt-oss-safeguard-20b",
            "openai/gpt-oss-120b",
            "openai/gpt-oss-20b",
        ],
        default_model="openai/gpt-oss-120b",
        env_var="GROQ_API_KEY",
        model_release_dates={
            "qwen/qwen3.8-27b": "2026-08",
            "openai/gpt-oss-safeguard-20b": "2025-10",
            "openai/gpt-oss-120b": "2025-08",
            "openai/gpt-oss-20b": "2025-08",
        },
        base_url="https://api.groq.com/openai/v1",
        docs_url="https://console.groq.com/docs/openai",
    ),
    "deepseek": BackendCapabilities(
        backend_type="deepseek",
        provider_name="DeepSeek",
        supported_capabilities={"reasoning"},
        builtin_tools=[],
        filesystem_support="none",
        models=["deepseek-v4-flash-vision-exp", "deepseek-v4-pro", "deepseek-v4-flash"],
        default_model="deepseek-v4-pro",
        env_var="DEEPSEEK_API_KEY",
        notes="Thinks by default; switch it off with thinking: {type: disabled}.",
        model_release_dates={
            "deepseek-v4-flash-vision-exp": "2026-08",
            "deepseek-v4-pro": "2026-04",
            "deepseek-v4-flash": "2026-04",
        },
        base_url="https://api.deepseek.com",
        docs_url="https://api-docs.deepseek.com/guides/thinking_mode",
    ),
    "openrouter": BackendCapabilities(
        backend_type="openrouter",
        provider_name="OpenRouter",
        supported_capabilities={"reasoning", "image_understanding"},
        builtin_tools=[],
        filesystem_support="none",
        models=[
            "openai/gpt-6.1-terra",
            "moonshotai/kimi-k3.1-pro",
            "google/gemini-4-argon",
            "openai/gpt-6.1-sol",
            "anthropic/claude-sonnet-5.5",
            "anthropic/claude-opus-5.5",
            "z-ai/glm-5.3",
            "qwen/qwen3.8-27b",
            "deepseek/deepseek-v4-pro",
        ],
        default_model="openai/gpt-6.1-sol",
        any_model=True,
        env_var="OPENROUTER_API_KEY",
        notes="A gateway to hundreds of models under vendor/model names; it reports what each answer cost.",
        model_release_dates={
            "openai/gpt-6.1-terra": "2026-10",
            "moonshotai/kimi-k3.1-pro": "2026-10",
            "google/gemini-4-argon": "2026-10",
            "openai/gpt-6.1-sol": "2026-09",
            "anthropic/claude-sonnet-5.5": "2026-09",
            "anthropic/claude-opus-5.5": "2026-09",
            "z-ai/glm-5.3": "2026-08",
            "qwen/qwen3.8-27b": "2026-08",
            "deepseek/deepseek-v4-pro": "2026-04",
        },
        base_url="https://openrouter.ai/api/v1",
        docs_url="https://openrouter.ai/docs/api-reference/overview",
    ),
    "claude": BackendCapabilities(
        backend_type="claude",
        provider_name="Claude",
        supported_capabilities={"reasoning", "image_understanding", "web_search", "code_execution"},
        builtin_tools=["web_search", "code_execution"],
        filesystem_support="none",
        models=[
            "claude-haiku-5-5",
            "claude-sonnet-5-5",
            "claude-opus-5-5",
            "claude-fable-5-1",
            "claude-opus-5",
            "claude-sonnet-5",
            "claude-fable-5",
            "claude-opus-4-8",
            "claude-opus-4-7",
            "claude-sonnet-4-6",
            "claude-opus-4-6",
            "claude-opus-4-5",
            "claude-haiku-4-5",
        ],
        default_model="claude-sonnet-5-5",
        env_var="ANTHROPIC_API_KEY",
        key_options=("auth_token",),
        notes="Anthropic's Messages API. auth_token takes an OAuth token in place of the key.",
        model_release_dates={
            "claude-haiku-5-5": "2026-10",
            "claude-sonnet-5-5": "2026-09",
            "claude-opus-5-5": "2026-09",
            "claude-fable-5-1": "2026-08",
            "claude-opus-5": "2026-07",
            "claude-sonnet-5": "2026-06",
            "claude-fable-5": "2026-06",
            "claude-opus-4-8": "2026-05",
            "claude-opus-4-7": "2026-04",
            "claude-sonnet-4-6": "2026-02",
            "claude-opus-4-6": "2026-02",
            "claude-opus-4-5": "2025-11",
            "claude-haiku-4-5": "2025-10",
        },
        base_url="https://api.anthropic.com",
        docs_url="https://platform.claude.com/docs/en/api/messages",
    ),
    "gemini": BackendCapabilities(
        backend_type="gemini",
        provider_name="Gemini",
        supported_capabilities={"reasoning", "image_understanding", "web_search", "code_execution"},
        builtin_tools=["web_search", "code_execution"],
        filesystem_support="none",
        models=[
            "gemini-4-argon",
            "gemini-3.8-flash",
            "gemini-3.7-flash",
            "gemini-3.6-flash",
            "gemini-3.5-flash-lite",
            "gemini-3.5-flash",
            "gemini-3.1-flash-lite",
            "gemini-3.1-pro-preview",
            "gemini-3-flash-preview",
            "gemini-2.5-pro",
            "gemini-2.5-flash",
            "gemini-2.5-flash-lite",
        ],
        default_model="gemini-3.8-flash",
        env_var="GEMINI_API_KEY",
        env_var_aliases=("GOOGLE_API_KEY",),
        notes="Google's generateContent API. GOOGLE_API_KEY wins where both variables are set, as in Google's own SDK.",
        model_release_dates={
            "gemini-4-argon": "2026-10",
            "gemini-3.8-flash": "2026-09",
            "gemini-3.7-flash": "2026-08",
            "gemini-3.6-flash": "2026-07",
            "gemini-3.5-flash-lite": "2026-07",
            "gemini-3.5-flash": "2026-05",
            "gemini-3.1-flash-lite": "2026-05",
            "gemini-3.1-pro-preview": "2026-02",
            "gemini-3-flash-preview": "2025-12",
            "gemini-2.5-pro": "2025-06",
            "gemini-2.5-flash": "2025-06",
            "gemini-2.5-flash-lite": "2025-06",
        },
        base_url="https://generativelanguage.googleapis.com/v1beta",
        docs_url="https://ai.google.dev/api/generate-content",
    ),
}


def normalize_backend_type(backend_type: str | None) -> str | None:
    """Lower case without surrounding blanks; None stays None."""
    return backend_type.strip().lower() if backend_type is not None else None


def get_capabilities(backend_type: str | None) -> BackendCapabilities | None:
    """The row of a type, or None where there is no such type."""
    return BACKEND_CAPABILITIES.get(normalize_backend_type(backend_type) or "")


def get_capabilities_by_url(base_url: str | None) -> BackendCapabilities | None:
    """The row whose provider serves the host of `base_url`, compared whole; None where no row does."""
    host = http_host(base_url)
    return next((row for row in BACKEND_CAPABILITIES.values() if host and http_host(row.base_url) == host), None)


def has_capability(backend_type: str | None, capability: str) -> bool:
    """Whether the type has the capability; False for an unknown type."""
    row = get_capabilities(backend_type)
    return row is not None and str(capability) in row.supported_capabilities


def get_all_backend_types() -> list[str]:
    return list(BACKEND_CAPABILITIES)


def get_backends_with_capability(capability: str) -> list[str]:
    """The types that have the capability, in the registry's order."""
    return [name for name in BACKEND_CAPABILITIES if has_capability(name, capability)]


def validate_backend_config(backend_type: str, config: dict[str, Any]) -> list[str]:
    """Every problem of a backend's configuration that shows before any request; empty where there is none."""
    row = get_capabilities(backend_type)
    return [unknown_type(backend_type)] if row is None else list(problems(row, config))


def unknown_type(backend_type: str | None) -> str:
    """What to say to a type that does not exist."""
    close = difflib.get_close_matches(normalize_backend_type(backend_type) or "", BACKEND_CAPABILITIES, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"unknown backend type {backend_type!r}: {meant}known types are {', '.join(BACKEND_CAPABILITIES)}"
