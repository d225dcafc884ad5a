"""The catalogue, one module per family. Importing this package fills `massgen_conformance.check.CATALOGUE`."""

from massgen_conformance.checks import (
    content,
    errors,
    isolation,
    lifecycle,
    parameters,
    reasoning,
    recording,
    security,
    statefulness,
    timing,
    tools,
    usage,
)

__all__ = [
    "content",
    "errors",
    "isolation",
    "lifecycle",
    "parameters",
    "reasoning",
    "recording",
    "security",
    "statefulness",
    "timing",
    "tools",
    "usage",
]
