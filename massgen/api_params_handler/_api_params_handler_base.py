"""What every params handler is: the caller's messages, tools and parameters as the JSON body of one request.

Which parameter goes where is a table per wire. Policy: what the framework consumes never goes out
(`massgen.backend._excluded_params`, and every name with a leading underscore); what the wire or the provider is known
to refuse raises, with every such problem at once; any other name passes through as it is, for the provider to judge.
`extra_body` is merged into the body last and as it is, what a provider is known to refuse included.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from massgen.api_params_handler._params import Fragment, Rule, collecting, gather, merged
from massgen.backend._excluded_params import EXCLUDED_PARAMS
from massgen.errors import ConfigurationError

Json = Any
Messages = Sequence[Mapping[str, Json]]


class APIParamsHandlerBase(ABC):
    """Builds bodies for one backend.

    Of the backend it reads `config` (to tell the configuration's parameters from the call's), `formatter`, and
    `dialect` where the wire has dialects.
    """

    def __init__(self, backend_instance: Any) -> None:
        self.backend = backend_instance

    @property
    def formatter(self) -> Any:
        return self.backend.formatter

    async def build_api_params(
        self, messages: Messages, tools: Sequence[Mapping[str, Json]] | None, all_params: Mapping[str, Json]
    ) -> dict[str, Json]:
        """The JSON body to post, new at every level that is written here; the arguments are not changed.

        `all_params` is the configuration overridden by the call's parameters. Raises ConfigurationError with every
        problem of the messages, the tools and the parameters.
        """
        problems: list[str] = []
        params = self.build_base_api_params(messages, all_params)
        model = params.pop("model", None)
        if not isinstance(model, str) or not model:
            problems.append("model: none is given; name the model to ask")
            model = ""
        body = self.opening(model)
        with collecting(problems):
            body.update(self.conversation(messages, model, params))
        with collecting(problems):
            body.update(self.tool_fields(tools, all_params))
        extra = params.pop("extra_body", {})
        if not isinstance(extra, Mapping):
            problems.append(f"extra_body: it is {type(extra).__name__}; give an object to merge into the body")
            extra = {}
        wanted = merged(self._fields(params, model, problems), extra)
        problems.extend(
            f"{name}: it is given as a parameter and by the messages; give it once" for name in wanted if name in body
        )
        body = self.completed({**body, **wanted}, model, problems)
        if problems:
            raise ConfigurationError(problems)
        return body

    def parameter_fields(self, params: Mapping[str, Json], model: str) -> Fragment:
        """The fields of the body that the caller's parameters become. Raises ConfigurationError with every problem."""
        problems: list[str] = []
        fields = self._fields(self.build_base_api_params((), params), model, problems)
        if problems:
            raise ConfigurationError(problems)
        return fields

    def streaming(self, model: str) -> Fragment:
        """The fields that make the answer a stream, with its counts."""
        return {name: value for name, value in self.opening(model).items() if name == "stream"}

    def build_base_api_params(self, messages: Messages, all_params: Mapping[str, Json]) -> dict[str, Json]:
        """The parameters that may go out, under the caller's names: not excluded, not private, not None."""
        excluded = self.get_excluded_params()
        return {
            name: value
            for name, value in all_params.items()
            if value is not None
            and name not in excluded
            and not name.startswith("_")
            and not _names_provider(name, value)
        }

    def get_base_excluded_params(self) -> set[str]:
        """The names that never go out, on any wire."""
        return set(EXCLUDED_PARAMS)

    def get_excluded_params(self) -> set[str]:
        """The names that never go out on this wire."""
        return self.get_base_excluded_params()

    def get_provider_tools(self, all_params: Mapping[str, Json]) -> list[dict[str, Json]]:
        """The provider's own tools that the flags in `all_params` turn on, in the wire's shape.

        Raises ConfigurationError for a flag that is on and has no tool here.
        """
        on = [flag for flag in _TOOL_FLAGS if all_params.get(flag) is True]
        offered = self.provider_tools()
        missing = [flag for flag in on if flag not in offered]
        if missing:
            raise ConfigurationError(
                [
                    f"{flag}: this provider has no such tool on this wire; turn it off, or give a tool"
                    for flag in missing
                ]
            )
        return [dict(offered[flag]) for flag in on]

    def tool_fields(self, tools: Sequence[Mapping[str, Json]] | None, all_params: Mapping[str, Json]) -> Fragment:
        """The provider's tools, then the caller's; no field at all where there are none."""
        written = [*self.get_provider_tools(all_params), *self.formatter.format_tools(tools)]
        return {"tools": written} if written else {}

    def _fields(self, params: Mapping[str, Json], model: str, problems: list[str]) -> Fragment:
        fields = self._ordered(params, self.rules(model), problems)
        problems.extend(self.rejections(fields, model))
        return fields

    def _ordered(self, params: Mapping[str, Json], rules: Mapping[str, Rule], problems: list[str]) -> Fragment:
        """The configuration's parameters, overridden by the call's, whatever alias either of them used."""
        config = getattr(self.backend, "config", None) or {}
        configured = {name: value for name, value in params.items() if name in config and config[name] == value}
        called = {name: value for name, value in params.items() if name not in configured}
        return merged(gather(configured, rules, problems), gather(called, rules, problems))

    def provider_tools(self) -> Mapping[str, Mapping[str, Json]]:
        """The provider's own tool for each of the flags that it knows."""
        return {}

    def rejections(self, wanted: Mapping[str, Json], model: str) -> list[str]:
        """What the provider is known to refuse of the fields that the caller's parameters became."""
        return []

    @abstractmethod
    def opening(self, model: str) -> Fragment:
        """The fields that every body begins with."""

    @abstractmethod
    def conversation(self, messages: Messages, model: str, params: Mapping[str, Json]) -> Fragment:
        """The messages, and the system prompt where it has a field of its own."""

    @abstractmethod
    def rules(self, model: str) -> Mapping[str, Rule]:
        """Where each parameter goes; a name without a rule goes out as it is."""

    def completed(self, body: Fragment, model: str, problems: list[str]) -> Fragment:
        """The body with the wire's own defaults, and what depends on several of its fields."""
        return body


_TOOL_FLAGS = ("enable_web_search", "enable_x_search", "enable_code_interpreter", "enable_code_execution")


def _names_provider(name: str, value: Json) -> bool:
    """`provider: groq` is ours; `provider: {...}` is OpenRouter's routing."""
    return name == "provider" and isinstance(value, str)
