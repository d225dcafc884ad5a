"""A subject that runs tools itself, with the tools it is given and a model that asks for them.

The model is a script of turns. A call in it names a tool by its mark, a word of the tool's description, and the player
looks up under which name the subject offers that tool: how names are made is the subject's own affair.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from massgen_conformance import driver, reading
from massgen_conformance.check import NotApplicable, NotTestable, require
from massgen_conformance.mcp_server import McpServer
from massgen_conformance.mcp_stdio import stdio_server
from massgen_conformance.plan import Reply
from massgen_conformance.player import Exchange
from massgen_conformance.scenario import Text, ToolCall, Turn
from massgen_conformance.speakers.base import NeutralRequest, SentResult, UnspeakableTurn
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Received, Run

QUESTION: JSON = {"role": "user", "content": "Do it."}
LAST: Final = "It is done."
"""What the model says after the script."""

CONVERSATION: Final = 4
"""How many guards' times a conversation may take: each is several requests to several servers."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call of the model. `name` is used as it is where the tool is not offered."""

    mark: str
    arguments: Mapping[str, JSON] = field(default_factory=lambda: {"path": "a.txt"})
    name: str = ""


@dataclass(slots=True)
class Workshop:
    """A backend, its tools, and what the model was told."""

    stage: Stage
    script: tuple[tuple[Ask, ...], ...]
    backend: Any = None
    play: driver.Play | None = None
    exchanges: list[Exchange] = field(default_factory=list)  # of the servers, in their order
    heard: list[NeutralRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def respond(self, number: int, received: Received) -> Reply:
        """The model's turn of this number; `LAST` when the script is over."""
        problems = self.stage.speaker.problems(received)
        require(not problems, "a request that the provider accepts", "; ".join(problems), f"request {number}")
        request = self.stage.speaker.read(received)
        self.heard.append(request)
        self.bodies.append(received.body)
        asked = self.script[number] if number < len(self.script) else ()
        parts = tuple(ToolCall(name_of(ask, request), (json.dumps(dict(ask.arguments)),)) for ask in asked)
        turn = Turn(parts, finish="tool_calls") if parts else Turn((Text((LAST,)),))
        return self.stage.speaker.reply(turn, request=received)

    async def run(self, *messages: JSON, tools: Sequence[JSON] = ()) -> Run:
        """One call of the backend, to its end."""
        assert self.play is not None
        try:
            run = await self.play.observe(copy.deepcopy(list(messages or (QUESTION,))), copy.deepcopy(list(tools)))
        except UnspeakableTurn as lack:
            raise NotApplicable(str(lack)) from lack
        self.stage.performed = run
        return run

    def results(self, request: int = -1) -> tuple[SentResult, ...]:
        """The results of tools that the model was shown in one request."""
        if not self.heard:
            raise NotTestable(f"the subject sent no request; {self._course()}")
        return self.heard[request].results

    def told(self, count: int, request: int = -1) -> tuple[SentResult, ...]:
        """The last results, `count` of them, each under the id of its call. `Violation` when there are others."""
        results = self.results(request)
        require(len(results) >= count, f"{count} results before the model", f"{len(results)}; {self._course()}")
        calls, results = self.heard[request].calls[-count:], results[-count:]
        for call, result in zip(calls, results, strict=True):
            require(result.id in ("", call.id), f"the result under its call's id {call.id}", result.id)
            require(result.text, "a result that says something", "an empty one")
        return results

    def offered(self, mark: str, request: int = -1) -> list[str]:
        """The names under which the tool of this mark was offered."""
        if not self.heard:
            raise NotTestable(f"the subject sent no request; {self._course()}")
        return [tool.name for tool in self.heard[request].tools if mark in tool.description]

    def require_end(self, run: Run, requests: int) -> None:
        """The run ended with the model's last words, once, after this many requests."""
        ended = (run.text, reading.status(run), len(self.heard))
        wanted = (LAST, "stop", requests)
        told = f"{ended}; {self._course()}"
        require(ended == wanted, f"the last words once, status stop, {requests} requests: {wanted}", told)

    def _course(self) -> str:
        return reading.course(self.stage.performed) if self.stage.performed is not None else "nothing was seen"


def name_of(ask: Ask, request: NeutralRequest) -> str:
    """Under which name a tool was offered. `NotTestable` when it was not."""
    if ask.name:
        return ask.name
    found = [tool.name for tool in request.tools if ask.mark in tool.description]
    if not found:
        offered = ", ".join(f"{tool.name} ({tool.description})" for tool in request.tools) or "none"
        raise NotTestable(f"no tool was offered whose description holds {ask.mark!r}; offered: {offered}")
    return found[0]


@asynccontextmanager
async def workshop(
    stage: Stage, *script: Sequence[Ask], servers: Sequence[McpServer] = (), **config: Any
) -> AsyncIterator[Workshop]:
    """The subject with these servers and settings, before a model that follows the script."""
    shop = Workshop(stage, tuple(tuple(turn) for turn in script))
    player = stage.theatre.player
    with ExitStack() as open_:
        shop.exchanges += [open_.enter_context(player.exchange(server.respond)) for server in servers]
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory()))
        given = [given_as(*each, folder) for each in zip(servers, shop.exchanges, strict=True)]
        settings = {"max_retries": 0, **({"mcp_servers": given} if given else {}), **config}
        seconds = CONVERSATION * stage.guard_seconds
        playing = driver.play(stage.subject, shop.respond, player=player, config=settings, timeout=seconds)
        async with playing as shop.play:
            shop.backend = shop.play.backend
            yield shop


def given_as(server: McpServer, exchange: Exchange, folder: Path) -> JSON:
    """How a subject is told of a server: where it is, or what is to be started."""
    if not server.stdio:
        return {"name": server.name, "type": "streamable-http", "url": f"{exchange.base_url}/mcp"}
    command = stdio_server(exchange, folder / f"server-{exchange.base_url.rpartition('/')[2]}")
    return {"name": server.name, "type": "stdio", "command": str(command), "args": []}


def method(backend: Any, name: str) -> Callable[..., Any]:
    """A method that an ability promises. `NotTestable` when the backend does not have it."""
    found = getattr(backend, name, None)
    if not callable(found):
        raise NotTestable(f"the backend has no {name}, which its abilities promise")
    return found  # type: ignore[no-any-return]  # whatever it is
