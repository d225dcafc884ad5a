"""Parts and metadata of generateContent that are the work of Google's own tools, or media that the model made.

Source: google-genai's `types.py` (`Part`, `ToolCall`, `ToolType`, `GroundingMetadata`, `UrlContextMetadata`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt
from massgen.wire.server_tools import input_of, progress, telling

Json = Any


def of_part(part: Mapping[str, Json], attempt: Attempt) -> StreamChunk | None:
    """What a part that is neither text nor a call of the caller's tools says; None for one that is not known."""
    kind = next((name for name in part if name in _TOLD or name in _MEDIA), None)
    if kind is None:
        return None
    given = part[kind] if isinstance(part[kind], Mapping) else {}
    return _TOLD[kind](given) if kind in _TOLD else _media(given, attempt, thought=bool(part.get("thought")))


def _code(given: Mapping[str, Json]) -> StreamChunk:
    return progress("code_execution", "running", given.get("code"), given.get("id"))


def _result(given: Mapping[str, Json]) -> StreamChunk:
    phase = "completed" if given.get("outcome", "OUTCOME_OK") == "OUTCOME_OK" else "failed"
    return progress("code_execution", phase, given.get("output"), given.get("id"))


def _call(given: Mapping[str, Json]) -> StreamChunk:
    return progress(str(given.get("toolType") or "unknown_tool"), "running", telling(input_of(given)), given.get("id"))


def _response(given: Mapping[str, Json]) -> StreamChunk:
    return progress(str(given.get("toolType") or "unknown_tool"), "completed", None, given.get("id"))


def _media(given: Mapping[str, Json], attempt: Attempt, *, thought: bool) -> StreamChunk:
    """Media at an address or inline; what the model only drew while it thought is a preview."""
    media_type, uri = str(given.get("mimeType") or "application/octet-stream"), given.get("fileUri")
    place = uri if isinstance(uri, str) else f"data:{media_type};base64,{given.get('data') or ''}"
    return attempt.show(media_type, place, partial=thought)


_MEDIA = ("inlineData", "fileData")
_TOLD: dict[str, Callable[[Mapping[str, Json]], StreamChunk]] = {
    "executableCode": _code,
    "codeExecutionResult": _result,
    "toolCall": _call,
    "toolResponse": _response,
}


def of_metadata(metadata: Mapping[str, Json]) -> Iterator[StreamChunk]:
    """The tools of which only what they found is told: the searches behind an answer, the pages that it read."""
    grounding = metadata.get("groundingMetadata")
    if isinstance(grounding, Mapping):
        for tool, name in (("web_search", "webSearchQueries"), ("file_search", "retrievalQueries")):
            if about := telling({"queries": grounding.get(name)}):
                yield progress(tool, "completed", about)
    read = metadata.get("urlContextMetadata")
    pages = read.get("urlMetadata") if isinstance(read, Mapping) else None
    for page in pages if isinstance(pages, list) else ():
        if isinstance(page, Mapping):
            found = str(page.get("urlRetrievalStatus", "SUCCESS")).endswith("SUCCESS")
            yield progress("web_fetch", "completed" if found else "failed", page.get("retrievedUrl"))
