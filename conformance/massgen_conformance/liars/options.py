"""Faults with the parameters that a user sets."""

from __future__ import annotations

from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON
from massgen_conformance.liars.liar import liar


@liar("PRM-01", "PRM-03", fault="the limit of tokens is never sent")
class DropsLimit(Honest):
    def wanted(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().wanted(options).items() if name != "max_tokens"}


@liar("PRM-03", fault="the limit of tokens is sent under two names")
class TwoLimits(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        body = super().body(messages, tools, options)
        return {**body, "max_completion_tokens": body["max_tokens"]} if "max_tokens" in body else body


@liar("PRM-04", "PRM-08", "STA-05", fault="what the wire does not know is dropped in silence")
class DropsUnknown(Honest):
    def wanted(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().wanted(options).items() if name in self.wire.PARAMETERS}


@liar("PRM-12", fault="a setting of the provider's own is taken, and no request has it", provider="claude")
class ForgetsBetas(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**{name: value for name, value in config.items() if name != "betas"})


@liar("PRM-05", fault="a temperature of zero is taken for none")
class ZeroIsNothing(Honest):
    def wanted(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().wanted(options).items() if value}


@liar("PRM-05", fault="the configuration wins over the call")
class ConfigWins(Honest):
    def wanted(self, options: dict[str, Any]) -> dict[str, Any]:
        return super().wanted({**options, **self.options})


@liar("PRM-06", fault="None is sent as null")
class SendsNulls(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        nothing = {name: value for name, value in {**self.options, **options}.items() if value is None}
        return super().body(messages, tools, options) | nothing


@liar("PRM-07", fault="the format of the answer is dropped when tools are offered")
class DropsFormat(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        body = super().body(messages, tools, options)
        return {name: value for name, value in body.items() if name != "response_format" or not tools}


@liar("PRM-08", fault="an option that nobody knows is sent, but forgotten when there are tools")
class ForgetsWithTools(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        unknown = {name: value for name, value in options.items() if name.startswith("kit_option_")}
        known = {name: value for name, value in options.items() if name not in unknown}
        return super().body(messages, tools, known) | ({} if tools else unknown)


@liar("PRM-09", fault="a slash at the end of the base URL is doubled")
class DoublesSlash(Honest):
    def __init__(self, *, base_url: str, **config: Any) -> None:
        super().__init__(base_url=base_url, **config)
        self.base_url = base_url
