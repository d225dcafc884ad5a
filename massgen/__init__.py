"""Every LLM provider behind one lossless streaming interface.

    from massgen import create_backend

    async with create_backend("groq") as backend:
        async for chunk in backend.stream_with_tools([{"role": "user", "content": "Hello"}], []):
            ...

Each name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from massgen.backend import (
        AzureOpenAIBackend,
        BackendFactory,
        CerebrasBackend,
        ChatCompletionsBackend,
        ClaudeBackend,
        DeepSeekBackend,
        ErrorInfo,
        FireworksBackend,
        GeminiBackend,
        GrokBackend,
        GroqBackend,
        InferenceBackend,
        LLMBackend,
        LMStudioBackend,
        MistralBackend,
        MoonshotBackend,
        NebiusBackend,
        NvidiaNIMBackend,
        OllamaBackend,
        OpenRouterBackend,
        PoeBackend,
        QwenBackend,
        ResponseBackend,
        SGLangBackend,
        StreamChunk,
        TogetherBackend,
        TokenUsage,
        UITARSBackend,
        VLLMBackend,
        ZAIBackend,
    )
    from massgen.cli import create_backend
    from massgen.errors import ConfigurationError, MassgenError

__all__ = [
    "AzureOpenAIBackend",
    "BackendFactory",
    "CerebrasBackend",
    "ChatCompletionsBackend",
    "ClaudeBackend",
    "ConfigurationError",
    "DeepSeekBackend",
    "ErrorInfo",
    "FireworksBackend",
    "GeminiBackend",
    "GrokBackend",
    "GroqBackend",
    "InferenceBackend",
    "LLMBackend",
    "LMStudioBackend",
    "MassgenError",
    "MistralBackend",
    "MoonshotBackend",
    "NebiusBackend",
    "NvidiaNIMBackend",
    "OllamaBackend",
    "OpenRouterBackend",
    "PoeBackend",
    "QwenBackend",
    "ResponseBackend",
    "SGLangBackend",
    "StreamChunk",
    "TogetherBackend",
    "TokenUsage",
    "UITARSBackend",
    "VLLMBackend",
    "ZAIBackend",
    "create_backend",
]

_ELSEWHERE = {
    "ConfigurationError": "massgen.errors",
    "MassgenError": "massgen.errors",
    "create_backend": "massgen.cli",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_ELSEWHERE.get(name, "massgen.backend")), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
