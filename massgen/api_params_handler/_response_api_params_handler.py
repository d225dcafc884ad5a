"""Parameters of `POST /responses`. Source: openai-python's `types/responses/response_create_params.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from massgen.api_params_handler._api_params_handler_base import APIParamsHandlerBase, Messages
from massgen.api_params_handler._choices import answer_format, tool_choice, without_tool_fields
from massgen.api_params_handler._params import Fragment, Rule, at, list_at, refused

Json = Any

_ENCRYPTED = "reasoning.encrypted_content"
_STATE = frozenset({"store", "previous_response_id", "conversation"})
_WITHOUT_REASONING = ("gpt-3", "gpt-4", "chatgpt-")
"""OpenAI's models that do not reason: they answer 400 when asked for encrypted reasoning."""


class ResponseAPIParamsHandler(APIParamsHandlerBase):
    """Bodies for the Responses API.

    Stateless unless the caller says otherwise, by `store`, `previous_response_id` or `conversation`: nothing is stored,
    and the reasoning comes encrypted, to go back with the next request.
    """

    def opening(self, model: str) -> Fragment:
        return {"model": model, "stream": True}

    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        stored = bool(params.get("previous_response_id") or params.get("conversation"))
        keeps = params.get("store") is True
        items, instructions = self.formatter.format_input(messages, model=model, stored=stored, keeps=keeps)
        return {"input": items, **({"instructions": instructions} if instructions else {})}

    def provider_tools(self) -> Mapping[str, Mapping[str, Json]]:
        interpreter = {"type": "code_interpreter", "container": {"type": "auto"}}
        return {
            "enable_web_search": {"type": "web_search"},
            "enable_code_interpreter": interpreter,
            "enable_code_execution": interpreter,
        }

    def rules(self, model: str) -> Mapping[str, Rule]:
        return _RULES

    def completed(self, body: Fragment, model: str, problems: list[str]) -> Fragment:
        body = without_tool_fields(body, problems)
        if not _STATE.isdisjoint(body):
            return body
        body["store"] = False
        if self.reasons(model):
            asked = body.get("include") or []
            if not isinstance(asked, list | tuple):
                problems.append(f"include: it is {type(asked).__name__}; give a list of what to include")
                asked = []
            body["include"] = asked if _ENCRYPTED in asked else [*asked, _ENCRYPTED]
        return body

    def reasons(self, model: str) -> bool:
        """Whether the model may be asked for encrypted reasoning."""
        return not model.rpartition("/")[2].startswith(_WITHOUT_REASONING)


def _tool_choice(value: Json) -> Fragment:
    choice = tool_choice(value)
    if choice is None:
        return {"tool_choice": value}
    if choice.mode == "named":
        return {"tool_choice": {"type": "function", "name": choice.name}}
    return {"tool_choice": choice.mode}


def _response_format(value: Json) -> Fragment:
    form = answer_format(value)
    return {"text": {"format": {"type": form.kind, **form.spec}}}


_CHAT_ONLY = refused("leave it out, or use the Chat Completions backend")
_RULES: Mapping[str, Rule] = {
    "max_tokens": at("max_output_tokens"),
    "max_completion_tokens": at("max_output_tokens"),
    "reasoning_effort": at("reasoning", "effort"),
    "include": list_at("include"),
    "verbosity": at("text", "verbosity"),
    "response_format": _response_format,
    "tool_choice": _tool_choice,
    **dict.fromkeys(
        ("stop", "stop_sequences", "seed", "n", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs"),
        _CHAT_ONLY,
    ),
}
