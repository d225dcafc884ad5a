"""The registry of backend types: one row each, the single source of what the factory, the validator, the docs tables
and the example configurations say about a type.

The models of a type are in `massgen.backend.models`, its prices in `massgen.token_manager.price_table`.
"""

from __future__ import annotations

import difflib
from typing import Any

from massgen.backend._options import http_host, problems
from massgen.backend._own_servers import OWN_SERVERS
from massgen.backend.capability import BackendCapabilities, Capability
from massgen.backend.models import MODELS, released

# As google-genai has them; the newer name wins.
_ON_VERTEX = {
    "vertexai": ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI"),
    "project": ("GOOGLE_CLOUD_PROJECT",),
    "location": ("GOOGLE_CLOUD_LOCATION",),
}

BACKEND_CAPABILITIES: dict[str, BackendCapabilities] = {
    "openai": BackendCapabilities(
        backend_type="openai",
        provider_name="OpenAI",
        supported_capabilities={"reasoning", "image_understanding", "web_search", "code_execution"},
        builtin_tools=["web_search", "code_interpreter"],
        filesystem_support="none",
        models=list(MODELS["openai"]),
        default_model="gpt-6.1-sol",
        env_var="OPENAI_API_KEY",
        notes="OpenAI's Responses API. Reasoning is stateless: it goes back encrypted.",
        model_release_dates=released("openai"),
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
        models=list(MODELS["groq"]),
        default_model="openai/gpt-oss-120b",
        env_var="GROQ_API_KEY",
        model_release_dates=released("groq"),
        base_url="https://api.groq.com/openai/v1",
        docs_url="https://console.groq.com/docs/openai",
    ),
    "deepseek": BackendCapabilities(
        backend_type="deepseek",
        provider_name="DeepSeek",
        supported_capabilities={"reasoning"},
        builtin_tools=[],
        filesystem_support="none",
        models=list(MODELS["deepseek"]),
        default_model="deepseek-v4-pro",
        env_var="DEEPSEEK_API_KEY",
        notes="Thinks by default; switch it off with thinking: {type: disabled}.",
        model_release_dates=released("deepseek"),
        base_url="https://api.deepseek.com",
        docs_url="https://api-docs.deepseek.com/guides/thinking_mode",
    ),
    "openrouter": BackendCapabilities(
        backend_type="openrouter",
        provider_name="OpenRouter",
        supported_capabilities={"reasoning", "image_understanding"},
        builtin_tools=[],
        filesystem_support="none",
        models=list(MODELS["openrouter"]),
        default_model="openai/gpt-6.1-sol",
        any_model=True,
        env_var="OPENROUTER_API_KEY",
        notes="A gateway to hundreds of models under vendor/model names; it reports what each answer cost.",
        model_release_dates=released("openrouter"),
        base_url="https://openrouter.ai/api/v1",
        docs_url="https://openrouter.ai/docs/api-reference/overview",
    ),
    "together": BackendCapabilities(
        backend_type="together",
        provider_name="Together AI",
        supported_capabilities={"reasoning", "image_understanding"},
        models=list(MODELS["together"]),
        default_model="deepseek-ai/DeepSeek-V4.1-Flash",
        any_model=True,
        env_var="TOGETHER_API_KEY",
        model_release_dates=released("together"),
        base_url="https://api.together.ai/v1",
        hosts=("api.together.xyz",),
        docs_url="https://docs.together.ai/docs/openai-api-compatibility",
    ),
    "fireworks": BackendCapabilities(
        backend_type="fireworks",
        provider_name="Fireworks AI",
        supported_capabilities={"reasoning", "image_understanding"},
        models=list(MODELS["fireworks"]),
        default_model="accounts/fireworks/models/deepseek-v4p1-flash",
        any_model=True,
        env_var="FIREWORKS_API_KEY",
        env_var_fallbacks=("FIREWORKS_AI_API_KEY",),
        notes="Models are named accounts/fireworks/models/NAME.",
        model_release_dates=released("fireworks"),
        base_url="https://api.fireworks.ai/inference/v1",
        docs_url="https://docs.fireworks.ai/api-reference/post-chatcompletions",
    ),
    "cerebras": BackendCapabilities(
        backend_type="cerebras",
        provider_name="Cerebras AI",
        supported_capabilities={"reasoning", "image_understanding"},
        models=list(MODELS["cerebras"]),
        default_model="gpt-oss-120b",
        env_var="CEREBRAS_API_KEY",
        model_release_dates=released("cerebras"),
        base_url="https://api.cerebras.ai/v1",
        docs_url="https://inference-docs.cerebras.ai/resources/openai",
    ),
    "moonshot": BackendCapabilities(
        backend_type="moonshot",
        provider_name="Moonshot AI",
        supported_capabilities={"reasoning", "image_understanding"},
        models=list(MODELS["moonshot"]),
        default_model="kimi-k3.1-pro",
        env_var="MOONSHOT_API_KEY",
        env_var_fallbacks=("KIMI_API_KEY",),
        notes="Kimi. A key of api.moonshot.ai is none of api.moonshot.cn: set base_url for the latter.",
        model_release_dates=released("moonshot"),
        base_url="https://api.moonshot.ai/v1",
        hosts=("api.moonshot.cn",),
        docs_url="https://platform.moonshot.ai/docs/api/chat",
    ),
    "qwen": BackendCapabilities(
        backend_type="qwen",
        provider_name="Qwen",
        supported_capabilities={"reasoning", "image_understanding"},
        models=list(MODELS["qwen"]),
        default_model="qwen3.8-max",
        env_var="QWEN_API_KEY",
        env_var_fallbacks=("DASHSCOPE_API_KEY",),
        notes="Alibaba Cloud Model Studio. A key belongs to one region, and so does base_url.",
        model_release_dates=released("qwen"),
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        hosts=("dashscope.aliyuncs.com", "dashscope-us.aliyuncs.com", "*.*.maas.aliyuncs.com"),
        docs_url="https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions",
    ),
    "zai": BackendCapabilities(
        backend_type="zai",
        provider_name="Z.AI",
        supported_capabilities={"reasoning", "image_understanding"},
        models=list(MODELS["zai"]),
        default_model="glm-5.3",
        env_var="ZAI_API_KEY",
        env_var_fallbacks=("ZHIPUAI_API_KEY",),
        notes="GLM, in China open.bigmodel.cn. Tool arguments are streamed, and earlier thinking is kept.",
        model_release_dates=released("zai"),
        base_url="https://api.z.ai/api/paas/v4",
        hosts=("open.bigmodel.cn",),
        docs_url="https://docs.z.ai/api-reference/llm/chat-completion",
    ),
    "poe": BackendCapabilities(
        backend_type="poe",
        provider_name="Poe",
        supported_capabilities=set(),
        models=["custom"],
        default_model="custom",
        env_var="POE_API_KEY",
        notes="Models are Poe's bots. It charges points, so no cost is known; its token counts are approximate.",
        base_url="https://api.poe.com/v1",
        docs_url="https://creator.poe.com/docs/external-applications/openai-compatible-api",
    ),
    "nebius": BackendCapabilities(
        backend_type="nebius",
        provider_name="Nebius",
        supported_capabilities={"reasoning", "image_understanding"},
        models=list(MODELS["nebius"]),
        default_model="deepseek-ai/DeepSeek-V4.1-Flash",
        any_model=True,
        env_var="NEBIUS_API_KEY",
        notes="Nebius Token Factory. A name that ends in -fast is the faster and dearer flavour of a model.",
        model_release_dates=released("nebius"),
        base_url="https://api.tokenfactory.nebius.com/v1",
        hosts=("api.tokenfactory.*.nebius.com", "api.studio.nebius.ai", "api.studio.nebius.com"),
        docs_url="https://docs.tokenfactory.nebius.com/api-reference/introduction",
    ),
    "grok": BackendCapabilities(
        backend_type="grok",
        provider_name="Grok",
        supported_capabilities={"reasoning", "image_understanding", "web_search", "x_search", "code_execution"},
        builtin_tools=["web_search", "x_search", "code_execution"],
        filesystem_support="none",
        models=list(MODELS["grok"]),
        default_model="grok-4.7",
        env_var="XAI_API_KEY",
        notes="xAI's Responses API; api: chat asks over Chat Completions, which xAI calls deprecated.",
        model_release_dates=released("grok"),
        base_url="https://api.x.ai/v1",
        docs_url="https://docs.x.ai/docs/api-reference",
        env_options={"base_url": ("XAI_API_BASE",)},
        apis=("responses", "chat"),
    ),
    "mistral": BackendCapabilities(
        backend_type="mistral",
        provider_name="Mistral",
        supported_capabilities={"reasoning", "image_understanding", "audio_understanding"},
        models=list(MODELS["mistral"]),
        default_model="mistral-large-4",
        env_var="MISTRAL_API_KEY",
        notes="Thinking comes in chunks of the content and goes back so: append the complete_message as it is.",
        model_release_dates=released("mistral"),
        base_url="https://api.mistral.ai/v1",
        docs_url="https://docs.mistral.ai/api",
    ),
    "azure_openai": BackendCapabilities(
        backend_type="azure_openai",
        provider_name="Azure OpenAI",
        supported_capabilities={"reasoning", "image_understanding"},
        models=["custom"],
        default_model="custom",
        env_var="AZURE_OPENAI_API_KEY",
        key_options=("azure_ad_token",),
        notes="The model is the name of a deployment. base_model says what is behind it, where the answer does not.",
        address_options=("azure_endpoint",),
        hosts=("*.openai.azure.com", "*.services.ai.azure.com", "*.cognitiveservices.azure.com"),
        docs_url="https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle",
        env_options={
            "azure_endpoint": ("AZURE_OPENAI_ENDPOINT",),
            "api_version": ("AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"),
            "azure_ad_token": ("AZURE_OPENAI_AD_TOKEN",),
        },
        apis=("chat", "responses"),
    ),
    "claude": BackendCapabilities(
        backend_type="claude",
        provider_name="Claude",
        supported_capabilities={"reasoning", "image_understanding", "web_search", "code_execution"},
        builtin_tools=["web_search", "code_execution"],
        filesystem_support="none",
        models=list(MODELS["claude"]),
        default_model="claude-sonnet-5-5",
        env_var="ANTHROPIC_API_KEY",
        key_options=("auth_token", "access_token", "project"),
        env_options={"project": ("ANTHROPIC_VERTEX_PROJECT_ID",), "location": ("CLOUD_ML_REGION",)},
        env_flags={"vertexai": ("project", "location")},
        notes="Anthropic's Messages API. auth_token takes an OAuth token in place of the key. Claude on Vertex AI with "
        "vertexai: true and a project.",
        model_release_dates=released("claude"),
        base_url="https://api.anthropic.com",
        docs_url="https://platform.claude.com/docs/en/api/messages",
    ),
    "gemini": BackendCapabilities(
        backend_type="gemini",
        provider_name="Gemini",
        supported_capabilities={
            *("reasoning", "web_search", "code_execution"),
            *("image_understanding", "audio_understanding", "video_understanding"),
        },
        builtin_tools=["web_search", "code_execution"],
        filesystem_support="none",
        models=list(MODELS["gemini"]),
        default_model="gemini-3.8-flash",
        env_var="GEMINI_API_KEY",
        env_var_aliases=("GOOGLE_API_KEY",),
        key_options=("access_token", "project"),
        env_options=_ON_VERTEX,
        env_flags={"vertexai": ("project", "location")},
        apis=("generate", "interactions"),
        notes="Google's generateContent API. GOOGLE_API_KEY wins where both variables are set, as in Google's own SDK. "
        "On Vertex AI with vertexai: true, a project and Google Cloud's credentials.",
        model_release_dates=released("gemini"),
        base_url="https://generativelanguage.googleapis.com/v1beta",
        docs_url="https://ai.google.dev/api/generate-content",
    ),
    **OWN_SERVERS,
}


