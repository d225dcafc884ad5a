"""Where a live recording is made and which environment variable holds its key. Nothing here is read while replaying.

The origins and variables are those of the vendors' own clients (openai 3.52, groq 1.7, anthropic 2.11, google-genai
3.4) and of DeepSeek's and OpenRouter's API references.
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
        "claude": Endpoint("https://api.anthropic.com", ("ANTHROPIC_API_KEY",)),
        "gemini": Endpoint("https://generativelanguage.googleapis.com", ("GEMINI_API_KEY", "GOOGLE_API_KEY")),
    }
)


def variables_of(provider: str) -> tuple[str, ...]:
    """The environment variables that may hold a provider's key; `<PROVIDER>_API_KEY` for one that is not listed."""
    known = ENDPOINTS.get(provider)
    return known.variables if known else (f"{provider.upper().replace('-', '_')}_API_KEY",)
