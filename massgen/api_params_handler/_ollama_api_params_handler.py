"""Parameters of Ollama's `POST /api/chat`. Sampling and the context are under `options`. Source: `api/types.go`.

The server ignores names that it does not know in silence, so what it is known to lack is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from massgen.api_params_handler._api_params_handler_base import APIParamsHandlerBase, Messages
from massgen.api_params_handler._choices import answer_format, tool_choice, without_tool_fields
from massgen.api_params_handler._params import Fragment, Rule, at, list_at, object_at, only, refused

Json = Any


class OllamaAPIParamsHandler(APIParamsHandlerBase):
    """Bodies for `/api/chat`.

    `truncate: false` unless the caller says otherwise: by default the server drops the oldest messages of a history
    that is longer than `num_ctx`, and tells nobody.
    """

    def opening(self, model: str) -> Fragment:
        return {"model": model, "stream": True}

    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        return {"messages": self.formatter.format_messages(messages, model=model)}

    def rules(self, model: str) -> Mapping[str, Rule]:
        return _RULES

    def completed(self, body: Fragment, model: str, problems: list[str]) -> Fragment:
        """The wire has no choice among tools: `none` offers none, and a call cannot be demanded."""
        choice = body.get("tool_choice")
        without = {"tool_choice"} if "tools" in body else set()
        if choice == "none":
            without.add("tools")
        elif choice is not None and "tools" in body:
            problems.append("tool_choice: Ollama cannot be made to call a tool; offer only what may be called")
        body = without_tool_fields(body, problems)
        kept = {name: value for name, value in body.items() if name not in without}
        return {**kept, "truncate": kept.get("truncate", False)}


def _tool_choice(value: Json) -> Fragment:
    choice = tool_choice(value)
    return {} if choice and choice.mode == "auto" else {"tool_choice": choice.mode if choice else value}


def _think(value: Json) -> Fragment:
    if not isinstance(value, bool | str):
        raise ValueError(f"it is {type(value).__name__}; give true, false, or one of low, medium, high, max")
    return {"think": value}


def _effort(value: Json) -> Fragment:
    """The words of OpenAI's parameter; a model that knows no levels answers 400 to one."""
    levels = {"none": False, "minimal": "low", "low": "low", "medium": "medium", "high": "high", "max": "max"}
    if value not in levels:
        raise ValueError(f"{value!r} is none of {', '.join(levels)}")
    return {"think": levels[value]}


def _response_format(value: Json) -> Fragment:
    form = answer_format(value)
    if form.kind == "text":
        return {}
    return {"format": "json" if form.kind == "json_object" else form.schema}


_OPTIONS = """
    num_keep seed num_predict top_k top_p min_p typical_p tfs_z repeat_last_n temperature repeat_penalty
    presence_penalty frequency_penalty mirostat mirostat_tau mirostat_eta penalize_newline
    numa num_ctx num_batch num_gpu main_gpu use_mmap use_mlock num_thread low_vram f16_kv
"""
_RULES: Mapping[str, Rule] = {
    **{name: at("options", name) for name in _OPTIONS.split()},
    "max_tokens": at("options", "num_predict"),
    "max_completion_tokens": at("options", "num_predict"),
    "max_output_tokens": at("options", "num_predict"),
    "repetition_penalty": at("options", "repeat_penalty"),
    "stop": list_at("options", "stop"),
    "stop_sequences": list_at("options", "stop"),
    "options": object_at("options"),
    "think": _think,
    "reasoning_effort": _effort,
    "response_format": _response_format,
    "n": only(1, "one answer is streamed"),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": only(True, "leave it out"),
    **dict.fromkeys(("logit_bias", "user", "stream_options"), refused("leave it out")),
}
