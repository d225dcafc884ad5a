"""A backend that keeps every requirement, on bare httpx2: what the liars are made from, and an example to read.

It speaks Chat Completions, Anthropic Messages and Gemini generateContent, each in one file, and is written from the
protocols, not from anybody's backend.
"""

from __future__ import annotations

from massgen_conformance.liars.honest.backend import Honest, honest

__all__ = ["Honest", "honest"]
