"""Parameters of Google's `POST /interactions`.

Source: google-genai's `_gaos/types/interactions/createmodelinteraction.py` and `generationconfig.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from massgen.api_params_handler._api_params_handler_base import APIParamsHandlerBase, Messages
from massgen.api_params_handler._choices import answer_format, tool_choice
from massgen.api_params_handler._params import Fragment, Rule, at, list_at, object_at, only, refused

Json = Any

_LEVELS = ("minimal", "low", "medium", "high", "xhigh")
_MODES = {"auto": "auto", "none": "none", "required": "any"}


class InteractionsAPIParamsHandler(APIParamsHandlerBase):
    """Bodies for the Interactions API.

    Stateless unless the caller says otherwise, by `store` or `previous_interaction_id`: nothing is stored, and the
    whole history goes with every request.
    """

    def opening(self, model: str) -> Fragment:
        return {"model": model.removeprefix("models/"), "stream": True}

    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        stored = bool(params.get("previous_interaction_id") or params.get("previous_response_id"))
        steps, system = self.formatter.format_input(messages, model=model, stored=stored)
        return {"input": steps, **({"system_instruction": system} if system else {})}

    def provider_tools(self) -> Mapping[str, Mapping[str, Json]]:
        execution = {"type": "code_execution"}
        return {
            "enable_web_search": {"type": "google_search"},
            "enable_code_interpreter": execution,
            "enable_code_execution": execution,
        }

    def rules(self, model: str) -> Mapping[str, Rule]:
        return _RULES

    def completed(self, body: Fragment, model: str, problems: list[str]) -> Fragment:
        if "store" not in body and "previous_interaction_id" not in body:
            body["store"] = False
        config = body.get("generation_config")
        if "tools" in body or not isinstance(config, Mapping) or "tool_choice" not in config:
            return body
        if config["tool_choice"] not in ("auto", "none"):
            problems.append("tool_choice: it demands a tool call, and there are no tools")
        kept = {name: value for name, value in config.items() if name != "tool_choice"}
        body = {name: value for name, value in body.items() if name != "generation_config"}
        return {**body, "generation_config": kept} if kept else body


def _effort(value: Json) -> Fragment:
    if value not in _LEVELS:
        raise ValueError(f"{value!r} is none of {', '.join(_LEVELS)}")
    return {"generation_config": {"thinking_level": value}}


def _tool_choice(value: Json) -> Fragment:
    choice = tool_choice(value)
    if choice is None:
        return {"generation_config": {"tool_choice": value}}
    if choice.mode == "named":
        return {"generation_config": {"tool_choice": {"allowed_tools": {"mode": "any", "tools": [choice.name]}}}}
    return {"generation_config": {"tool_choice": _MODES[choice.mode]}}


def _response_format(value: Json) -> Fragment:
    """Chat's and Responses' forms as this wire has them; a list, and the wire's own objects, as they are."""
    if isinstance(value, list) or (isinstance(value, Mapping) and "mime_type" in value):
        return {"response_format": value}
    form = answer_format(value)
    if form.kind == "text":
        return {}
    schema = {"schema": form.schema} if form.kind == "json_schema" else {}
    return {"response_format": {"type": "text", "mime_type": "application/json", **schema}}


_GENERATION = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "max_output_tokens": "max_output_tokens",
    **{
        name: name for name in ("temperature", "top_p", "seed", "thinking_level", "thinking_summaries", "speech_config")
    },
}
_RULES: Mapping[str, Rule] = {
    **{name: at("generation_config", field) for name, field in _GENERATION.items()},
    "stop": list_at("generation_config", "stop_sequences"),
    "stop_sequences": list_at("generation_config", "stop_sequences"),
    "generation_config": object_at("generation_config"),
    "reasoning_effort": _effort,
    "tool_choice": _tool_choice,
    "response_format": _response_format,
    "modalities": list_at("response_modalities"),
    "response_modalities": list_at("response_modalities"),
    "previous_response_id": at("previous_interaction_id"),
    "n": only(1, "one answer is streamed"),
    "parallel_tool_calls": only(True, "leave it out"),
    **dict.fromkeys(
        ("top_k", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "user"),
        refused("leave it out, or use generateContent"),
    ),
}
