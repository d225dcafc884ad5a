"""`LLMBackend`: what every backend is, whatever it talks to.

A backend streams an answer (`stream_with_tools`) and keeps the account of it: tokens, timing, rounds. The accounts are
objects of their own (`_ledger`, `_timing`, `_rounds`); this class is their face.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Any, ClassVar, Self

from massgen.backend._excluded_params import EXCLUDED_PARAMS
from massgen.backend._ledger import UsageLedger
from massgen.backend._planning import PlanningMode
from massgen.backend._rounds import RoundTracker
from massgen.backend._timing import CallTimer
from massgen.backend._tool_calls import ToolCallMethods
from massgen.backend.capabilities import BackendCapabilities, get_capabilities, get_capabilities_by_url
from massgen.backend.stream_chunk import StreamChunk
from massgen.token_manager.dialects import read_usage
from massgen.token_manager.records import APICallMetric, RoundTokenUsage, TokenUsage
from massgen.token_manager.report import UsageReport, report_of
from massgen.token_manager.token_manager import TokenCostCalculator
from massgen.token_manager.usage import Usage

Json = Any


class FilesystemSupport(StrEnum):
    """Where an agent's file tools come from."""

    NONE = "none"
    NATIVE = "native"
    MCP = "mcp"


class CoordinationStage(StrEnum):
    """What the orchestrator is asking for."""

    INITIAL_ANSWER = "initial_answer"
    ENFORCEMENT = "enforcement"
    PRESENTATION = "presentation"


