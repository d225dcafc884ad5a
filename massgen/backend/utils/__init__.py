"""What a backend is made of, for those who write one: streams, messages, requests. Imported when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from massgen.backend.utils.api_helpers import APIRequestBuilder, ProviderEndpoints, ResponseParser
    from massgen.backend.utils.message_converters import MessageConverter
    from massgen.backend.utils.streaming_utils import (
        ChunkMerger,
        StreamAccumulator,
        StreamProcessor,
        parse_sse_chunk,
        validate_message_format,
    )

__all__ = [
    "APIRequestBuilder",
    "ChunkMerger",
    "MessageConverter",
    "ProviderEndpoints",
    "ResponseParser",
    "StreamAccumulator",
    "StreamProcessor",
    "parse_sse_chunk",
    "validate_message_format",
]

_MODULES = {
    "api_helpers": ("APIRequestBuilder", "ProviderEndpoints", "ResponseParser"),
    "message_converters": ("MessageConverter",),
    "streaming_utils": (
        "ChunkMerger",
        "StreamAccumulator",
        "StreamProcessor",
        "parse_sse_chunk",
        "validate_message_format",
    ),
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
