"""Honest backends over command-line agents: Claude Code, Codex, Copilot and Gemini CLI, a process for each call.

They show what a backend over a process owes beside the contract: its child ends with the call and is waited for, both
of its outputs are read while it runs, and it is told no secret but its own key.
"""

from __future__ import annotations

from massgen_conformance.liars.process.backend import ProcessBackend, honest

__all__ = ["ProcessBackend", "honest"]
