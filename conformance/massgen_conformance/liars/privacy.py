"""Faults with what belongs to the caller: the arguments, the framework's parameters, the key."""

from __future__ import annotations

import logging
from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON
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
