"""The migrations, in the order in which one prepares the next."""

from __future__ import annotations

from functools import partial

from massgen_audit.migrate import equivalence, exclusions, sharing, tokens
from massgen_audit.migrate.migration import Migration
from massgen_audit.migrate.sharing import Target
from massgen_audit.model.concerns import Concern


def _shared(target: Target, name: str, summary: str) -> Migration:
    plan = partial(sharing.plan, target=target)
    home = f"`{target.mixin[1]}` of `{target.mixin[0]}`"
    return Migration(target.number, name, summary, sharing.__doc__ or "", plan, equivalence.broken, home=home)


MIGRATIONS: tuple[Migration, ...] = (
    exclusions.MIGRATION,
    tokens.MIGRATION,
    _shared(
        Target(
            "0003",
            frozenset({Concern.MCP, Concern.CALLS}),
            ("massgen/backend/mcp_integration.py", "MCPIntegrationMixin"),
            "What backends share to run tools, of MCP servers and their own.",
        ),
        "one-mcp-code",
        "repeated methods about MCP and running tools stand once",
    ),
    _shared(
        Target(
            "0004",
            frozenset({Concern.BREAKER}),
            ("massgen/backend/circuit_breaker_mixin.py", "CircuitBreakerMixin"),
            "What backends share about circuit breakers.",
        ),
        "one-breaker-code",
        "repeated methods about circuit breakers stand once",
    ),
    _shared(
        Target(
            "0005",
            frozenset({Concern.TOOLS}),
            ("massgen/backend/tool_handlers.py", "ToolHandlerMixin"),
            "What backends share about the shapes of tools.",
        ),
        "one-tool-format-code",
        "repeated methods about the shapes of tools stand once",
    ),
    _shared(
        Target(
            "0006",
            frozenset({Concern.TOKENS}),
            ("massgen/backend/token_tracking.py", "TokenTrackingMixin"),
            "What backends share about counting tokens.",
            root=True,
        ),
        "one-token-code",
        "repeated methods about tokens and costs stand once",
    ),
)


def select(wanted: str) -> Migration | None:
    """The migration of that number, with or without its zeros, or of that name."""
    number = wanted.zfill(4) if wanted.isdecimal() else wanted
    return next((item for item in MIGRATIONS if number in (item.number, item.name)), None)