def normalize_backend_type(backend_type: str | None) -> str | None:
    """Lower case without surrounding blanks; None stays None."""
    return backend_type.strip().lower() if backend_type is not None else None


def get_capabilities(backend_type: str | None) -> BackendCapabilities | None:
    """The row of a type, or None where there is no such type."""
    return BACKEND_CAPABILITIES.get(normalize_backend_type(backend_type) or "")


def get_capabilities_by_url(base_url: str | None) -> BackendCapabilities | None:
    """The row whose provider serves the host of `base_url`, compared label by label; None where no row does."""
    host = http_host(base_url)
    rows = (row for row in BACKEND_CAPABILITIES.values() if not row.local)
    return next((row for row in rows if host and _serves(row, host)), None)


def _serves(row: BackendCapabilities, host: str) -> bool:
    labels = host.split(".")
    known = (name.split(".") for name in (http_host(row.base_url) or "", *row.hosts))
    return any(len(name) == len(labels) and all(map(_fits, name, labels)) for name in known)


def _fits(pattern: str, label: str) -> bool:
    return pattern == label or (pattern == "*" and label != "")


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


__all__ = [
    "BACKEND_CAPABILITIES",
    "BackendCapabilities",
    "Capability",
    "get_all_backend_types",
    "get_backends_with_capability",
    "get_capabilities",
    "get_capabilities_by_url",
    "has_capability",
    "normalize_backend_type",
    "unknown_type",
    "validate_backend_config",
]
