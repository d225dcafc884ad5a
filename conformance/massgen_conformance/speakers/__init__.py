"""The provider's side of each wire, by the wire's name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from massgen_conformance.speakers.agents import AGENTS
from massgen_conformance.speakers.anthropic_messages import AnthropicSpeaker
from massgen_conformance.speakers.base import NeutralRequest, Speaker, UnspeakableTurn
from massgen_conformance.speakers.gemini_generate import GeminiSpeaker
from massgen_conformance.speakers.gemini_interactions import InteractionsSpeaker
from massgen_conformance.speakers.lmstudio_chat import LMStudioSpeaker
from massgen_conformance.speakers.ollama_chat import OllamaSpeaker
from massgen_conformance.speakers.openai_chat import ChatSpeaker
from massgen_conformance.speakers.openai_responses import ResponsesSpeaker

__all__ = ["SPEAKERS", "NeutralRequest", "Speaker", "UnspeakableTurn"]

_ALL: tuple[Speaker, ...] = (
    ChatSpeaker(),
    ResponsesSpeaker(),
    AnthropicSpeaker(),
    GeminiSpeaker(),
    InteractionsSpeaker(),
    OllamaSpeaker(),
    LMStudioSpeaker(),
    *AGENTS.values(),
)

SPEAKERS: Final[Mapping[str, Speaker]] = MappingProxyType({speaker.wire: speaker for speaker in _ALL})
