"""What an MCP tool gave back, as the content of a tool message. Source: the MCP specification, "Tool Result"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from massgen.formatter._history import json_text

Json = Any


class MCPCall(msgspec.Struct, frozen=True):
    """One call of a tool; `source` is the call as it came."""

    id: str
    name: str
    source: Any


class MCPOutcome(msgspec.Struct, frozen=True):
    """Text or content parts, and whether the tool failed."""

    content: str | list[dict[str, Json]]
    failed: bool = False


def result_item(call: MCPCall, outcome: MCPOutcome) -> dict[str, Json]:
    item: dict[str, Json] = {"tool_call_id": call.id, "tool_name": call.name, "content": outcome.content}
    return {**item, "error": True} if outcome.failed else item


def outcome_of(result: Any) -> MCPOutcome:
    """A `CallToolResult` as an object or a mapping, text, or any JSON value. Raises ValueError or TypeError for
    anything else.
    """
    fields = _fields(result)
    if fields is None or not isinstance(fields.get("content"), list):
        return MCPOutcome(result if isinstance(result, str) else "" if result is None else json_text(result))
    parts = [_part(block) for block in fields["content"]]
    failed = bool(fields.get("isError") or fields.get("is_error"))
    if not parts and fields.get("structuredContent") is not None:
        return MCPOutcome(json_text(fields["structuredContent"]), failed)
    if all(part["type"] == "text" for part in parts):
        return MCPOutcome("\n".join(part["text"] for part in parts), failed)
    return MCPOutcome(parts, failed)


def _fields(value: Any) -> Mapping[str, Json] | None:
    if callable(dump := getattr(value, "model_dump", None)):
        value = dump(mode="json", by_alias=True, exclude_none=True)
    return value if isinstance(value, Mapping) else None


def _part(block: Any) -> dict[str, Json]:
    """A content block as a part that every formatter reads."""
    fields = _fields(block)
    if fields is None:
        raise TypeError(f"a content block is {type(block).__name__}, not an object")
    kind = fields.get("type")
    if kind == "text":
        return {"type": "text", "text": fields["text"]}
    if kind in ("image", "audio"):
        return {"type": kind, "data": fields["data"], "mimeType": fields.get("mimeType")}
    if kind == "resource_link":
        return {"type": "text", "text": f"{fields.get('name') or 'resource'}: {fields['uri']}"}
    resource = fields.get("resource")
    if kind == "resource" and isinstance(resource, Mapping):
        if "text" in resource:
            return {"type": "text", "text": resource["text"]}
        name = str(resource.get("uri") or "resource").rpartition("/")[2]
        data = f"data:{resource.get('mimeType') or 'application/octet-stream'};base64,{resource['blob']}"
        return {"type": "file", "file": {"filename": name, "file_data": data}}
    raise ValueError(f"a content block has the type {kind!r}, which is none of MCP's")
