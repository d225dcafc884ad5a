"""The provider's side of the WebSockets over which LM Studio's own SDKs speak.

Protocol facts: the `lmstudio` package for Python (1.5) and its recorded frames. A client asks `/lmstudio-greeting` over
HTTP, then opens a WebSocket for each namespace (`/llm`, `/embedding`, ...), says who it is, and sends calls and
channels under numbers of its own. A prediction is a channel: fragments of text or reasoning, calls whole with an object
for arguments, then its success with the counts, or an error, and the channel's end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from massgen_conformance.plan import Frame, Reply, Said, Talk
from massgen_conformance.scenario import Part, Text, Thinking, ToolCall, Turn
from massgen_conformance.speakers.base import (
    JSON,
    UnspeakableTurn,
    check_quirks,
    compact,
    json_reply,
    opaque_id,
    seed_of,
)
from massgen_conformance.trace import Received

GREETING: Final = "/lmstudio-greeting"
FINISHES: Final[Mapping[str, str]] = {
    "stop": "eosFound",
    "tool_calls": "toolCalls",
    "length": "maxPredictedTokensReached",
}


def model_info(model: str) -> JSON:
    """A loaded model as the SDK describes it."""
    known = {"type": "llm", "modelKey": model, "format": "gguf", "displayName": model, "path": f"kit/{model}.gguf"}
    sizes = {"sizeBytes": 1, "maxContextLength": 8192, "contextLength": 8192}
    abilities = {"vision": False, "trainedForToolUse": True}
    return {**known, **sizes, **abilities, "identifier": model, "instanceReference": "instance-1"}


@dataclass(slots=True)
class LMStudioSdkServer:
    """A server that has one model loaded and answers predictions with `turns`, in order; the last one is repeated.

    Hand `respond` to an exchange of the player's root, since the SDKs take a host and no path. `asked` has what each
    prediction was asked with.
    """

    turns: Sequence[Turn]
    model: str = "openai/gpt-oss-20b"
    asked: list[JSON] = field(default_factory=list)
    fragment: int = 0  # as in `Talk`
    every: int = 0

    def __post_init__(self) -> None:
        for turn in self.turns:
            list(prediction(turn, self.model))

    def respond(self, _number: int, received: Received) -> Reply | Talk:
        """The greeting, or a WebSocket for the namespace of the path."""
        if received.header("upgrade") is None:
            known = received.target == GREETING
            return json_reply(200, {"lmstudio": True}) if known else json_reply(404, {"error": "nothing is here"})
        return Talk(answer=self._answer, fragment=self.fragment, every=self.every)

    def _answer(self, _number: int, message: str | bytes) -> Sequence[Said]:
        return list(self._answered(json.loads(message)))

    def _answered(self, message: JSON) -> Iterator[Said]:
        kind = message.get("type")
        if "authVersion" in message:
            yield _frame({"success": True})
        elif kind == "rpcCall":
            yield _frame(self._called(message["endpoint"], message["callId"]))
        elif kind == "channelCreate":
            channel = message["channelId"]
            for event in self._opened(message["endpoint"], message["creationParameter"]):
                yield _frame({"type": "channelSend", "channelId": channel, "message": event})
            yield _frame({"type": "channelClose", "channelId": channel})

    def _called(self, endpoint: str, call: int) -> JSON:
        results = {"listLoaded": [model_info(self.model)], "getModelInfo": model_info(self.model)}
        if endpoint in results:
            return {"type": "rpcResult", "callId": call, "result": results[endpoint]}
        return {"type": "rpcError", "callId": call, "error": {"title": f"no endpoint {endpoint} is played"}}

    def _opened(self, endpoint: str, parameter: JSON) -> Iterator[JSON]:
        if endpoint == "predict":
            turn = self.turns[min(len(self.asked), len(self.turns) - 1)]
            self.asked.append(parameter)
            yield from prediction(turn, self.model)
        elif endpoint in ("getOrLoad", "loadModel"):
            info = {"identifier": self.model, "instanceReference": "instance-1", "path": f"kit/{self.model}.gguf"}
            yield {"type": "alreadyLoaded", "info": info}
        else:
            yield {"type": "error", "error": {"title": f"no channel {endpoint} is played"}}


def prediction(turn: Turn, model: str) -> Iterator[JSON]:
    """The events of one prediction. `UnspeakableTurn`."""
    check_quirks(turn, (), "LM Studio's SDK wire")
    yield {"type": "promptProcessingProgress", "progress": 1.0}
    for number, part in enumerate(turn.parts):
        yield from _said(part, opaque_id("", seed_of(turn, None), number, 9))
    if turn.error is not None:
        yield {"type": "error", "error": {"title": turn.error.message, "rootTitle": turn.error.message}}
        return
    if turn.finish not in FINISHES and not turn.finish.startswith("="):
        raise UnspeakableTurn(f"LM Studio's SDK wire has no stop reason for {turn.finish!r}")
    stats: JSON = {"stopReason": FINISHES.get(turn.finish, turn.finish[1:])}
    if turn.usage is not None:
        counted = {"promptTokensCount": turn.usage.prompt, "predictedTokensCount": turn.usage.completion}
        stats |= {**counted, "totalTokensCount": turn.usage.total}
    stats |= {"tokensPerSecond": 43.73, "timeToFirstTokenSec": 0.781}
    config: JSON = {"loadModelConfig": {"fields": []}, "predictionConfig": {"fields": []}}
    yield {"type": "success", "stats": stats, "modelInfo": model_info(model), **config}


def _said(part: Part, call_id: str) -> Iterator[JSON]:
    if isinstance(part, ToolCall):
        yield {"type": "toolCallGenerationStart"}
        request = {"type": "function", "id": part.id or call_id, "name": part.name, "arguments": _object(part)}
        yield {"type": "toolCallGenerationEnd", "toolCallRequest": request}
        return
    if isinstance(part, Thinking) and (part.summary or part.redacted):
        raise UnspeakableTurn("LM Studio's SDK wire has neither summaries nor hidden thoughts")
    reasoning = "none" if isinstance(part, Text) else "reasoning"
    for delta in part.deltas:
        about = {"tokensCount": 1, "containsDrafted": False, "reasoningType": reasoning}
        yield {"type": "fragment", "fragment": {"content": delta, **about}}


def _object(call: ToolCall) -> JSON:
    try:
        return json.loads(call.whole or "{}")
    except ValueError:
        raise UnspeakableTurn("LM Studio sends arguments as an object, which cannot be cut off") from None


def _frame(message: JSON) -> Frame:
    return Frame(compact(message))
