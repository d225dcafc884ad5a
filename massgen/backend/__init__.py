"""Backends. Each name is imported when it is first used, so that importing the package costs next to nothing and a
program pays for the one provider that it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from massgen.backend.azure_openai import AzureOpenAIBackend
    from massgen.backend.base import CoordinationStage, FilesystemSupport, LLMBackend
    from massgen.backend.capabilities import BACKEND_CAPABILITIES, BackendCapabilities, Capability, get_capabilities
    from massgen.backend.cerebras import CerebrasBackend
    from massgen.backend.chat_completions import ChatCompletionsBackend
    from massgen.backend.claude import ClaudeBackend
    from massgen.backend.deepseek import DeepSeekBackend
    from massgen.backend.factory import BackendFactory
    from massgen.backend.fireworks import FireworksBackend
    from massgen.backend.gemini import GeminiBackend
    from massgen.backend.grok import GrokBackend
    from massgen.backend.groq import GroqBackend
    from massgen.backend.inference import InferenceBackend, SGLangBackend, VLLMBackend
    from massgen.backend.lmstudio import LMStudioBackend
    from massgen.backend.mistral import MistralBackend
    from massgen.backend.moonshot import MoonshotBackend
    from massgen.backend.nebius import NebiusBackend
    from massgen.backend.nvidia_nim import NvidiaNIMBackend
    from massgen.backend.ollama import OllamaBackend
    from massgen.backend.openrouter import OpenRouterBackend
    from massgen.backend.poe import PoeBackend
    from massgen.backend.qwen import QwenBackend
    from massgen.backend.response import ResponseBackend
    from massgen.backend.stream_chunk import ChunkType, ErrorInfo, ErrorKind, FinishStatus, StreamChunk
    from massgen.backend.together import TogetherBackend
    from massgen.backend.uitars import UITARSBackend
    from massgen.backend.zai import ZAIBackend
    from massgen.token_manager.records import TokenUsage

__all__ = [
    "BACKEND_CAPABILITIES",
    "AzureOpenAIBackend",
    "BackendCapabilities",
    "BackendFactory",
    "Capability",
    "CerebrasBackend",
    "ChatCompletionsBackend",
    "ChunkType",
    "ClaudeBackend",
    "CoordinationStage",
    "DeepSeekBackend",
    "ErrorInfo",
    "ErrorKind",
    "FilesystemSupport",
    "FinishStatus",
    "FireworksBackend",
    "GeminiBackend",
    "GrokBackend",
    "GroqBackend",
    "InferenceBackend",
    "LLMBackend",
    "LMStudioBackend",
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
    "get_capabilities",
]

_MODULES = {
    "massgen.backend.azure_openai": ("AzureOpenAIBackend",),
    "massgen.backend.base": ("CoordinationStage", "FilesystemSupport", "LLMBackend"),
    "massgen.backend.capabilities": ("BACKEND_CAPABILITIES", "BackendCapabilities", "Capability", "get_capabilities"),
    "massgen.backend.cerebras": ("CerebrasBackend",),
    "massgen.backend.chat_completions": ("ChatCompletionsBackend",),
    "massgen.backend.claude": ("ClaudeBackend",),
    "massgen.backend.deepseek": ("DeepSeekBackend",),
    "massgen.backend.factory": ("BackendFactory",),
    "massgen.backend.fireworks": ("FireworksBackend",),
    "massgen.backend.gemini": ("GeminiBackend",),
    "massgen.backend.grok": ("GrokBackend",),
    "massgen.backend.groq": ("GroqBackend",),
    "massgen.backend.inference": (
        "InferenceBackend",
        "SGLangBackend",
        "VLLMBackend",
    ),
    "massgen.backend.lmstudio": ("LMStudioBackend",),
    "massgen.backend.mistral": ("MistralBackend",),
    "massgen.backend.moonshot": ("MoonshotBackend",),
    "massgen.backend.nebius": ("NebiusBackend",),
    "massgen.backend.nvidia_nim": ("NvidiaNIMBackend",),
    "massgen.backend.ollama": ("OllamaBackend",),
    "massgen.backend.openrouter": ("OpenRouterBackend",),
    "massgen.backend.poe": ("PoeBackend",),
    "massgen.backend.qwen": ("QwenBackend",),
    "massgen.backend.response": ("ResponseBackend",),
    "massgen.backend.stream_chunk": ("ChunkType", "ErrorInfo", "ErrorKind", "FinishStatus", "StreamChunk"),
    "massgen.backend.together": ("TogetherBackend",),
    "massgen.backend.uitars": ("UITARSBackend",),
    "massgen.backend.zai": ("ZAIBackend",),
    "massgen.token_manager.records": ("TokenUsage",),
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_WHERE[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
