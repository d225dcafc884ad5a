"""Citations in the one shape of `complete_message["annotations"]`, whatever the wire calls them.

It is Chat Completions' own: `{"type": "url_citation", "url_citation": {...}}`, and for documents
`{"type": "file_citation", "file_citation": {...}}`. Of the inner keys `url` and `title`, or `file_id` and `filename`,
say what is cited; `start_index` and `end_index` which characters of the message's `content` rest on it (`index` alone:
where the mark belongs). Each is there only where the wire tells; further keys are the wire's own words.

Sources: openai-python's `types/chat/chat_completion_message.py` and `types/responses/response_output_text.py`,
anthropic-sdk-python's `types/text_citation.py`, google-genai's `types.py` (`GroundingMetadata`, `CitationMetadata`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Any
Annotation = dict[str, Json]

_PLACES = ("start_index", "end_index", "index")
# The documents' own places in Anthropic's citations; the text's place is that of its block.
_INSIDE = frozenset({"type", "document_title", "title", "url", "source"})


def annotation(kind: str, /, **fields: Json) -> Annotation:
    """A citation of the type `kind`; a field that is not known is left out."""
    return {"type": kind, kind: {name: value for name, value in fields.items() if value is not None}}


def from_chat(given: Json) -> Annotation | None:
    """An annotation of a Chat delta, flat ones (as gateways send them) nested; None for what is no annotation."""
    kind = given.get("type") if isinstance(given, Mapping) else None
    if not isinstance(kind, str) or kind == "type":
        return None
    if isinstance(given.get(kind), Mapping):
        return dict(given)
    return annotation(kind, **{name: value for name, value in given.items() if name != "type"})


def from_sources(sources: Iterable[Json]) -> Iterator[Annotation]:
    """The pages that an answer as a whole rests on: addresses, or objects with `url` (`link` at Z.AI) and `title`."""
    for source in sources:
        about = source if isinstance(source, Mapping) else {"url": source}
        url = about.get("url") or about.get("link")
        if isinstance(url, str):
            yield annotation("url_citation", url=url, title=about.get("title"))


def from_responses(given: Json, offset: int) -> Annotation | None:
    """An annotation of an output text that begins at character `offset` of the whole content."""
    nested = from_chat(given)
    if nested is None:
        return None
    kind = nested["type"]
    inner = nested[kind]
    places = () if kind == "file_path" else _PLACES  # its `index` counts files
    moved = {name: inner[name] + offset for name in places if isinstance(inner.get(name), int)}
    return {"type": kind, kind: {**inner, **moved}}


def from_anthropic(given: Json, start: int, end: int) -> Annotation | None:
    """A citation of the text block that is characters `start` to `end` of the whole content."""
    if not isinstance(given, Mapping):
        return None
    found = {name: value for name, value in given.items() if name not in _INSIDE}
    url = given.get("url") or given.get("source")
    if isinstance(url, str):
        return annotation(
            "url_citation", **{**found, "url": url, "title": given.get("title"), "start_index": start, "end_index": end}
        )
    place = {"index": end, "start_index": start, "end_index": end}
    return annotation("file_citation", **{**found, "filename": given.get("document_title"), **place})


def from_gemini(metadata: Mapping[str, Json], text: str) -> Iterator[Annotation]:
    """What grounds the answer `text`: `groundingMetadata` and `citationMetadata` of a candidate, by their names."""
    grounding = _mapping(metadata.get("groundingMetadata"))
    chunks = [_grounds(_mapping(chunk)) for chunk in _listed(grounding.get("groundingChunks"))]
    encoded = text.encode()
    cited: set[int] = set()
    for support in map(_mapping, _listed(grounding.get("groundingSupports"))):
        place = _place(_mapping(support.get("segment")), text, encoded)
        for index in _listed(support.get("groundingChunkIndices")):
            if isinstance(index, int) and 0 <= index < len(chunks) and chunks[index] is not None:
                cited.add(index)
                yield _placed(chunks[index], place)
    yield from (_placed(chunk, {}) for index, chunk in enumerate(chunks) if chunk is not None and index not in cited)
    recited = _mapping(metadata.get("citationMetadata"))
    for source in map(_mapping, _listed(recited.get("citationSources") or recited.get("citations"))):
        found = annotation(
            "url_citation", url=source.get("uri"), title=source.get("title"), license=source.get("license")
        )
        yield _placed(found, _place(source, text, encoded))


def _grounds(chunk: Mapping[str, Json]) -> Annotation | None:
    """One grounding chunk without its place in the text; None for a kind that is not known."""
    if context := _mapping(chunk.get("retrievedContext")):
        return annotation(
            "file_citation",
            filename=context.get("title") or context.get("documentName"),
            url=context.get("uri"),
            file_search_store=context.get("fileSearchStore"),
            page_number=context.get("pageNumber"),
            cited_text=context.get("text"),
        )
    for kind in ("web", "maps", "image"):
        if source := _mapping(chunk.get(kind)):
            return annotation(
                "url_citation", url=source.get("uri") or source.get("sourceUri"), title=source.get("title")
            )
    return None


def _place(segment: Mapping[str, Json], text: str, encoded: bytes) -> dict[str, int]:
    """The characters of `text` that a segment, whose places are UTF-8 bytes, is; empty where they are not to be told.

    The places count from the start of a part, and a streamed part has no number: the segment's text is the proof.
    """
    start, end, said = segment.get("startIndex", 0), segment.get("endIndex"), segment.get("text")
    place = characters(start, end, text, encoded)
    if place and (said is None or text[place["start_index"] : place["end_index"]] == said):
        return place
    at = text.find(said) if isinstance(said, str) and said else -1
    return {"start_index": at, "end_index": at + len(said)} if at >= 0 and isinstance(said, str) else {}


def characters(start: Json, end: Json, text: str, encoded: bytes | None = None) -> dict[str, int]:
    """The characters of `text` that are its UTF-8 bytes `start` to `end`; empty where it has no such bytes."""
    encoded = text.encode() if encoded is None else encoded
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start <= end <= len(encoded)):
        return {}
    before = len(encoded[:start].decode("utf-8", "replace"))
    return {"start_index": before, "end_index": before + len(encoded[start:end].decode("utf-8", "replace"))}


def _placed(found: Annotation | None, place: Mapping[str, int]) -> Annotation:
    assert found is not None
    kind = found["type"]
    mark = {"index": place["end_index"]} if kind == "file_citation" and place else {}
    return {"type": kind, kind: {**found[kind], **mark, **place}}


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
