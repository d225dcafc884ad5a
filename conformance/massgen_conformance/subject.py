"""How a backend is handed to the kit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Factory = Callable[..., Any]
"""`factory(*, provider, base_url, api_key, model, **config)` -> an object with `stream_with_tools`."""


class UnmadeBackend(Exception):
    """The factory gave no backend: it raised, or what it returned has no `stream_with_tools`."""


class Backend(Protocol):
    """All that the kit requires of a subject; `aclose`, `token_usage` and timing are used where they exist."""

    def stream_with_tools(self, messages: list[Any], tools: list[Any], **kwargs: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """One provider of one target.

    `wire` names the speaker that plays its provider; `base_path` is what the provider's default base URL ends in
    (`/openai/v1`), so that the player can be put in its place; `abilities` are what the checks' `needs` ask for.
    """

    provider: str
    wire: str
    factory: Factory
    model: str
    base_path: str = ""
    abilities: frozenset[str] = frozenset({"tools", "usage"})
    reports: frozenset[str] = frozenset()  # which contract extras it offers: "timing", "accumulator", "retry"
    config: Mapping[str, Any] = field(default_factory=dict)
