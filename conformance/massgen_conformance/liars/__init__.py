"""Backends that break one requirement each: the proof that every check can fail, and fails for its own reason.

A liar is the honest backend with one fault planted in it, and the exact checks that must catch it.
"""

from __future__ import annotations

from massgen_conformance.liars import (
    agent_mcp,
    agent_processes,
    agent_tools,
    children,
    content,
    conversations,
    declarations,
    errors,
    failures,
    foreign,
    isolation,
    keeping,
    lifecycle,
    media,
    odd_calls,
    options,
    privacy,
    process,
    reasoning,
    recording,
    resources,
    sources,
    tags,
    timing,
    tools,
    usage,
    waits,
)
from massgen_conformance.liars.liar import LIARS, Liar
from massgen_conformance.liars.null import DeafBackend, NullBackend

__all__ = [
    "LIARS",
    "DeafBackend",
    "Liar",
    "NullBackend",
    "agent_mcp",
    "agent_processes",
    "agent_tools",
    "children",
    "content",
    "conversations",
    "declarations",
    "errors",
    "failures",
    "foreign",
    "isolation",
    "keeping",
    "lifecycle",
    "media",
    "odd_calls",
    "options",
    "privacy",
    "process",
    "reasoning",
    "recording",
    "resources",
    "sources",
    "tags",
    "timing",
    "tools",
    "usage",
    "waits",
]
