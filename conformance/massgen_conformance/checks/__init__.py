"""The catalogue, one module per family. Importing this package fills `massgen_conformance.check.CATALOGUE`."""

from massgen_conformance.checks import (
    accounts,
    content,
    errors,
    isolation,
    lifecycle,
    media,
    options,
    parameters,
    reasoning,
    recording,
    resources,
    security,
    statefulness,
    timing,
    tools,
    usage,
)

__all__ = [
    "accounts",
    "content",
    "errors",
    "isolation",
    "lifecycle",
    "media",
    "options",
    "parameters",
    "reasoning",
    "recording",
    "resources",
    "security",
    "statefulness",
    "timing",
    "tools",
    "usage",
]
