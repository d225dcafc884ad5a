"""Parameters of Gemini's `generateContent`. The model is in the URL. Source: google-genai's `types.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from massgen.api_params_handler._api_params_handler_base import APIParamsHandlerBase, Messages
from massgen.api_params_handler._choices import answer_format, tool_choice
from massgen.api_params_handler._params import STATELESS, Fragment, Rule, at, list_at, object_at, only, refused

Json = Any

_LEVELS = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "xhigh": "XHIGH"}
_BUDGETS = {"none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24576}
"""Tokens of thinking for an effort before Gemini 3, as Google's own OpenAI-compatible endpoint has them."""
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


class GeminiAPIParamsHandler(APIParamsHandlerBase):
    """Bodies for `:streamGenerateContent`."""

    def opening(self, model: str) -> Fragment:
        return {}

    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        contents, system = self.formatter.format_messages_and_system(messages, model=model)
        return {"contents": contents, **({"systemInstruction": system} if system else {})}

    def provider_tools(self) -> Mapping[str, Mapping[str, Json]]:
        execution: Mapping[str, Json] = {"codeExecution": {}}
        return {
            "enable_web_search": {"googleSearch": {}},
            "enable_code_interpreter": execution,
            "enable_code_execution": execution,
        }

    def rules(self, model: str) -> Mapping[str, Rule]:
        return {**_RULES, "reasoning_effort": lambda value: _effort(value, model)}

    def completed(self, body: Fragment, model: str, problems: list[str]) -> Fragment:
        if "tools" in body or "toolConfig" not in body:
            return body
        config = body["toolConfig"]
        if not isinstance(config, Mapping):
            problems.append(f"toolConfig: it is {type(config).__name__}; give an object")
        elif (config.get("functionCallingConfig") or {}).get("mode") == "ANY":
            problems.append("tool_choice: it demands a tool call, and there are no tools")
        return {name: value for name, value in body.items() if name != "toolConfig"}


def _effort(value: Json, model: str) -> Fragment:
    budgets = "gemini-2" in model or "gemini-1" in model
    known = _BUDGETS if budgets else _LEVELS
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}, which {model} knows")
    name = "thinkingBudget" if budgets else "thinkingLevel"
    return {"generationConfig": {"thinkingConfig": {name: known[value]}}}


def _tool_choice(value: Json) -> Fragment:
    choice = tool_choice(value)
    if choice is None:
        raise ValueError("this wire knows auto, none, required and the name of one function; use tool_config for more")
    if choice.mode == "named":
        config: Fragment = {"mode": "ANY", "allowedFunctionNames": [choice.name]}
    else:
        config = {"mode": _MODES[choice.mode]}
    return {"toolConfig": {"functionCallingConfig": config}}


def _response_format(value: Json) -> Fragment:
    form = answer_format(value)
    if form.kind == "text":
        return {"generationConfig": {"responseMimeType": "text/plain"}}
    config: Fragment = {"responseMimeType": "application/json"}
    if form.kind == "json_schema":
        config["responseJsonSchema"] = form.schema
    return {"generationConfig": config}


def _modalities(value: Json) -> Fragment:
    modalities = [value] if isinstance(value, str) else value
    return {"generationConfig": {"responseModalities": [str(modality).upper() for modality in modalities]}}


def _system(value: Json) -> Fragment:
    return {"systemInstruction": {"parts": [{"text": value}]} if isinstance(value, str) else value}


_GENERATION = {
    "max_tokens": "maxOutputTokens",
    "max_completion_tokens": "maxOutputTokens",
    "max_output_tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
    "logprobs": "responseLogprobs",
    "top_logprobs": "logprobs",
    "thinking_config": "thinkingConfig",
    "response_mime_type": "responseMimeType",
    "response_schema": "responseSchema",
    "response_json_schema": "responseJsonSchema",
    "media_resolution": "mediaResolution",
    "speech_config": "speechConfig",
}
_RULES: Mapping[str, Rule] = {
    **{name: at("generationConfig", field) for name, field in _GENERATION.items()},
    "stop": list_at("generationConfig", "stopSequences"),
    "stop_sequences": list_at("generationConfig", "stopSequences"),
    "generation_config": object_at("generationConfig"),
    "safety_settings": at("safetySettings"),
    "cached_content": at("cachedContent"),
    "tool_config": object_at("toolConfig"),
    "toolConfig": object_at("toolConfig"),
    "system_instruction": _system,
    "systemInstruction": _system,
    "tool_choice": _tool_choice,
    "response_format": _response_format,
    "modalities": _modalities,
    "response_modalities": list_at("generationConfig", "responseModalities"),
    "n": only(1, "one answer is streamed"),
    "candidate_count": only(1, "one answer is streamed"),
    "parallel_tool_calls": only(True, "leave it out"),
    "previous_response_id": STATELESS,
    **dict.fromkeys(("logit_bias", "user"), refused("leave it out")),
}
