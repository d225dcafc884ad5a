"""Parameters of Anthropic's `POST /v1/messages`. Source: anthropic-sdk-python's `types/message_create_params.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from massgen.api_params_handler._api_params_handler_base import APIParamsHandlerBase, Messages
from massgen.api_params_handler._choices import answer_format, tool_choice
from massgen.api_params_handler._params import STATELESS, Fragment, Rule, at, list_at, refused

Json = Any

DEFAULT_MAX_TOKENS = 8192
"""The wire requires a limit; this one holds where the caller gives none, on top of a budget for thinking."""

CURRENT_VERSION = "2026-10-21"
SAMPLING_VERSION = "2023-06-01"
"""The last API version with sampling parameters, and with citations in what the user says."""

VERTEX_SAMPLING = "vertex-2023-10-16"
"""The name of that version on Vertex AI."""

_SAMPLING = ("temperature", "top_p", "top_k")
_NAMED_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d+)(?:-(\d{1,2})(?!\d))?")
_FIRST_WITHOUT_SAMPLING = (4, 7)
_FIRST_ADAPTIVE = (4, 6)
_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32768, "max": 32768}
"""Tokens of thinking for an effort, on models that know budgets only: a choice of ours."""


class ClaudeAPIParamsHandler(APIParamsHandlerBase):
    """Bodies for the Messages API."""

    def opening(self, model: str) -> Fragment:
        return {"model": model, "stream": True}

    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        written, system = self.formatter.format_messages_and_system(messages, model=model)
        return {"messages": written, **({"system": system} if system else {})}

    def provider_tools(self) -> Mapping[str, Mapping[str, Json]]:
        execution = {"type": "code_execution_20250825", "name": "code_execution"}
        return {
            "enable_web_search": {"type": "web_search_20250305", "name": "web_search"},
            "enable_code_interpreter": execution,
            "enable_code_execution": execution,
        }

    def rules(self, model: str) -> Mapping[str, Rule]:
        return {**_RULES, "reasoning_effort": lambda value: _effort(value, model)}

    def rejections(self, wanted: Mapping[str, Json], model: str) -> list[str]:
        version = model_version(model)
        if version is None or version < _FIRST_WITHOUT_SAMPLING:
            return []
        return [f"{name}: {model} takes no sampling parameters; leave it out" for name in _SAMPLING if name in wanted]

    def completed(self, body: Fragment, model: str, problems: list[str]) -> Fragment:
        thinking = body.get("thinking")
        budget = thinking.get("budget_tokens") if isinstance(thinking, Mapping) else None
        thought = budget if isinstance(budget, int) else 0
        limit = body.setdefault("max_tokens", DEFAULT_MAX_TOKENS + thought)
        if isinstance(limit, int) and limit <= thought:
            problems.append(f"max_tokens: {limit} leaves nothing beside a thinking budget of {thought}; raise it")
        if body.pop("parallel_tool_calls", True) is False and "tools" in body:
            body["tool_choice"] = {"type": "auto", **body.get("tool_choice", {}), "disable_parallel_tool_use": True}
        choice = body.get("tool_choice")
        if "tools" not in body and choice is not None:
            if choice.get("type") in ("any", "tool"):
                problems.append("tool_choice: it demands a tool call, and there are no tools")
            del body["tool_choice"]
        if getattr(self.backend, "vertex", None) is None:
            return body
        version = self.api_version(body)
        body = {name: value for name, value in body.items() if name != "model"}  # the model is in the address
        return {"anthropic_version": VERTEX_SAMPLING if version == SAMPLING_VERSION else version, **body}

    def api_version(self, body: Mapping[str, Json]) -> str:
        """The `anthropic-version` that the caller names, else that the body needs: the current one, or the last that
        knows what it holds.
        """
        if given := (getattr(self.backend, "config", None) or {}).get("anthropic_version"):
            return str(given)
        if any(name in body for name in _SAMPLING) or _cites(body.get("messages", ())):
            return SAMPLING_VERSION
        return CURRENT_VERSION


def model_version(model: str) -> tuple[int, int] | None:
    """The numbers in `claude-opus-4-6` (or `claude-3-5-sonnet`): (4, 6); None for a name without any."""
    match = _NAMED_VERSION.search(model)
    return (int(match.group(1)), int(match.group(2) or 0)) if match else None


def _cites(messages: Any) -> bool:
    said = (message["content"] for message in messages if message["role"] == "user")
    blocks = (block for content in said if isinstance(content, list) for block in content)
    return any(block.get("type") == "text" and block.get("citations") for block in blocks)


def _effort(value: Json, model: str) -> Fragment:
    if value == "none":
        return {"thinking": {"type": "disabled"}}
    if value not in _BUDGETS:
        raise ValueError(f"{value!r} is none of none, {', '.join(_BUDGETS)}")
    version = model_version(model)
    if version is not None and version < _FIRST_ADAPTIVE:
        return {"thinking": {"type": "enabled", "budget_tokens": _BUDGETS[value]}}
    return {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low" if value == "minimal" else value}}


def _tool_choice(value: Json) -> Fragment:
    choice = tool_choice(value)
    if choice is None or (isinstance(value, Mapping) and value.get("type") == "tool"):
        return {"tool_choice": value}
    if choice.mode == "named":
        return {"tool_choice": {"type": "tool", "name": choice.name}}
    return {"tool_choice": {"type": {"required": "any"}.get(choice.mode, choice.mode)}}


def _response_format(value: Json) -> Fragment:
    form = answer_format(value)
    if form.kind == "json_object":
        raise ValueError("this wire has no JSON mode without a schema; give a json_schema")
    if form.kind == "text":
        return {}
    return {"output_config": {"format": {"type": "json_schema", "schema": form.schema}}}


_UNKNOWN = refused("leave it out")
_RULES: Mapping[str, Rule] = {
    "max_completion_tokens": at("max_tokens"),
    "max_output_tokens": at("max_tokens"),
    "stop": list_at("stop_sequences"),
    "stop_sequences": list_at("stop_sequences"),
    "user": at("metadata", "user_id"),
    "tool_choice": _tool_choice,
    "response_format": _response_format,
    "previous_response_id": STATELESS,
    **dict.fromkeys(
        ("seed", "n", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"), _UNKNOWN
    ),
}
