"""Tools that the provider runs itself, as `backend_status` chunks with one vocabulary for all wires.

The status is `tool.phase`. `tool` is a word of `TOOLS`, whatever the wire calls it; a tool that is not known here keeps
the provider's name. `phase` is one of `PHASES`. `detail` says what it is about (a query, an address, code, output) and
`tool_call_id` is the provider's own id of the call, where it has one. Such a call is never one of `tool_calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from massgen.backend.stream_chunk import StreamChunk

Json = Any

TOOLS: dict[str, str] = {
    "web_search": "A search of the web.",
    "web_fetch": "One page of the web, read.",
    "image_search": "A search for images on the web.",
    "maps_search": "A search for places.",
    "file_search": "A search in files that the provider holds.",
    "code_execution": "Code run in the provider's sandbox, its shell and file editor among it.",
    "image_generation": "An image made; it arrives as `media`.",
    "mcp_list_tools": "The tools of a remote MCP server, listed.",
    "mcp_call": "A tool of a remote MCP server, called by the provider.",
    "mcp_approval": "Asks whether a tool of a remote MCP server may be called.",
    "tool_search": "A search among tools whose definitions were deferred.",
    "shell": "Commands of a shell.",
    "computer": "A step on a computer's screen.",
    "apply_patch": "An edit of files.",
    "custom_tool": "A tool that takes free text. OpenAI waits for its result, xAI runs it itself.",
    "compaction": "Earlier turns, made shorter by the provider.",
}
"""The tools by their word."""

PHASES: dict[str, str] = {
    "started": "It was called; what with may not be known yet.",
    "running": "It runs; `detail` says what with, where the wire tells.",
    "completed": "It ended.",
    "failed": "It ended without a result; the answer may go on.",
    "requested": "The provider waits for the caller; the request is in `complete_message`, under its key.",
}
"""The phases by their word."""

_LONGEST = 1000  # characters of a detail: the whole thing is in the `complete_message`

_WORDS = {
    # Anthropic: `name` of a server_tool_use, type of a result without `_tool_result`
    "bash_code_execution": "code_execution",
    "text_editor_code_execution": "code_execution",
    "tool_search_tool_regex": "tool_search",
    "tool_search_tool_bm25": "tool_search",
    "mcp": "mcp_call",
    "mcp_tool_listing": "mcp_list_tools",
    # Gemini: `toolType`
    "GOOGLE_SEARCH_WEB": "web_search",
    "GOOGLE_SEARCH_IMAGE": "image_search",
    "URL_CONTEXT": "web_fetch",
    "GOOGLE_MAPS": "maps_search",
    "FILE_SEARCH": "file_search",
    # Gemini Interactions: type of a step without `_call` or `_result`
    "google_search": "web_search",
    "url_context": "web_fetch",
    "google_maps": "maps_search",
    "mcp_server_tool": "mcp_call",
    # Groq: `type` of an executed tool
    "search": "web_search",
    "browser_search": "web_search",
    "visit": "web_fetch",
    "python": "code_execution",
}

# Where calls and results keep what they are about, in any wire's shape, the most telling first.
_TELLING = (
    *(("action", name) for name in ("query", "queries", "url", "commands", "command", "pattern")),
    *((name,) for name in ("query", "queries", "url", "urls", "code", "path", "command", "commands")),
    *(("revised_prompt",), ("prompt",), ("operation", "path"), ("name",), ("server_label",), ("server_name",)),
)


def word(name: str) -> str:
    """The word of `TOOLS` for a wire's name of a tool; the name itself where there is none."""
    return _WORDS.get(name, name)


def progress(tool: str, phase: str, about: Json = None, call_id: Json = None) -> StreamChunk:
    """One step of a tool. An `about` or an id that is no text is left out."""
    detail = about if isinstance(about, str) and about else None
    if detail is not None and len(detail) > _LONGEST:
        detail = f"{detail[:_LONGEST]} [... {len(detail) - _LONGEST} more characters]"
    known_id = call_id if isinstance(call_id, str) and call_id else None
    return StreamChunk("backend_status", status=f"{word(tool)}.{phase}", detail=detail, tool_call_id=known_id)


def telling(call: Json) -> str | None:
    """What says most about a call: its query, address, code or name; lists are joined. None where nothing does."""
    if not isinstance(call, Mapping):
        return None
    for path in _TELLING:
        value: Json = call
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            between = " " if path[-1] == "command" else "; "
            value = between.join(item for item in value if isinstance(item, str))
        if isinstance(value, str) and value.strip():
            return value
    return None


def input_of(call: Mapping[str, Json]) -> Json:
    """What a call was given: an object, or text that holds one."""
    given = next((call[name] for name in ("input", "arguments", "args") if call.get(name)), None)
    if isinstance(given, str):
        try:
            return msgspec.json.decode(given)
        except msgspec.DecodeError:
            return {"query": given}
    return given
