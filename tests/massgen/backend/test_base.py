"""What every backend has, whatever it talks to."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from massgen.backend.base import CoordinationStage, FilesystemSupport, LLMBackend
from massgen.backend.factory import BACKENDS, backend_class
from massgen.backend.stream_chunk import StreamChunk
from massgen.formatter import FormatterBase
from massgen.token_manager import ModelPricing, TokenCostCalculator, TokenUsage, Usage

PRICES = TokenCostCalculator({"Echo": {"m": ModelPricing(1.0, 10.0, context_window=1000)}})


class EchoBackend(LLMBackend):
    """Says what it was asked; closes when told to."""

    closed = False

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        yield StreamChunk("content", messages[-1]["content"])
        yield StreamChunk("done", status="stop")

    def get_provider_name(self) -> str:
        return "Echo"

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def echo() -> EchoBackend:
    backend = EchoBackend("secret-key", model="m", agent_id="a")
    backend.token_calculator = PRICES
    return backend


def test_the_configuration_is_every_keyword_but_the_instance(echo: EchoBackend) -> None:
    made = EchoBackend(None, instance_id="i", model="m", temperature=0)
    assert made.config == {"model": "m", "temperature": 0}
    assert made.api_key is None


def test_the_key_is_never_shown(echo: EchoBackend) -> None:
    assert "secret-key" not in repr(echo)
    assert "secret-key" not in str(vars(echo)["config"])


def test_the_base_class_has_no_stream_of_its_own() -> None:
    with pytest.raises(TypeError, match="abstract"):
        LLMBackend()  # type: ignore[abstract]


async def test_leaving_the_block_closes_the_backend(echo: EchoBackend) -> None:
    async with echo as entered:
        assert entered is echo
        assert [chunk.type async for chunk in echo.stream_with_tools([{"content": "hi"}])] == ["content", "done"]
    assert echo.closed


@pytest.mark.parametrize("name", ["clear_history", "reset_state", "aclose"])
async def test_what_may_need_to_wait_is_a_coroutine_in_every_class(name: str, echo: EchoBackend) -> None:
    classes = [LLMBackend, *map(backend_class, BACKENDS)]
    assert all(inspect.iscoroutinefunction(getattr(cls, name)) for cls in classes)
    assert await getattr(echo, name)() is None


def test_a_class_without_a_row_can_nothing_special(echo: EchoBackend) -> None:
    assert echo.get_filesystem_support() is FilesystemSupport.NONE
    assert echo.get_supported_builtin_tools() == []
    assert echo.is_stateful() is False
    with pytest.raises(KeyError, match="EchoBackend"):
        _ = echo.capabilities


def test_the_excluded_set_is_a_copy(echo: EchoBackend) -> None:
    names = echo.get_base_excluded_config_params()
    assert {"cwd", "agent_id", "session_id", "mcp_servers", "type"} <= names
    names.clear()
    assert echo.get_base_excluded_config_params()


def test_attempts_add_up(echo: EchoBackend) -> None:
    echo._update_token_usage_from_api_response(Usage(prompt=1000, completion=100, reasoning=40), "m")
    echo._update_token_usage_from_api_response({"input_tokens": 500, "output_tokens": 10}, "m")
    assert echo.get_token_usage() is echo.token_usage
    assert (echo.token_usage.input_tokens, echo.token_usage.output_tokens) == (1500, 110)
    assert echo.token_usage.reasoning_tokens == 40
    assert echo.token_usage.estimated_cost == pytest.approx(1.5 + 1.1)
    assert echo.format_cost() == "$2.60"
    assert echo.format_usage_summary() == "Tokens: 1,500 input, 110 output, Cost: $2.60"


def test_reading_the_usage_twice_counts_it_once(echo: EchoBackend) -> None:
    echo._update_token_usage_from_api_response(Usage(prompt=10), "m")
    assert echo.token_usage.input_tokens == echo.token_usage.input_tokens == 10


def test_an_unknown_model_makes_the_cost_unknown(echo: EchoBackend) -> None:
    echo._update_token_usage_from_api_response(Usage(prompt=1000), "m")
    echo._update_token_usage_from_api_response(Usage(prompt=1000), "other")
    assert echo.token_usage.estimated_cost is None
    assert echo.token_usage.known_cost == pytest.approx(1.0)
    assert echo.format_cost() == "unknown"
    assert echo.calculate_cost(1, 1, "other") is None


def test_the_cost_that_the_provider_reports_wins(echo: EchoBackend) -> None:
    echo._update_token_usage_from_api_response({"prompt_tokens": 1000, "cost": 0.5}, "other")
    assert echo.token_usage.estimated_cost == 0.5


def test_no_usage_counts_nothing(echo: EchoBackend) -> None:
    echo._update_token_usage_from_api_response(None, "m")
    assert echo.token_usage == TokenUsage()


def test_an_estimate_is_counted_as_one(echo: EchoBackend) -> None:
    usage = echo.update_token_usage([{"role": "user", "content": "abc"}], "abc", "m")
    assert (usage.input_tokens, usage.output_tokens, usage.estimated_calls) == (5, 1, 1)
    assert echo.estimate_tokens("abcdef") == 2


def test_a_reset_forgets_what_was_not_priced_yet(echo: EchoBackend) -> None:
    echo._update_token_usage_from_api_response(Usage(prompt=10), "m")
    echo.reset_token_usage()
    assert echo.token_usage == TokenUsage()


def test_nothing_is_priced_before_somebody_asks(echo: EchoBackend) -> None:
    class Refusing(TokenCostCalculator):
        def price(self, *args: Any, **kwargs: Any) -> float | None:
            raise AssertionError("priced while streaming")

    echo.token_calculator = Refusing()
    echo._update_token_usage_from_api_response(Usage(prompt=10), "m")
    with pytest.raises(AssertionError):
        _ = echo.token_usage


def test_a_gateway_url_brings_its_own_prices() -> None:
    made = backend_class("chatcompletion")("k", base_url="https://api.groq.com/openai/v1", model="openai/gpt-oss-20b")
    assert made.price_provider == "Groq"
    assert made.calculate_cost(1_000_000, 0, "openai/gpt-oss-20b") == pytest.approx(0.075)
    local = backend_class("groq")("k", base_url="http://127.0.0.1:1", model="m")
    assert local.price_provider == "Groq"


def test_a_round_counts_only_what_came_in_it(echo: EchoBackend) -> None:
    now = [100.0]
    echo._clock = lambda: now[0]
    echo._update_token_usage_from_api_response(Usage(prompt=500), "m")
    echo.start_round_tracking(3, "enforcement")
    assert (echo.get_current_round_number(), echo.get_current_round_type()) == (3, "enforcement")
    for prompt in (100, 250):
        echo.start_api_call_timing("m")
        now[0] += 1.0
        echo.record_first_token()
        now[0] += 1.0
        echo.end_api_call_timing()
        echo._update_token_usage_from_api_response(Usage(prompt=prompt, completion=10), "m")
    record = echo.end_round_tracking("vote")
    assert record is not None
    assert (record.input_tokens, record.output_tokens, record.api_calls_count) == (350, 20, 2)
    assert (record.api_time_ms, record.avg_ttft_ms, record.duration_ms) == (4000.0, 1000.0, 4000.0)
    assert (record.agent_id, record.outcome, record.token_source) == ("a", "vote", "api")
    assert record.estimated_cost == pytest.approx(0.35 + 0.2)
    assert (record.context_window_size, record.context_usage_pct) == (1000, 25.0)
    assert echo.get_round_token_history() == [record.to_dict()]


def test_a_round_with_an_estimate_says_so(echo: EchoBackend) -> None:
    echo.start_round_tracking(1, "initial_answer")
    echo._estimate_token_usage([{"content": "abc"}], "", "m")
    record = echo.end_round_tracking("answer")
    assert record is not None
    assert record.token_source == "estimated"


def test_what_came_after_a_round_is_not_in_it(echo: EchoBackend) -> None:
    echo.start_round_tracking(1, "initial_answer")
    echo._update_token_usage_from_api_response(Usage(prompt=10), "m")
    record = echo.end_round_tracking("answer")
    echo._update_token_usage_from_api_response(Usage(prompt=500), "m")
    assert echo.token_usage.input_tokens == 510
    assert record is not None
    assert record.input_tokens == 10
    echo.start_round_tracking(2, "enforcement")
    later = echo.end_round_tracking("vote")
    assert later is not None
    assert (later.input_tokens, later.estimated_cost) == (0, 0.0)


def test_a_round_survives_a_reset_of_the_account(echo: EchoBackend) -> None:
    echo.start_round_tracking(1, "initial_answer")
    echo._update_token_usage_from_api_response(Usage(prompt=7), "m")
    echo.reset_token_usage()
    echo._update_token_usage_from_api_response(Usage(prompt=10), "m")
    record = echo.end_round_tracking("answer")
    assert record is not None
    assert record.input_tokens == 17
    assert echo.token_usage.input_tokens == 10


def test_a_round_that_was_not_started_has_no_record(echo: EchoBackend) -> None:
    assert echo.end_round_tracking("answer") is None
    assert echo.get_round_token_history() == []


CALLS: list[tuple[dict[str, Any], str, dict[str, Any], str]] = [
    ({"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}, "f", {"a": 1}, "c1"),
    ({"id": "c1", "function": {"name": "f", "arguments": {"a": 1}}}, "f", {"a": 1}, "c1"),
    ({"type": "function_call", "id": "fc_9", "call_id": "c2", "name": "f", "arguments": "{}"}, "f", {}, "c2"),
    ({"type": "tool_use", "id": "t3", "name": "f", "input": {"a": [1]}}, "f", {"a": [1]}, "t3"),
    ({"type": "tool_use", "id": "t3", "name": "f", "input": {}}, "f", {}, "t3"),
    ({"id": "c", "function": {"name": "f", "arguments": ""}}, "f", {}, "c"),
    ({"id": "c", "function": {"name": "f", "arguments": "not json"}}, "f", {}, "c"),
    ({"id": "c", "function": {"name": "f", "arguments": "[1]"}}, "f", {}, "c"),
    ({"id": None, "function": None}, "unknown", {}, ""),
    ({}, "unknown", {}, ""),
]


@pytest.mark.parametrize(("call", "name", "arguments", "call_id"), CALLS)
def test_a_call_is_read_in_any_shape(
    call: dict[str, Any], name: str, arguments: dict[str, Any], call_id: str, echo: EchoBackend
) -> None:
    assert echo.extract_tool_name(call) == name
    assert echo.extract_tool_arguments(call) == arguments
    assert echo.extract_tool_call_id(call) == call_id


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"role": "tool", "content": "out"}, "out"),
        ({"role": "tool", "content": [{"type": "text", "text": "o"}, {"type": "text", "text": "ut"}]}, "out"),
        ({"type": "function_call_output", "output": "out"}, "out"),
        ({"type": "function_call_output", "output": ""}, ""),
        ({"role": "user", "content": [{"type": "tool_result", "content": "out"}]}, "out"),
        ({"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "out"}]}]}, "out"),
        ({"role": "tool"}, ""),
    ],
)
def test_a_result_is_read_in_any_shape(message: dict[str, Any], text: str, echo: EchoBackend) -> None:
    assert echo.extract_tool_result_content(message) == text


def test_a_result_answers_its_call(echo: EchoBackend) -> None:
    for call, _, _, call_id in CALLS:
        message = echo.create_tool_result_message(call, "out")
        assert message == {"role": "tool", "tool_call_id": call_id, "content": "out"}
        assert echo.extract_tool_result_content(message) == "out"


def test_every_unknown_call_is_left_to_the_orchestrator(echo: EchoBackend) -> None:
    assert echo.filter_enforcement_tool_calls([{"id": "1"}], [{"id": "2"}]) == [{"id": "2"}]


@pytest.mark.parametrize(
    ("enabled", "names", "blocked"),
    [(False, set(), False), (False, {"f"}, False), (True, set(), True), (True, {"f"}, True), (True, {"g"}, False)],
)
def test_planning_mode_blocks_what_is_named_or_everything(
    enabled: bool, names: set[str], blocked: bool, echo: EchoBackend
) -> None:
    echo.set_planning_mode(enabled)
    echo.set_planning_mode_blocked_tools(names)
    assert echo.is_planning_mode_enabled() is enabled
    assert echo.is_mcp_tool_blocked("f") is blocked
    echo.get_planning_mode_blocked_tools().add("x")
    assert echo.get_planning_mode_blocked_tools() == names


def test_a_stage_is_one_of_three(echo: EchoBackend) -> None:
    assert echo.coordination_stage is None
    echo.set_stage(CoordinationStage.ENFORCEMENT)
    assert echo.coordination_stage == "enforcement"
    with pytest.raises(ValueError, match="nonsense"):
        echo.set_stage("nonsense")  # type: ignore[arg-type]


def test_a_backend_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "from-environment")
    assert backend_class("groq")(model="m").api_key is None
    assert "os" not in vars(sys.modules["massgen.backend.base"])


def test_other_programs_find_the_state_under_massgens_names(echo: EchoBackend) -> None:
    echo.start_round_tracking(2, "enforcement")
    call = echo.start_api_call_timing("m")
    assert (echo._current_api_call, echo._api_call_index) == (call, 1)
    echo.end_api_call_timing()
    echo._update_token_usage_from_api_response({"prompt_tokens": 7, "completion_tokens": 1}, "m")
    echo._update_token_usage_from_api_response({"prompt_tokens": 5, "completion_tokens": 1}, "m")
    echo.end_round_tracking("vote")
    assert echo._last_call_input_tokens == 5
    assert echo._current_api_call is None
    assert [record.model for record in echo._api_call_history] == ["m"]
    assert [record.outcome for record in echo._round_token_history] == ["vote"]
    assert (echo._current_round_number, echo._current_round_type) == (2, "enforcement")
    echo.set_planning_mode(True)
    echo.set_planning_mode_blocked_tools({"f"})
    assert (echo._planning_mode_enabled, echo._planning_mode_blocked_tools) == (True, {"f"})
    assert echo.filesystem_manager is None
    echo.reset_token_usage()
    assert echo._last_call_input_tokens == 0


class Client:
    def __init__(self, error: Exception | None = None) -> None:
        self.closed, self.error = False, error

    async def aclose(self) -> None:
        self.closed = True
        if self.error:
            raise self.error


async def test_a_client_of_a_subclass_is_closed_whatever_it_says(echo: EchoBackend) -> None:
    for client in (Client(), Client(OSError("gone"))):
        await echo._cleanup_client(client)
        assert client.closed
    await echo._cleanup_client(object())
    await echo._cleanup_client(None)


GEMINI_CALL = {"functionCall": {"id": "g1", "name": "f", "args": {"a": 1}}}


def test_the_formatters_read_a_call_as_the_backend_does(echo: EchoBackend) -> None:
    for call in (*(call for call, *_ in CALLS), GEMINI_CALL):
        assert FormatterBase.extract_tool_name(call) == echo.extract_tool_name(call)
        assert FormatterBase.extract_tool_arguments(call) == echo.extract_tool_arguments(call)
        assert FormatterBase.extract_tool_call_id(call) == echo.extract_tool_call_id(call)
    assert echo.extract_tool_call_id(GEMINI_CALL) == "g1"
    assert echo.extract_tool_arguments(GEMINI_CALL) == {"a": 1}
