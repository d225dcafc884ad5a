"""Parameters of `POST /chat/completions`, with a provider's differences from its `ChatDialect`."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import partial
from typing import Any

from massgen.api_params_handler._api_params_handler_base import APIParamsHandlerBase, Messages
from massgen.api_params_handler._choices import answer_format, tool_choice, without_tool_fields
from massgen.api_params_handler._params import Fragment, Rule, at, merged
from massgen.backend.chat_dialect import ChatDialect

Json = Any


class ChatCompletionsAPIParamsHandler(APIParamsHandlerBase):
    """Bodies for Chat Completions."""

    def dialect(self, model: str) -> ChatDialect:
        dialect: ChatDialect = self.backend.dialect_for(model)
        return dialect

    def opening(self, model: str) -> Fragment:
        return {"model": model, "stream": True}

    def streaming(self, model: str) -> Fragment:
        usage = {"stream_options": {"include_usage": True}} if self.dialect(model).stream_options else {}
        return {**super().streaming(model), **usage}

    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        return {"messages": self.formatter.format_messages(messages, model=model)}

    def rules(self, model: str) -> Mapping[str, Rule]:
        dialect = self.dialect(model)
        limit = at(dialect.max_tokens_field)
        return {
            **{name: at(sent) for name, sent in dialect.renamed.items()},
            "max_tokens": limit,
            "max_completion_tokens": limit,
            "max_output_tokens": limit,
            "stop_sequences": at("stop"),
            "tool_choice": partial(_tool_choice, dialect.tool_choices),
            "response_format": _response_format,
        }

    def rejections(self, wanted: Mapping[str, Json], model: str) -> list[str]:
        provider, dialect = self.backend.get_provider_name(), self.dialect(model)
        refused = [name for name in wanted if name in dialect.rejects]
        if "stream_options" in wanted and not dialect.stream_options:
            refused.append("stream_options")
        problems = [f"{name}: {provider} does not take this parameter; leave it out" for name in refused]
        for group in dialect.exclusive:
            if len(given := [name for name in group if name in wanted]) > 1:
                problems.append(f"{given[-1]}: {' and '.join(given)} exclude each other at {provider}; keep one")
        if wanted.get("n", 1) != 1 and "n" not in refused:
            problems.append("n: one answer is streamed; ask once for each answer that you want")
        return problems

    def completed(self, body: Fragment, model: str, problems: list[str]) -> Fragment:
        dialect = self.dialect(model)
        usage = {name: value for name, value in self.streaming(model).items() if name != "stream"}  # body has it first
        body = merged({**usage, **dialect.defaults, **(dialect.tool_defaults if "tools" in body else {})}, body)
        return without_tool_fields(body, problems)


def _tool_choice(taken: Set[str], value: Json) -> Fragment:
    choice = tool_choice(value)
    if choice is None:
        return {"tool_choice": value}
    if choice.mode not in taken:
        if choice.mode == "auto":
            return {}
        known = ", ".join(sorted(taken)) or "auto"
        raise ValueError(f"this provider knows {known} only; offer only the tools that may be called")
    if choice.mode == "named":
        return {"tool_choice": {"type": "function", "function": {"name": choice.name}}}
    return {"tool_choice": choice.mode}


def _response_format(value: Json) -> Fragment:
    form = answer_format(value)
    if form.kind == "json_schema":
        return {"response_format": {"type": form.kind, "json_schema": dict(form.spec)}}
    return {"response_format": value}
