"""An honest backend that runs tools itself: MCP servers, Python functions, hooks, filters, paths.

It is the honest backend with a loop around it, written from the protocols and from `subject.AGENT_ABILITIES`.
"""

from __future__ import annotations

from massgen_conformance.liars.agent.backend import Agent

__all__ = ["Agent"]
