"""The driver shows what a subject does, whatever it does, and never hangs on it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from massgen_conformance.driver import (
    AS_IS,
    AT_ONCE,
    CANARY,
    ONE_BYTE,
    Cuts,
    Delivery,
    captured_logs,
    drive,
    drive_bytes,
    play,
    replies_to,
    responses,
    seeded,
)
from massgen_conformance.plan import Ending, Plan, Refusal, Reply
from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS, speaker_for
from massgen_conformance.scenario import WEATHER_TOOL, Scenario, Text, Thinking, ToolCall, Turn
from massgen_conformance.speakers import UnspeakableTurn
from massgen_conformance.speakers.sse import Framing
from massgen_conformance.subject import Subject, UnmadeBackend

HELLO = Scenario("hello", (Turn((Text(("Hel", "lo")),)),))
CALLS = Scenario(
    "calls",
    (
        Turn((ToolCall("get_weather", ('{"city":"Oslo"}',)), ToolCall("get_weather", ("{}",))), finish="tool_calls"),
        Turn((Text(("Rain.",)),)),
    ),
    tools=(WEATHER_TOOL,),
    results=("rain", "sun"),
)
HANG = Plan((Reply((b": nothing\n\n",), ending=Ending.HANG),))


class Chatter:
    """A small Chat Completions client: enough of one to be driven."""

    def __init__(self, base_url: str, api_key: str, model: str) -> None:
        self.base_url, self.api_key, self.model = base_url, api_key, model
        self.client = httpx.AsyncClient()
        self.closed = False

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Any]:
        offered = {"tools": tools} if tools else {}
        body = {"model": self.model, "messages": messages, "stream": True, **offered, **options}
        headers = {"authorization": f"Bearer {self.api_key}"}
        said, calls = [], []
        url = f"{self.base_url}/chat/completions"
        async with self.client.stream("POST", url, json=body, headers=headers) as response:
            async for line in response.aiter_lines():
                for choice in json.loads(line[6:])["choices"] if line.startswith("data: {") else ():
                    calls += choice["delta"].get("tool_calls") or []
                    if text := choice["delta"].get("content"):
                        said.append(text)
                        yield {"type": "content", "content": text}
        for call in calls:
            call.pop("index")
        answer: dict[str, Any] = {"role": "assistant", "content": "".join(said) or None}
        yield {"type": "complete_message", "complete_message": {**answer, **({"tool_calls": calls} if calls else {})}}
        yield {"type": "done", "status": "stop"}

    async def aclose(self) -> None:
        self.closed = True
        await self.client.aclose()


def subject(backend: Callable[..., Any] = Chatter, provider: str = "groq", **config: Any) -> Subject:
    def factory(*, provider: str, **settings: Any) -> Any:
        return backend(**settings)

    profile = PROVIDERS[provider]
    return Subject(provider, profile.wire, factory, profile.model, profile.base_path, config=config)


async def test_one_call_is_one_run(player: Player) -> None:
    (run,) = await drive(subject(), HELLO, player=player)
    assert run.text == "Hello"
    assert [timed.index for timed in run.chunks] == [0, 1, 2, 3]
    assert [timed.at for timed in run.chunks] == sorted(timed.at for timed in run.chunks)
    assert run.raised is None
    assert not run.timed_out
    (request,) = run.wire.requests
    assert request.target == "/openai/v1/chat/completions"
    assert request.header("authorization") == f"Bearer {CANARY}"
    assert speaker_for(subject()).problems(request) == []


async def test_every_turn_is_asked_for_with_the_message_and_the_results_before_it(player: Player) -> None:
    first, second = await drive(subject(), CALLS, player=player)
    assert first.wire is second.wire
    assert (first.first_request, second.first_request) == (0, 1)
    asked = speaker_for(subject()).read(second.wire.requests[1])
    assert [call.name for call in asked.calls] == ["get_weather", "get_weather"]
    assert [result.text for result in asked.results] == ["rain", "sun"]
    assert [result.id for result in asked.results] == [call.id for call in asked.calls]
    assert speaker_for(subject()).problems(second.wire.requests[1]) == []
    assert second.text == "Rain."


def test_results_are_given_in_the_order_of_the_calls_and_the_last_one_again() -> None:
    answer = {"tool_calls": [{"id": name} for name in "abc"]}
    assert [reply["content"] for reply in replies_to(answer, ("1", "2"))] == ["1", "2", "2"]
    assert [reply["content"] for reply in replies_to(answer, ())] == ["done"] * 3
    assert [reply["role"] for reply in replies_to({"content": "hi"}, ())] == ["user"]


async def test_a_subject_that_changes_its_arguments_does_not_change_the_scenario(player: Player) -> None:
    class Vandal(Chatter):
        async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Any]:
            async for chunk in super().stream_with_tools(list(messages), list(tools)):
                yield chunk
            messages.clear()
            tools[0]["function"].clear()

    _, second = await drive(subject(Vandal), CALLS, player=player)
    asked = speaker_for(subject()).read(second.wire.requests[1])
    assert [message.role for message in asked.messages] == ["user", "assistant", "tool", "tool"]
    assert asked.tools[0].name == "get_weather"


@pytest.mark.parametrize("delivery", [AS_IS, ONE_BYTE, AT_ONCE, Cuts(1)])
async def test_the_same_bytes_come_however_they_are_delivered(player: Player, delivery: Delivery) -> None:
    (run,) = await drive(subject(), HELLO, player=player, delivery=delivery)
    assert run.text == "Hello"
    assert run.wire.sent == [len(speaker_for(subject()).reply(HELLO.turns[0], request=run.wire.requests[0]).body)]


def test_random_cuts_are_the_same_for_the_same_seed_and_differ_between_seeds() -> None:
    reply = Reply((b"x" * 400,))
    assert Cuts(1)(reply) == Cuts(1)(reply)
    assert Cuts(1)(reply) != Cuts(2)(reply)
    again = seeded(Cuts(1), 7)
    assert again is not None
    assert again(reply) != Cuts(1)(reply)
    first = Cuts(1)(reply)
    assert isinstance(first, Reply)
    assert len(first.cuts or ()) == 50


async def test_a_chunk_is_noted_with_what_the_wire_had_sent_by_then(player: Player) -> None:
    framing = Framing()
    events = tuple(framing.event({"choices": [{"delta": {"content": word}}]}) for word in ("a", "b"))
    noted = asyncio.Event()

    class Telling(Chatter):
        async def stream_with_tools(self, *given: Any, **options: Any) -> AsyncIterator[Any]:
            async for chunk in super().stream_with_tools(*given, **options):
                yield chunk
                noted.set()

    plan = Plan((Reply(events, gates=(len(events[0]),)),))
    async with play(subject(Telling), plan, player=player) as stage:
        observed = asyncio.ensure_future(stage.observe([], []))
        await noted.wait()
        stage.exchange.release(0)
        run = await observed
    assert [timed.wire_bytes for timed in run.chunks][:1] == [len(events[0])]
    assert run.chunks[-1].wire_bytes == len(events[0] + events[1])


async def test_what_escapes_is_what_the_run_shows(player: Player) -> None:
    (run,) = await drive(subject(), HELLO, player=player, plan=Plan((Refusal(),)))
    assert isinstance(run.raised, httpx.ReadError)
    assert not run.timed_out


async def test_what_the_call_itself_raises_is_shown_too(player: Player) -> None:
    class Broken(Chatter):
        def stream_with_tools(self, *_: Any, **__: Any) -> Any:
            raise LookupError("no stream")

    (run,) = await drive(subject(Broken), HELLO, player=player)
    assert isinstance(run.raised, LookupError)


async def test_a_conversation_ends_with_the_turn_that_failed(player: Player) -> None:
    runs = await drive(subject(), CALLS, player=player, plan=Plan((Refusal(), Reply((b"",)))))
    assert len(runs) == 1


async def test_what_the_factory_raises_is_told_with_its_cause(player: Player) -> None:
    def refuse(**_: Any) -> Any:
        raise ValueError("no such model")

    with pytest.raises(UnmadeBackend, match="the factory raised ValueError: no such model") as told:
        await drive(subject(refuse), HELLO, player=player)
    assert isinstance(told.value.__cause__, ValueError)


async def test_what_cannot_be_called_is_no_backend(player: Player) -> None:
    with pytest.raises(UnmadeBackend, match="type NoneType, which has no stream_with_tools"):
        await drive(subject(lambda **_: None), HELLO, player=player)


async def test_a_stream_may_be_awaited_first(player: Player) -> None:
    class Later(Chatter):
        async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> Any:  # type: ignore[override]
            return Chatter.stream_with_tools(self, messages, tools, **options)

    (run,) = await drive(subject(Later), HELLO, player=player)
    assert run.text == "Hello"


async def test_the_guard_ends_a_subject_that_waits_for_ever(player: Player) -> None:
    (run,) = await drive(subject(), HELLO, player=player, plan=HANG, timeout=0.1)
    assert run.timed_out
    assert isinstance(run.raised, asyncio.CancelledError)


async def test_the_guard_does_not_wait_for_a_subject_that_refuses_to_be_cancelled(player: Player) -> None:
    release = asyncio.Event()

    class Stubborn(Chatter):
        async def stream_with_tools(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    pass
            yield {"type": "done"}

    start = time.monotonic()
    (run,) = await drive(subject(Stubborn), HELLO, player=player, timeout=0.05)
    assert run.timed_out
    assert time.monotonic() - start < 5
    release.set()


async def test_a_subject_that_blocks_the_loop_is_freed_by_the_end_of_its_exchange(player: Player) -> None:
    class Blocking(Chatter):
        async def stream_with_tools(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
            with httpx.Client() as client:
                client.post(f"{self.base_url}/chat/completions", json={}, timeout=60)
            yield {"type": "done"}

    (run,) = await drive(subject(Blocking), HELLO, player=player, plan=HANG, timeout=0.05)
    assert isinstance(run.raised, httpx.HTTPError)


async def test_a_cancelled_driver_stops_its_subject(player: Player) -> None:
    stopped = asyncio.Event()

    class Watched(Chatter):
        async def stream_with_tools(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()
            yield {"type": "done"}

    task = asyncio.ensure_future(drive(subject(Watched), HELLO, player=player))
    while not asyncio.all_tasks() - {asyncio.current_task(), task}:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stopped.is_set()


async def test_the_backend_is_closed_after_every_run(player: Player) -> None:
    made: list[Chatter] = []

    def make(**settings: Any) -> Chatter:
        made.append(Chatter(**settings))
        return made[-1]

    await drive(subject(make), HELLO, player=player)
    await drive(subject(make), HELLO, player=player, plan=Plan((Refusal(),)))
    assert [backend.closed for backend in made] == [True, True]


async def test_a_turn_that_the_wire_cannot_say_is_refused_before_anything_runs(player: Player) -> None:
    def never(**_: Any) -> Any:
        pytest.fail("the factory was called")

    scenario = Scenario("redacted", (Turn((Thinking((), redacted="x"),)),))
    with pytest.raises(UnspeakableTurn, match="groq"):
        await drive(subject(never), scenario, player=player)


async def test_log_records_of_the_run_are_kept_and_the_loggers_left_as_they_were(player: Player) -> None:
    class Talkative(Chatter):
        async def stream_with_tools(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
            logger = logging.getLogger("some.library")
            logger.info("sent %s", "something")
            try:
                raise ValueError("inner")
            except ValueError:
                logger.exception("it broke")
            yield {"type": "done"}

    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    (run,) = await drive(subject(Talkative), HELLO, player=player)
    assert "INFO some.library: sent something" in run.logs
    assert any("it broke" in line and "ValueError: inner" in line for line in run.logs)
    assert (root.level, root.handlers) == before


def test_logs_below_the_level_are_left_out() -> None:
    with captured_logs(logging.WARNING) as lines:
        logging.getLogger("x").info("quiet")
        logging.getLogger("x").warning("loud")
    assert lines == ["WARNING x: loud"]


async def test_config_and_call_reach_the_factory_and_the_stream(player: Player) -> None:
    seen: dict[str, Any] = {}

    def make(*, flavour: str, **settings: Any) -> Chatter:
        seen["flavour"], seen["model"] = flavour, settings["model"]
        return Chatter(**settings)

    runs = await drive(
        subject(make, flavour="plain"), HELLO, player=player, config={"model": "other"}, call={"temperature": 0.5}
    )
    assert seen == {"flavour": "plain", "model": "other"}
    assert runs[0].wire.requests[0].json()["temperature"] == 0.5


async def test_requests_beyond_the_scenario_are_counted(player: Player) -> None:
    class Twice(Chatter):
        async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Any]:
            for _ in range(2):
                async for chunk in super().stream_with_tools(messages, tools, **options):
                    yield chunk

    (run,) = await drive(subject(Twice), HELLO, player=player)
    assert run.wire.unexpected == 1


async def test_bytes_are_played_as_they_are(player: Player) -> None:
    body = Framing().event({"choices": [{"delta": {"content": "raw"}}]})
    run = await drive_bytes(subject(), Reply((body,)), player=player)
    assert run.text == "raw"


def test_answers_follow_the_request_when_there_is_one(player: Player) -> None:
    respond = responses(CALLS, speaker_for(subject()))
    assert respond(2, None) is None  # type: ignore[arg-type]  # beyond the scenario the request is not looked at


def test_a_provider_without_a_profile_is_played_by_its_wire() -> None:
    unknown = Subject("mine", "anthropic_messages", object, "m")
    assert speaker_for(unknown).wire == "anthropic_messages"
    with pytest.raises(ValueError, match="no speaker for the wire 'smoke'"):
        speaker_for(Subject("mine", "smoke", object, "m"))


def test_captures_may_overlap_and_leave_the_level_as_it_was() -> None:
    root = logging.getLogger()
    before = root.level
    first, second = captured_logs(logging.DEBUG), captured_logs()
    outer, inner = first.__enter__(), second.__enter__()
    logging.getLogger("acme").debug("both are there")
    first.__exit__(None, None, None)
    logging.getLogger("acme").info("one is left")
    second.__exit__(None, None, None)
    assert [outer, inner] == [["DEBUG acme: both are there"], ["INFO acme: one is left"]]
    assert root.level == before
