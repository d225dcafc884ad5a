"""Faults with the tools that are offered, and with what tools gave back."""

from __future__ import annotations

from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.liar import liar


class _Unmarked(ChatWire):
    @classmethod
    def told(cls, result: JSON) -> JSON:
        return result


@liar("TOL-14", fault="the result of a tool that failed looks like any other")
class HidesFailures(Honest):
    chat = _Unmarked


class _BareError(ChatWire):
    @classmethod
    def told(cls, result: JSON) -> JSON:
        return {**result, "content": "Error"}


@liar("TOL-14", fault="of a tool that failed the model hears nothing but `Error`")
class ForgetsFailures(Honest):
    chat = _BareError


@liar("TOL-19", fault="a result that is no text is sent as Python writes it")
class WritesPython(Honest):
    def written(self, result: JSON) -> str:
        return str(result)


class _Sends(Honest):
    """Sends the text of results as `sent` makes it."""

    def sent(self, text: str) -> str:
        return text

    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        results = [message["role"] == "tool" and isinstance(message["content"], str) for message in messages]
        told = [
            {**message, "content": self.sent(message["content"])} if is_result else message
            for is_result, message in zip(results, messages, strict=True)
        ]
        return super().body(told, tools, options)


@liar("TOL-19", fault="results are cut off after 100,000 characters")
class CutsResults(_Sends):
    def sent(self, text: str) -> str:
        return text[:100_000]


@liar("TOL-19", fault="characters of results that cannot be printed are left out")
class PrintableResults(_Sends):
    def sent(self, text: str) -> str:
        return "".join(each for each in text if each.isprintable())


@liar("TOL-19", fault="an empty result is sent as `None`")
class EmptyIsNone(_Sends):
    def sent(self, text: str) -> str:
        return text or "None"


@liar(
    "MUL-01",
    "MUL-02",
    "MUL-04",
    "PRM-03",
    "PRM-07",
    "STA-07",
    "TOL-20",
    fault="no tools are sent as an empty list",
)
class SendsEmptyTools(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        return {"tools": [], **super().body(messages, tools, options)}


@liar("TOL-20", fault="None for the tools is not expected")
class CountsTools(Honest):
    def stream_with_tools(self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any) -> Any:
        assert isinstance(tools, list), "tools must be a list"
        return super().stream_with_tools(messages, tools, **options)


class _Converts(Honest):
    """Sends the schemas of tools as `converted` makes them."""

    def converted(self, schema: JSON) -> JSON:
        return schema

    def walked(self, schema: JSON) -> JSON:
        if isinstance(schema, list):
            return [self.walked(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        return self.converted({name: self.walked(held) for name, held in schema.items()})

    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        told = [{**tool, "function": {**tool["function"], **self.schema_of(tool)}} for tool in tools]
        return super().body(messages, told, options)

    def schema_of(self, tool: JSON) -> JSON:
        return {"parameters": self.walked(tool["function"]["parameters"])}


@liar("TOL-21", fault="what a schema refers to is left out")
class DropsDefinitions(_Converts):
    def converted(self, schema: JSON) -> JSON:
        return {name: held for name, held in schema.items() if name != "$defs"}


@liar("TOL-21", fault="of several types the first is sent")
class FirstType(_Converts):
    def converted(self, schema: JSON) -> JSON:
        kinds = schema.get("type")
        return {**schema, "type": kinds[0]} if isinstance(kinds, list) else schema


@liar("TOL-21", fault="empty words are dropped from enumerations")
class DropsEmptyWord(_Converts):
    def converted(self, schema: JSON) -> JSON:
        words = schema.get("enum")
        return {**schema, "enum": [word for word in words if word]} if isinstance(words, list) else schema


@liar("TOL-21", fault="of several schemas of which any may hold the first is sent")
class FirstOfAny(_Converts):
    def converted(self, schema: JSON) -> JSON:
        return schema["anyOf"][0] if isinstance(schema.get("anyOf"), list) else schema


@liar("TOL-21", fault="a schema deeper than four levels becomes any object")
class ShallowSchemas(_Converts):
    def converted(self, schema: JSON) -> JSON:
        return {"type": "object"} if repr(schema).count("'properties'") > 4 else schema


@liar("TOL-21", fault="nothing is said of further properties")
class DropsAdditional(_Converts):
    def converted(self, schema: JSON) -> JSON:
        return {name: held for name, held in schema.items() if name != "additionalProperties"}
