"""LM Studio over its OpenAI-compatible wires. https://lmstudio.ai/docs/developer/openai-compat

Differences, from those pages: the limit is called `max_tokens`; a tool cannot be demanded by its name; the model is
told tool names in snake_case, so that it calls them so; reasoning comes as `reasoning` or `reasoning_content`, by a
setting of the application; a failure inside the stream is an `error` event.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from massgen.api_params_handler import ResponseAPIParamsHandler
from massgen.backend._tool_calls import tool_name
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.chat_dialect import ChatDialect
from massgen.backend.http import HTTPBackend
from massgen.backend.response import ResponseBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.transport.http import Timeouts

Json = Any

_COLD_START = Timeouts(idle=600.0)  # a model is loaded before the first byte, and nothing is sent meanwhile


class _CallersNames(HTTPBackend):
    """A call comes back under the name that the caller gave the tool."""

    async def stream_with_tools(
        self, messages: list[Json], tools: list[Json] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        names = _spoken_names(tools or ())
        async with aclosing(super().stream_with_tools(messages, tools, **kwargs)) as stream:
            async for chunk in stream:
                _rename(chunk.tool_calls or (), names)
                _rename((chunk.complete_message or {}).get("tool_calls") or (), names)
                yield chunk


class LMStudioBackend(_CallersNames, ChatCompletionsBackend):
    """LM Studio through Chat Completions."""

    backend_type: ClassVar[str] = "lmstudio"
    timeouts: ClassVar[Timeouts] = _COLD_START
    dialect = ChatDialect(
        max_tokens_field="max_tokens",
        echo=("reasoning", "reasoning_content"),
        developer_role=False,
        think_tags=True,
        tool_choices=frozenset({"auto", "none", "required"}),
    )


class LMStudioResponsesAPIParamsHandler(ResponseAPIParamsHandler):
    """Bodies for LM Studio's Responses wire, whose reasoning is not encrypted."""

    def reasons(self, model: str) -> bool:
        return False


class LMStudioResponsesBackend(_CallersNames, ResponseBackend):
    """LM Studio through the Responses wire, for `api: responses`."""

    backend_type: ClassVar[str] = "lmstudio"
    timeouts: ClassVar[Timeouts] = _COLD_START

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.api_params_handler = LMStudioResponsesAPIParamsHandler(self)


def _spoken_names(tools: Iterable[Mapping[str, Json]]) -> dict[str, str]:
    """What the model may call each tool -> the caller's name; a name that two tools would share is nobody's."""
    own = [tool_name(tool) for tool in tools if isinstance(tool, Mapping)]
    found: dict[str, list[str]] = {}
    for name in own:
        found.setdefault(_letters(name), []).append(name)
    return {letters: names[0] for letters, names in found.items() if len(names) == 1}


def _letters(name: str) -> str:
    """A name without what a change of its case can change."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _rename(calls: Iterable[Json], names: Mapping[str, str]) -> None:
    for call in calls:
        function = call["function"]
        if function["name"] not in names.values():
            function["name"] = names.get(_letters(function["name"]), function["name"])
