"""The providers that the kit can play, as data: wire, dialect, path, model and abilities.

It is the kit's own table: nothing here is read from the package under test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from massgen_conformance.speakers import SPEAKERS, Speaker
from massgen_conformance.speakers.agents import AGENTS, AgentSpeaker
from massgen_conformance.speakers.anthropic_messages import AnthropicSpeaker
from massgen_conformance.speakers.chat_variants.azure import AZURE
from massgen_conformance.speakers.chat_variants.cerebras import CEREBRAS
from massgen_conformance.speakers.chat_variants.deepseek import DEEPSEEK
from massgen_conformance.speakers.chat_variants.fireworks import FIREWORKS
from massgen_conformance.speakers.chat_variants.grok import GROK
from massgen_conformance.speakers.chat_variants.groq import GROQ
from massgen_conformance.speakers.chat_variants.mistral import MISTRAL
from massgen_conformance.speakers.chat_variants.moonshot import MOONSHOT
from massgen_conformance.speakers.chat_variants.nebius import NEBIUS
from massgen_conformance.speakers.chat_variants.nvidia_nim import NVIDIA_NIM
from massgen_conformance.speakers.chat_variants.openrouter import OPENROUTER
from massgen_conformance.speakers.chat_variants.own_servers import LMSTUDIO, LMSTUDIO_V0, OLLAMA, SGLANG, VLLM
from massgen_conformance.speakers.chat_variants.poe import POE
from massgen_conformance.speakers.chat_variants.qwen import QWEN
from massgen_conformance.speakers.chat_variants.together import TOGETHER
from massgen_conformance.speakers.chat_variants.zai import ZAI
from massgen_conformance.speakers.gemini_generate import GeminiSpeaker
from massgen_conformance.speakers.gemini_interactions import InteractionsSpeaker
from massgen_conformance.speakers.lmstudio_chat import LMStudioSpeaker
from massgen_conformance.speakers.ollama_chat import OllamaSpeaker
from massgen_conformance.speakers.openai_chat import ChatSpeaker
from massgen_conformance.speakers.openai_chat_variant import COMPATIBLE, Variant
from massgen_conformance.speakers.openai_responses import ResponsesSpeaker
from massgen_conformance.subject import PROCESS_WIRE, Subject


@dataclass(frozen=True, slots=True)
class Profile:
    """One provider. `base_path` is what its default base URL ends in; `key_header` carries the API key.

    `abilities` are the needs of scenarios that it can meet: `tools`, `reasoning`, `usage`; `signatures` when reasoning
    must be shown again verbatim, `call_signatures` when calls carry one, `summaries` when reasoning comes as a
    summary, `redacted` when it can be withheld, `refusal` when the wire can say so, `cost` when it tells the price,
    `think_tags` when a server may leave it in the content, between tags, `again` when it is shown unsigned reasoning
    again.
    `key_optional`: it answers without a key as well.
    """

    name: str
    speaker: Speaker
    model: str
    base_path: str
    abilities: frozenset[str]
    key_header: str = "authorization"
    key_optional: bool = False

    @property
    def wire(self) -> str:
        return self.speaker.wire

    @property
    def process(self) -> bool:
        """Whether it is a program that is started, not a server that is asked."""
        return self.wire in AGENTS


_BASIC = frozenset({"tools", "usage"})
_REASONS = _BASIC | {"reasoning"}
_AGAIN = _REASONS | {"again"}
_TAGGED = _AGAIN | {"think_tags"}
_GPT_OSS, _QWEN, _NEMOTRON = "openai/gpt-oss-20b", "Qwen/Qwen3-8B", "nvidia/nemotron-3-super-120b-a12b"


def _hosted(variant: Variant, model: str, base_path: str, abilities: frozenset[str] = _AGAIN) -> Profile:
    """A provider on the Chat wire that is known by its variant."""
    return Profile(variant.name, ChatSpeaker(variant, model), model, base_path, abilities)


_ALL = (
    Profile(
        "openai", ResponsesSpeaker(), "gpt-5.4", "/v1", _REASONS | {"signatures", "summaries", "redacted", "refusal"}
    ),
    Profile(
        "claude",
        AnthropicSpeaker(),
        "claude-sonnet-4-6",
        "",
        _REASONS | {"signatures", "redacted", "refusal"},
        key_header="x-api-key",
    ),
    Profile(
        "gemini",
        GeminiSpeaker(),
        "gemini-3.5-flash",
        "",
        _REASONS | {"signatures", "call_signatures"},
        key_header="x-goog-api-key",
    ),
    Profile(
        "gemini-interactions",
        InteractionsSpeaker(),
        "gemini-3.5-flash",
        "",
        _BASIC | {"summaries", "signatures"},
        key_header="x-goog-api-key",
    ),
    Profile("chatcompletion", ChatSpeaker(COMPATIBLE), "gpt-4.1-mini", "/v1", _REASONS),
    Profile("groq", ChatSpeaker(GROQ, "openai/gpt-oss-120b"), "openai/gpt-oss-120b", "/openai/v1", _AGAIN),
    Profile(
        "grok",
        ResponsesSpeaker("grok-4.7", "grok"),
        "grok-4.7",
        "/v1",
        _REASONS | {"signatures", "summaries", "redacted", "refusal", "cost"},
    ),
    Profile("azure_openai", ChatSpeaker(AZURE, "gpt-5.4"), "gpt-5.4", "/openai/v1", _BASIC | {"refusal"}, "api-key"),
    Profile(
        "azure_openai-responses",
        ResponsesSpeaker("gpt-5.4", "azure_openai", key_header="api-key"),
        "gpt-5.4",
        "/openai/v1",
        _REASONS | {"signatures", "summaries", "redacted", "refusal"},
        "api-key",
    ),
    Profile("mistral", ChatSpeaker(MISTRAL, "mistral-large-4"), "mistral-large-4", "/v1", _REASONS | {"signatures"}),
    Profile("grok-chat", ChatSpeaker(GROK, "grok-4.7"), "grok-4.7", "/v1", _REASONS | {"cost"}),
    Profile("deepseek", ChatSpeaker(DEEPSEEK, "deepseek-v4-flash"), "deepseek-v4-flash", "", _AGAIN),
    Profile(
        "openrouter",
        ChatSpeaker(OPENROUTER, "z-ai/glm-5-turbo"),
        "z-ai/glm-5-turbo",
        "/api/v1",
        _REASONS | {"signatures", "summaries", "redacted", "cost"},
    ),
    Profile("ollama", OllamaSpeaker(), "qwen3:4b", "", _AGAIN, key_optional=True),
    _hosted(TOGETHER, "deepseek-ai/DeepSeek-V4.1-Flash", "/v1"),
    _hosted(FIREWORKS, "accounts/fireworks/models/deepseek-v4p1-flash", "/inference/v1"),
    _hosted(CEREBRAS, "gpt-oss-120b", "/v1"),
    _hosted(MOONSHOT, "kimi-k3.1-pro", "/v1"),
    _hosted(QWEN, "qwen3.8-max", "/compatible-mode/v1"),
    _hosted(ZAI, "glm-5.3", "/api/paas/v4"),
    _hosted(POE, "GPT-5.4", "/v1", _BASIC),
    _hosted(NEBIUS, "deepseek-ai/DeepSeek-V4.1-Flash", "/v1"),
    Profile("ollama-chat", ChatSpeaker(OLLAMA, "qwen3:4b"), "qwen3:4b", "/v1", _TAGGED, key_optional=True),
    Profile("lmstudio", ChatSpeaker(LMSTUDIO, _GPT_OSS), _GPT_OSS, "/v1", _TAGGED, key_optional=True),
    Profile("lmstudio-responses", ResponsesSpeaker(_GPT_OSS), _GPT_OSS, "/v1", _REASONS),
    Profile("vllm", ChatSpeaker(VLLM, _QWEN), _QWEN, "/v1", _TAGGED, key_optional=True),
    Profile("sglang", ChatSpeaker(SGLANG, _QWEN), _QWEN, "/v1", _TAGGED, key_optional=True),
    Profile("inference", ChatSpeaker(VLLM, _QWEN), _QWEN, "/v1", _TAGGED, key_optional=True),
    Profile("nvidia_nim", ChatSpeaker(NVIDIA_NIM, _NEMOTRON), _NEMOTRON, "/v1", _TAGGED - {"again"}),
    Profile("uitars", ChatSpeaker(VLLM, "ui-tars-1.5"), "ui-tars-1.5", "/v1", frozenset({"usage"}), key_optional=True),
)

_BY_NAME = (
    Profile("lmstudio-native", LMStudioSpeaker(), _GPT_OSS, "", frozenset({"usage", "reasoning"}), key_optional=True),
    Profile("lmstudio-v0", ChatSpeaker(LMSTUDIO_V0, _GPT_OSS), _GPT_OSS, "/api/v0", _TAGGED, key_optional=True),
    Profile("claude_code", AGENTS["claude_code"], "claude-opus-4-8", "", frozenset({"usage", "reasoning", "cost"})),
    Profile("codex", AGENTS["codex"], "gpt-5.1-codex", "", frozenset({"usage", "reasoning", "summaries"})),
    Profile("gemini_cli", AGENTS["gemini_cli"], "gemini-2.5-flash", "", frozenset({"usage"})),
    Profile("copilot", AGENTS["copilot"], "gpt-4o", "", frozenset({"reasoning"})),
)

PROVIDERS: Final[Mapping[str, Profile]] = MappingProxyType({profile.name: profile for profile in _ALL})
"""What `all` means where a target does not say which providers it serves."""

PLAYABLE: Final[Mapping[str, Profile]] = MappingProxyType({**PROVIDERS, **{each.name: each for each in _BY_NAME}})
"""Every provider that can be asked for: those above, and wires that a backend rarely speaks, by their name alone."""


def starts_process(subject: Subject) -> bool:
    """Whether the subject's provider is a command-line agent, one of the kit's or another."""
    return subject.wire in AGENTS or subject.wire == PROCESS_WIRE


def speaker_for(subject: Subject) -> Speaker:
    """Who plays the subject's provider: its profile's speaker, or the wire's plain one. `ValueError` if nobody can."""
    profile = PLAYABLE.get(subject.provider)
    if profile is not None and profile.wire == subject.wire:
        return profile.speaker
    if subject.wire not in SPEAKERS:
        raise ValueError(
            f"no speaker for the wire {subject.wire!r} of {subject.provider}; known: {', '.join(SPEAKERS)}"
        )
    return SPEAKERS[subject.wire]


def agent_of(subject: Subject) -> AgentSpeaker:
    """Who plays a subject that starts a command-line agent. `ValueError` for one that asks at an address."""
    found = speaker_for(subject)
    if not isinstance(found, AgentSpeaker):
        raise ValueError(f"{subject.provider} is no command-line agent of the kit's")
    return found
