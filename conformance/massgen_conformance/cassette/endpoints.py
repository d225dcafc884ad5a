"""Where a live recording is made and which environment variable holds its key. Nothing here is read while replaying.

The origins and variables are those of the vendors' own clients (openai 3.52, groq 1.7, anthropic 2.11, google-genai
3.4, ollama 0.6) and of the other providers' API references; the programs and their variables are those of the npm
packages `@anthropic-ai/claude-code`, `@openai/codex`, `@google/gemini-cli` and `@github/copilot`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

SYNTHETIC_ORIGIN: Final = "http://synthetic.invalid"
"""Where exchanges with the kit's own player are stored as having happened: a name that cannot exist (RFC 2606), so
that nobody takes them for a provider's."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`origin` is followed by the provider's own base path; `variables` are tried in order."""

    origin: str
    variables: tuple[str, ...]


ENDPOINTS: Final[Mapping[str, Endpoint]] = MappingProxyType(
    {
        "openai": Endpoint("https://api.openai.com", ("OPENAI_API_KEY",)),
        "chatcompletion": Endpoint("https://api.openai.com", ("OPENAI_API_KEY",)),
        "groq": Endpoint("https://api.groq.com", ("GROQ_API_KEY",)),
        "deepseek": Endpoint("https://api.deepseek.com", ("DEEPSEEK_API_KEY",)),
        "openrouter": Endpoint("https://openrouter.ai", ("OPENROUTER_API_KEY",)),
        "grok": Endpoint("https://api.x.ai", ("XAI_API_KEY",)),
        "grok-chat": Endpoint("https://api.x.ai", ("XAI_API_KEY",)),
        "mistral": Endpoint("https://api.mistral.ai", ("MISTRAL_API_KEY",)),
        "together": Endpoint("https://api.together.ai", ("TOGETHER_API_KEY",)),
        "fireworks": Endpoint("https://api.fireworks.ai", ("FIREWORKS_API_KEY",)),
        "cerebras": Endpoint("https://api.cerebras.ai", ("CEREBRAS_API_KEY",)),
        "moonshot": Endpoint("https://api.moonshot.ai", ("MOONSHOT_API_KEY", "KIMI_API_KEY")),
        "qwen": Endpoint("https://dashscope-intl.aliyuncs.com", ("QWEN_API_KEY", "DASHSCOPE_API_KEY")),
        "zai": Endpoint("https://api.z.ai", ("ZAI_API_KEY", "ZHIPUAI_API_KEY")),
        "poe": Endpoint("https://api.poe.com", ("POE_API_KEY",)),
        "nebius": Endpoint("https://api.tokenfactory.nebius.com", ("NEBIUS_API_KEY",)),
        "claude": Endpoint("https://api.anthropic.com", ("ANTHROPIC_API_KEY",)),
        "ollama": Endpoint("http://localhost:11434", ("OLLAMA_API_KEY",)),
        "ollama-chat": Endpoint("http://localhost:11434", ("OLLAMA_API_KEY",)),
        "lmstudio": Endpoint("http://localhost:1234", ("LM_API_TOKEN",)),
        "lmstudio-responses": Endpoint("http://localhost:1234", ("LM_API_TOKEN",)),
        "vllm": Endpoint("http://localhost:8000", ("VLLM_API_KEY",)),
        "sglang": Endpoint("http://localhost:30000", ("SGLANG_API_KEY",)),
        "inference": Endpoint("http://localhost:8000", ("VLLM_API_KEY",)),
        "nvidia_nim": Endpoint(
            "https://integrate.api.nvidia.com", ("NGC_API_KEY", "NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY")
        ),
        "uitars": Endpoint("http://localhost:8000", ("UI_TARS_API_KEY",)),
        "gemini": Endpoint("https://generativelanguage.googleapis.com", ("GEMINI_API_KEY", "GOOGLE_API_KEY")),
        "gemini-interactions": Endpoint(
            "https://generativelanguage.googleapis.com", ("GEMINI_API_KEY", "GOOGLE_API_KEY")
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Program:
    """A provider that is a command-line agent: the executable as it is installed, and the variables of its key. Without
    a key it is the one who is logged in."""

    executable: str
    variables: tuple[str, ...]


PROGRAMS: Final[Mapping[str, Program]] = MappingProxyType(
    {
        "claude_code": Program("claude", ("ANTHROPIC_API_KEY",)),
        "codex": Program("codex", ("CODEX_API_KEY", "OPENAI_API_KEY")),
        "copilot": Program("copilot", ("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")),
        "gemini_cli": Program("gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY")),
    }
)


def variables_of(provider: str) -> tuple[str, ...]:
    """The environment variables that may hold a provider's key; `<PROVIDER>_API_KEY` for one that is not listed."""
    known = ENDPOINTS.get(provider) or PROGRAMS.get(provider)
    return known.variables if known else (f"{provider.upper().replace('-', '_')}_API_KEY",)
