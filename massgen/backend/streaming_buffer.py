"""What the model has written so far, readable while it writes: for a restart, a compression, or somebody who watches.

Nothing is done for a delta of a running stream. The buffer knows the attempt that accumulates it, and joins its pieces
when it is read; when the attempt is over its text is put behind what was there before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from massgen.backend.execution_trace import ExecutionTrace

if TYPE_CHECKING:
    from massgen.wire.attempt import Attempt

Json = Any

FOLDER = Path("streaming_buffers")


class _Saving:
    enabled = False
    numbers = count(1)


def set_save_streaming_buffers(enabled: bool) -> None:
    """Whether every backend of the process writes its buffers into `streaming_buffers/` when a stream ends."""
    _Saving.enabled = enabled


def get_save_streaming_buffers() -> bool:
    return _Saving.enabled


class StreamingBufferMixin:
    """Stands before the main base of a backend.

    The buffer is that of one stream. Where several run on one backend at once, it is that of the one that began last.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_reasoning_block = False
        self._execution_trace: ExecutionTrace | None = None
        self._pieces: list[str] = []
        self._running: Attempt | None = None

    @property
    def _streaming_buffer(self) -> str:
        running = self._running
        return "".join([*self._pieces, *(_told(running) if running is not None else ())])

    def _get_streaming_buffer(self) -> str | None:
        """The whole buffer; None while it is empty."""
        return self._streaming_buffer or None

    def _clear_streaming_buffer(self, *, _compression_retry: bool = False, **kwargs: Any) -> None:
        """A stream begins. The retry of a compressed conversation goes on where the buffer stands; any other stream
        starts with an empty one, and with a fresh trace for `agent_id` (and `model`).
        """
        if _compression_retry:
            return
        self._pieces, self._running, self._in_reasoning_block = [], None, False
        self._init_execution_trace(str(kwargs.get("agent_id") or ""), str(kwargs.get("model") or ""))

    def _follow(self, attempt: Attempt) -> None:
        """Read along with an attempt from its beginning, until `_settle_streaming_buffer`."""
        self._running = attempt

    def _settle_streaming_buffer(self, attempt: Attempt) -> None:
        """The attempt is over: keep its text, and put it into the trace."""
        if self._running is not attempt:
            return  # another stream has begun since
        self._running = None
        self._in_reasoning_block = False
        self._pieces += _told(attempt)
        if (trace := self._execution_trace) is not None:
            if thinking := attempt.thinking:
                trace.reasoning(thinking)
            for call in attempt.calls:
                trace.tool_call(call.name, call.arguments)
            if attempt.text:
                trace.answer("", attempt.text)

    def _append_to_streaming_buffer(self, content: str) -> None:
        if content:
            self._in_reasoning_block = False
            self._pieces.append(content)

    def _append_reasoning_to_buffer(self, reasoning_text: str) -> None:
        """One header for a block of reasoning, however many pieces it comes in."""
        if reasoning_text:
            if not self._in_reasoning_block:
                self._pieces.append("\n[Reasoning]\n")
            self._in_reasoning_block = True
            self._pieces.append(reasoning_text)

    def _append_tool_call_to_buffer(self, tool_calls: Sequence[dict[str, Json]]) -> None:
        """Calls in Chat-Completions shape."""
        for call in tool_calls:
            function = call.get("function") or call
            self._append_to_streaming_buffer(_call_line(str(function.get("name")), function.get("arguments")))

    def _append_tool_to_buffer(self, tool_name: str, result_text: str, is_error: bool = False) -> None:
        """What a tool gave back."""
        self._append_to_streaming_buffer(f"\n[Tool{' Error' if is_error else ''}: {tool_name}]\n{result_text}\n")
        self._add_tool_result_to_trace(tool_name, result_text, is_error)

    def _finalize_streaming_buffer(self, agent_id: str | None = None) -> None:
        """A stream is over: save the buffer, where that is wanted."""
        if _Saving.enabled:
            self._save_streaming_buffer(agent_id)

    def _save_streaming_buffer(self, agent_id: str | None = None) -> Path | None:
        """Write the buffer into a file of its own; its path, or None where there is nothing to write."""
        text = self._streaming_buffer
        if not text:
            return None
        FOLDER.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now().strftime("%H%M%S")
        name = f"{agent_id or 'agent'}_{type(self).__name__}_{stamp}_{next(_Saving.numbers):03}"
        path = FOLDER / (re.sub(r"[^\w.-]", "-", name) + ".txt")
        path.write_text(text, encoding="utf-8", errors="replace")
        return path

    # The trace: the same for a reader, with headings.

    def _init_execution_trace(self, agent_id: str, model: str) -> None:
        self._execution_trace = ExecutionTrace(agent_id, model)

    def _get_execution_trace(self) -> ExecutionTrace | None:
        return self._execution_trace

    def _start_trace_round(self, round_num: int, answer_label: str) -> None:
        if self._execution_trace is not None:
            self._execution_trace.start_round(round_num, answer_label)

    def _add_tool_call_to_trace(self, name: str, args: Json) -> None:
        if self._execution_trace is not None:
            self._execution_trace.tool_call(name, args)

    def _add_tool_result_to_trace(self, name: str, result: str, is_error: bool = False) -> None:
        if self._execution_trace is not None:
            self._execution_trace.tool_result(name, result, is_error)

    def _add_reasoning_to_trace(self, content: str) -> None:
        if self._execution_trace is not None:
            self._execution_trace.reasoning(content)

    def _add_answer_to_trace(self, answer_label: str, content: str) -> None:
        if self._execution_trace is not None:
            self._execution_trace.answer(answer_label, content)

    def _add_vote_to_trace(
        self,
        voted_for_agent: str,
        voted_for_label: str | None,
        reason: str,
        available_options: Sequence[str] | None = None,
    ) -> None:
        if self._execution_trace is not None:
            self._execution_trace.vote(voted_for_agent, voted_for_label, reason, available_options)

    def _add_injected_context_to_trace(self, name: str, content: str) -> None:
        if self._execution_trace is not None:
            self._execution_trace.injected(name, content)

    def _save_execution_trace(self, snapshot_dir: Path) -> Path | None:
        """Write the trace into `snapshot_dir`; its path, or None where nothing has happened."""
        trace = self._execution_trace
        return None if trace is None or trace.is_empty else trace.save(Path(snapshot_dir))


def _told(attempt: Attempt) -> list[str]:
    """An attempt as the buffer shows it: thoughts, text, calls."""
    thinking = attempt.thinking
    calls = [_call_line(call.name, call.arguments) for call in attempt.calls]
    return [*(["\n[Reasoning]\n", thinking, "\n"] if thinking else ()), attempt.text, *calls]


def _call_line(name: str, arguments: Json) -> str:
    text = arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()
    return f"\n[Tool Call: {name}({text})]\n"
