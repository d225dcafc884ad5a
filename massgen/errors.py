"""What can go wrong, as a tree.

MassgenError
    ConfigurationError   fixable before any request: every problem at once
    TransportError       the connection failed, stalled or broke; becomes an `error` chunk, never escapes a stream
    WireError            bytes that are not what the protocol says; becomes an `error` chunk, never escapes a stream
    MCPUnavailableError  MCP servers are configured and cannot be used

What a provider or the network does never escapes from `stream_with_tools`: it arrives as one `error` chunk and a
`done`.
"""

from __future__ import annotations

from collections.abc import Sequence


class MassgenError(Exception):
    """Base of everything this package raises on purpose."""


class ConfigurationError(MassgenError, ValueError):
    """A configuration that cannot work. `problems` lists every reason, each with what to do about it."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class TransportError(MassgenError):
    """The connection failed. `kind` is `timeout`, `connection` or `incomplete` of the contract's error kinds."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class WireError(MassgenError):
    """Bytes that break their own protocol: not JSON, an event over the size limit, a field of an impossible type."""


class MCPUnavailableError(MassgenError):
    """MCP servers are configured and cannot be used: there is no client, or it cannot connect."""
