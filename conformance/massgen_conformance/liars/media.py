"""Faults with images and other content beside the text."""

from __future__ import annotations

import base64

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON
from massgen_conformance.liars.honest.gemini import GeminiWire
from massgen_conformance.liars.liar import liar


@liar("MUL-01", "MUL-04", fault="the base64 text of an image is encoded once more")
class EncodesTwice(Honest):
    def part(self, part: JSON) -> JSON:
        known = super().part(part)
        if known["type"] != "image_url":
            return known
        head, _, data = known["image_url"]["url"].partition(",")
        again = base64.b64encode(data.encode()).decode()
        return {"type": "image_url", "image_url": {"url": f"{head},{again}" if data else head}}


@liar("MUL-02", fault="the label of an image is believed")
class BelievesLabels(Honest):
    def part(self, part: JSON) -> JSON:
        super().part(part)
        return part


@liar("MUL-03", fault="a path of this machine is sent as a URL")
class SendsPaths(Honest):
    def part(self, part: JSON) -> JSON:
        url = part.get("image_url", {}).get("url", "")
        return part if url.startswith("/") else super().part(part)


@liar("MUL-04", fault="images go in front of the texts")
class ImagesFirst(Honest):
    def shown(self, message: JSON) -> JSON:
        shown = super().shown(message)
        if isinstance(shown["content"], str):
            return shown
        return {**shown, "content": sorted(shown["content"], key=lambda part: bool(part["type"] == "text"))}


@liar("MUL-03", "MUL-05", fault="content of a kind that nobody knows is dropped")
class DropsStrange(Honest):
    def shown(self, message: JSON) -> JSON:
        if message["role"] == "tool" or isinstance(message["content"], str):
            return super().shown(message)
        kept = [part for part in message["content"] if part["type"] in ("text", "image_url")]
        return super().shown({**message, "content": kept})


@liar("MUL-06", fault="of a tool's result only the text is kept")
class TextOfResults(Honest):
    def shown(self, message: JSON) -> JSON:
        if message["role"] == "tool" and isinstance(message["content"], list):
            said = "".join(part.get("text", "") for part in message["content"])
            return {**message, "content": said}
        return super().shown(message)


@liar("MUL-09", fault="an image in a tool's result is shown as the user's", provider="groq")
class ShowsAsUser(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: JSON) -> JSON:
        told: list[JSON] = []
        for message in messages:
            parts = message["content"] if message["role"] == "tool" and isinstance(message["content"], list) else []
            seen = [part for part in parts if part["type"] != "text"]
            said = [part for part in parts if part["type"] == "text"]
            told += [{**message, "content": said}, {"role": "user", "content": seen}] if seen else [message]
        return super().body(told, tools, options)


class _Blind(GeminiWire):
    def show(self, media: JSON) -> None:
        """The fault: nobody sees it."""


@liar("MUL-08", fault="a picture that the model makes is dropped", provider="gemini")
class DropsPictures(Honest):
    wires = {**Honest.wires, "gemini": _Blind}  # noqa: RUF012  # never changed
