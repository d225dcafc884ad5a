"""The models of each backend type and the month in which each was released (`YYYY-MM`; "" where it is not known).

Newest first; what is not dated comes last. Names and retirements were read on 2026-11-21 in the vendors' SDKs and price
pages; months also from the dated slugs of OpenRouter's catalogue. Retired models are left out.
"""

from __future__ import annotations

MODELS: dict[str, dict[str, str]] = {
    "openai": {
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
    "groq": {
        "qwen/qwen3.8-27b": "2026-08",
        "openai/gpt-oss-safeguard-20b": "2025-10",
        "openai/gpt-oss-120b": "2025-08",
        "openai/gpt-oss-20b": "2025-08",
    },
    "deepseek": {
        "deepseek-v4-flash-vision-exp": "2026-08",
        "deepseek-v4-pro": "2026-04",
        "deepseek-v4-flash": "2026-04",
    },
    "openrouter": {
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
    "claude": {
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
    "gemini": {
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
}


def released(backend_type: str) -> dict[str, str] | None:
    """The release months of a type's models; None where not all of them are known."""
    months = MODELS[backend_type]
    return months if all(months.values()) else None
