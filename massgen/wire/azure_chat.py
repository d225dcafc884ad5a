"""Azure OpenAI's Chat stream: OpenAI's, with what the content filter found.

Source: learn.microsoft.com, "Content filtering" and "Content streaming". The filter speaks of the prompt in a first
chunk without ids and choices, and of the answer beside its deltas. In its asynchronous mode it speaks in chunks of its
own, some of them behind the finish reason, and may then take the answer back with a second one, `content_filter`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.chat_dialect import ChatDialect
from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.openai_chat import ChatDecoder

Json = Any

# Nearly every chunk says that nothing was found, and need not be read for it.
_FOUND = re.compile(rb'"(?:filtered|detected)"\s*:\s*true|"content_filter_error"')


class AzureChatDecoder(ChatDecoder):
    """Chunks of Azure OpenAI. What the filter found is a `backend_status` of the status `content_filter`, once each."""

    def __init__(self, provider: str, ids: CallIds | None = None, dialect: ChatDialect | None = None) -> None:
        super().__init__(provider, ids, dialect)
        self._reported: set[str] = set()

    def _event(self, event: str, payload: bytes, out: list[StreamChunk]) -> None:
        if _FOUND.search(payload):
            for finding in _findings(msgspec.json.decode(payload)):
                if finding not in self._reported:
                    self._reported.add(finding)
                    out.append(StreamChunk("backend_status", status="content_filter", detail=finding))
        super()._event(event, payload, out)


def _findings(chunk: Json) -> Iterator[str]:
    """`prompt: jailbreak detected`, `answer: hate filtered, severity high`."""
    if not isinstance(chunk, Mapping):
        return
    for place, entries in (("prompt", chunk.get("prompt_filter_results")), ("answer", chunk.get("choices"))):
        for entry in entries if isinstance(entries, list) else ():
            results = entry.get("content_filter_results") if isinstance(entry, Mapping) else None
            for category, result in results.items() if isinstance(results, Mapping) else ():
                if isinstance(result, Mapping) and (what := _finding(category, result)):
                    yield f"{place}: {what}"


def _finding(category: str, result: Mapping[str, Json]) -> str:
    if category == "error":
        return f"not filtered: {result.get('message') or result.get('code')}"
    words = [word for word in ("filtered", "detected") if result.get(word) is True]
    severity = f", severity {result['severity']}" if words and result.get("severity") else ""
    return f"{category} {' and '.join(words)}{severity}" if words else ""
