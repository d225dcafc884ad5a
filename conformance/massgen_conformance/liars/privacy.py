"""Faults with what belongs to the caller: the arguments, the framework's parameters, the key."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2
import yaml

from massgen_conformance.cassette import scrub
from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.record import Mode, Outcome, record
from massgen_conformance.cassette.store import Cassette, Store, load
from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Chunk
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.liar import liar


@liar("STA-01", "MUL-01", "MUL-02", "TOL-19", fault="the caller's messages are rewritten in place")
class RewritesMessages(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        for message in messages:
            message["content"] = str(message["content"] or "").strip()
        messages[0]["cached"] = True
        sent = [{name: value for name, value in message.items() if name != "cached"} for message in messages]
        return super().body(sent, tools, options)


@liar("PRM-02", "PRM-06", fault="every option is sent to the provider")
class SendsEverything(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        return super().body(messages, tools, {}) | options


@liar("SEC-01", fault="the provider's words are repeated with the key in them")
class RepeatsKey(Honest):
    def without_key(self, said: str) -> str:
        return said


@liar("SEC-01", fault="repr() of the backend shows the beginning of the key")
class ShowsKey(Honest):
    def __repr__(self) -> str:
        return f"ShowsKey(key={self._key[:16]}...)"


@liar("SEC-01", fault="the headers of each request are logged for debugging")
class LogsHeaders(Honest):
    def headers(self) -> dict[str, str]:
        headers = super().headers()
        logging.getLogger(__name__).debug("request headers: %s", headers)
        return headers


@liar("SEC-01", "SEC-02", fault="the key is put into the URL, which the client logs")
class KeyInUrl(Honest):
    def url(self) -> str:
        return f"{super().url()}?key={self._key}"


class _Following(Honest):
    """Goes where a redirect says, with everything that it was told to send."""

    def client(self) -> httpx2.AsyncClient:
        client = super().client()
        client.follow_redirects = True
        return client


@liar(
    "SEC-04",
    fault="a redirect takes the key along, in a header that is no secret to the client",
    provider="claude",
)
class FollowsWithKey(_Following):
    pass


class _FindsCalls(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        for chunk in super().read(data):
            yield chunk
            if chunk.type == "content" and "<tool_call>" in str(vars(chunk)["content"]):
                made = {"id": "call_x", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
                yield Chunk("tool_calls", tool_calls=[made])


@liar("SEC-06", fault="calls are looked for in the words of the model")
class FindsCalls(Honest):
    chat = _FindsCalls


async def keeps_headers(job: Job, store: Store, mode: Mode = Mode.ALL) -> Outcome:
    """A recorder that stores every header of an answer."""
    with patch.object(scrub, "RESPONSE_HEADERS", re.compile(".*")):
        return await record(job, store, mode)


@liar("SEC-03", fault="every header of an answer is recorded", recorder=keeps_headers)
class KeepsHeaders(Honest):
    """An honest backend; the recorder lies."""


def runs_tags(path: Path) -> Cassette:
    """A reader that makes whatever objects a recording asks for."""
    yaml.load(path.read_text(), Loader=yaml.UnsafeLoader)  # noqa: S506  # the fault
    return load(path)


@liar("SEC-07", fault="a recording is read with a loader that runs what it says", reader=runs_tags)
class RunsTags(Honest):
    """An honest backend; the reader lies."""