class LLMBackend(ToolCallMethods, ABC):
    """One provider, one configuration, any number of answers.

    `api_key` and every keyword but `instance_id` make up `config`. Nothing is read from the environment here; the
    factory does that. A backend is an async context manager and closes its connections on the way out.
    """

    backend_type: ClassVar[str] = ""
    formatter: Any = None
    api_params_handler: Any = None

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        self.api_key = api_key
        self._instance_id: str | None = kwargs.pop("instance_id", None)
        self.config: dict[str, Any] = kwargs
        self.coordination_stage: CoordinationStage | None = None
        self.filesystem_manager: Any = None
        self._last_call_input_tokens = 0  # of the attempt that was counted last
        self._clock: Callable[[], float] = time.monotonic
        self._current_agent_id: str = str(kwargs.get("agent_id") or "")
        self._ledger = UsageLedger(TokenCostCalculator())
        self._timer = CallTimer()
        self._rounds = RoundTracker(self._ledger, self._timer)
        self._planning = PlanningMode()

    def __repr__(self) -> str:
        key = "with key" if self.api_key else "no key"
        return f"<{type(self).__name__} {self.config.get('model') or '(default model)'}, {key}>"

    @abstractmethod
    def stream_with_tools(
        self, messages: list[Json], tools: list[Json] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        """Stream one answer to `messages`, under the chunk contract.

        `tools` are those the caller runs itself; `kwargs` carry `model`, `agent_id`, `session_id` and any parameter of
        the provider's, and win over `config`.
        """

    @abstractmethod
    def get_provider_name(self) -> str:
        """The provider's name for people; also the key under which its prices are looked up."""

    @property
    def capabilities(self) -> BackendCapabilities:
        """The registry's row of this backend's type. Raises `KeyError` for a class without one."""
        row = get_capabilities(self.backend_type)
        if row is None:
            raise KeyError(f"{type(self).__name__}: no registry row for backend_type {self.backend_type!r}")
        return row

    def get_filesystem_support(self) -> FilesystemSupport:
        """As the registry says; NONE for a class without a row."""
        row = get_capabilities(self.backend_type)
        return FilesystemSupport(row.filesystem_support) if row else FilesystemSupport.NONE

    def get_supported_builtin_tools(self) -> list[str]:
        """The provider's own tools that this backend can switch on."""
        row = get_capabilities(self.backend_type)
        return list(row.builtin_tools) if row else []

    @classmethod
    def get_base_excluded_config_params(cls) -> set[str]:
        """Names of configuration that never go to a provider."""
        return set(EXCLUDED_PARAMS)

    # Lifetime. A stateless backend has nothing to forget; the three are coroutines in every class, so that
    # `await backend.clear_history()` works without asking.

    def is_stateful(self) -> bool:
        """True: the backend remembers the conversation, and the caller sends only what is new."""
        return False

    async def clear_history(self) -> None:
        """Forget the conversation, keep the session."""

    async def reset_state(self) -> None:
        """Forget everything."""

    async def aclose(self) -> None:
        """Close the connections; the backend may be used again and then opens others."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def token_calculator(self) -> TokenCostCalculator:
        return self._ledger.calculator

    @token_calculator.setter
    def token_calculator(self, calculator: TokenCostCalculator) -> None:
        """Use another calculator, for example one with prices of the caller's own."""
        self._ledger.calculator = calculator

    @property
    def token_usage(self) -> TokenUsage:
        """Everything since the last reset. Reading it prices what came since the last reading."""
        return self._ledger.usage

    def get_token_usage(self) -> TokenUsage:
        return self._ledger.usage

    def usage_report(self) -> UsageReport:
        """What was used so far, by model, with calls and rounds: `to_dict()` for JSON, `rich.print` for a table.

        `massgen.token_manager.report.usage_report` joins those of several backends.
        """
        return report_of(
            self.get_provider_name(), self._ledger.by_model, self._timer.finished, self.get_round_token_history()
        )

    def reset_token_usage(self) -> None:
        self._ledger.reset()
        self._last_call_input_tokens = 0

    def finalize_token_tracking(self) -> None:
        """Account for a stream that was interrupted: done already, because every attempt is counted on its way out."""

    @property
    def price_provider(self) -> str:
        """Whose prices apply: the registry row of the host in `base_url` where it has one, else the provider's."""
        row = get_capabilities_by_url(self.config.get("base_url"))
        return row.provider_name if row else self.get_provider_name()

    def priced_as(self, model: str) -> str:
        """The model under whose name the price of `model` is looked up; "" where nobody knows it."""
        return model

    def estimate_tokens(self, text: str | Sequence[Mapping[str, Json]], method: str = "auto") -> int:
        """An estimate, counted without a network; see `TokenCostCalculator.estimate_tokens`."""
        return self.token_calculator.estimate_tokens(text, method)

    def calculate_cost(self, input_tokens: int, output_tokens: int, model: str) -> float | None:
        """USD, or None where the price is not known."""
        named = self.priced_as(model)
        return self.token_calculator.calculate_cost(input_tokens, output_tokens, self.price_provider, named)

    def update_token_usage(self, messages: list[Json], response_content: str, model: str) -> TokenUsage:
        """Account for one attempt by estimate."""
        self._estimate_token_usage(messages, response_content, model)
        return self.token_usage

    def _update_token_usage_from_api_response(self, usage: Json, model: str) -> None:
        """Account for one attempt by the provider's counts: a `Usage`, or a usage object of any vendor's shape.

        Called once an attempt, with its last snapshot. A cost in `usage` wins over a computed one.
        """
        if usage is not None:
            self._count(read_usage(usage), model)

    def _estimate_token_usage(self, messages: list[Json], response_content: str, model: str) -> None:
        """Account for one attempt whose counts the provider did not tell."""
        self._count(self.token_calculator.estimate_usage(messages, response_content), model)

    def _count(self, usage: Usage, model: str) -> None:
        self._ledger.add(usage, self.price_provider, model, self.priced_as(model))
        self._last_call_input_tokens = usage.prompt

    def format_cost(self, cost: float | None = None) -> str:
        """`cost` in USD, or the cost so far; `unknown` where a price is missing."""
        return self.token_calculator.format_cost(self.token_usage.estimated_cost if cost is None else cost)

    def format_usage_summary(self, usage: TokenUsage | None = None) -> str:
        return self.token_calculator.format_usage_summary(usage or self.token_usage)

    def set_current_agent_id(self, agent_id: str) -> None:
        self._current_agent_id = agent_id

    def start_api_call_timing(self, model: str, agent_id: str | None = None) -> APICallMetric:
        """Right before the request of an attempt goes out. The returned metric names the attempt in the calls below,
        which matters where several run at once. `agent_id`: whose attempt it is, else the current agent's.
        """
        agent, provider = agent_id or self._current_agent_id, self.get_provider_name()
        return self._timer.start(agent, self._rounds.number, provider, model, self._clock())

    def record_first_token(self, call: APICallMetric | None = None) -> None:
        """At the first byte of the model's output; later calls change nothing. `call`: the attempt, else the latest."""
        self._timer.first_token(call, self._clock)

    def end_api_call_timing(
        self, success: bool = True, error: str | None = None, call: APICallMetric | None = None
    ) -> None:
        """On every way out of an attempt, cancellation included; a second call changes nothing."""
        self._timer.end(call, self._clock(), success, error)

    def get_api_call_history(self) -> list[APICallMetric]:
        """One record for each attempt that has ended, in the order of their ends."""
        return list(self._timer.finished)

    def reset_api_call_tracking_for_round(self) -> None:
        self._timer.reset_round()

    def start_round_tracking(self, round_number: int, round_type: str, agent_id: str = "") -> None:
        """`round_type` is one of `CoordinationStage`'s words."""
        self._rounds.start(round_number, round_type, agent_id or self._current_agent_id, self._clock())

    def end_round_tracking(self, outcome: str) -> RoundTokenUsage | None:
        """`outcome` is `answer`, `vote`, `restarted`, `timeout` or `error`. None where no round was started."""
        return self._rounds.end(outcome, self._clock(), self._context_window())

    def get_round_token_history(self) -> list[dict[str, Json]]:
        return [record.to_dict() for record in self._rounds.history]

    def get_current_round_number(self) -> int:
        return self._rounds.number

    def get_current_round_type(self) -> str:
        return self._rounds.kind

    def _context_window(self) -> int | None:
        model = self.priced_as(self.config.get("model") or "")
        pricing = self.token_calculator.get_model_pricing(self.price_provider, model) if model else None
        return pricing.context_window if pricing else None

    def filter_enforcement_tool_calls(
        self, tool_calls: list[dict[str, Json]], unknown_tool_calls: list[dict[str, Json]]
    ) -> list[dict[str, Json]]:
        """Which of `unknown_tool_calls` the orchestrator must answer; all of them here."""
        return unknown_tool_calls

    def set_planning_mode(self, enabled: bool) -> None:
        self._planning.enabled = enabled

    def is_planning_mode_enabled(self) -> bool:
        return self._planning.enabled

    def set_planning_mode_blocked_tools(self, tool_names: set[str]) -> None:
        """The tools that planning mode blocks; an empty set blocks all of them."""
        self._planning.block(tool_names)

    def get_planning_mode_blocked_tools(self) -> set[str]:
        return set(self._planning.blocked)

    def is_mcp_tool_blocked(self, tool_name: str) -> bool:
        return self._planning.blocks(tool_name)

    def set_stage(self, stage: CoordinationStage) -> None:
        self.coordination_stage = CoordinationStage(stage)

    async def _cleanup_client(self, client: Any) -> None:
        """Close an SDK's client that a subclass made; one that cannot be closed, or fails to, is let go."""
        if (close := getattr(client, "aclose", None)) is not None:
            with suppress(Exception):
                await close()

    # The state under the names by which MassGen's orchestrator and its reports read it.

    @property
    def _api_call_history(self) -> list[APICallMetric]:
        return self._timer.finished

    @property
    def _api_call_index(self) -> int:
        return self._timer.index

    @property
    def _current_api_call(self) -> APICallMetric | None:
        return self._timer.current

    @property
    def _round_token_history(self) -> list[RoundTokenUsage]:
        return self._rounds.history

    @property
    def _current_round_number(self) -> int:
        return self._rounds.number

    @property
    def _current_round_type(self) -> str:
        return self._rounds.kind

    @property
    def _planning_mode_enabled(self) -> bool:
        return self._planning.enabled

    @property
    def _planning_mode_blocked_tools(self) -> set[str]:
        return self._planning.blocked
