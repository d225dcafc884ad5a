"""What backends used, as an object that renders as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from massgen.token_manager.money import usd
from massgen.token_manager.records import APICallMetric, TokenUsage

if TYPE_CHECKING:
    from rich.table import Table

Json = Any


class UsageRow(msgspec.Struct, frozen=True):
    """One model of one backend. `usage.estimated_cost` is None where a price is not known.

    `calls` are attempts on the network, `failed` those of them that gave no whole answer, `estimated` those whose
    counts are ours; times are milliseconds, the first token's an average over the calls that had one.
    """

    backend: str
    model: str
    usage: TokenUsage
    calls: int = 0
    failed: int = 0
    api_time_ms: float = 0.0
    first_token_ms: float | None = None

    def to_dict(self) -> dict[str, Json]:
        counts = self.usage.to_dict()
        counts["total_tokens"] = self.usage.input_tokens + self.usage.output_tokens
        own: dict[str, Json] = msgspec.structs.asdict(self)
        return {name: value for name, value in own.items() if name != "usage"} | counts


class UsageReport(msgspec.Struct, frozen=True):
    """One row for each model of each backend, and the rounds that were tracked. `rich.print` shows it as a table."""

    rows: tuple[UsageRow, ...] = ()
    rounds: tuple[dict[str, Json], ...] = ()

    @property
    def total(self) -> TokenUsage:
        """All rows together; its cost is None as soon as one price is not known."""
        total = TokenUsage()
        for row in self.rows:
            total.add(row.usage)
        return total

    def to_dict(self) -> dict[str, Json]:
        """Plain JSON types: `rows`, `total` and `rounds`."""
        whole = UsageRow("", "", self.total, sum(row.calls for row in self.rows), sum(row.failed for row in self.rows))
        sums = {name: value for name, value in whole.to_dict().items() if name not in _OF_A_ROW}
        return {"rows": [row.to_dict() for row in self.rows], "total": sums, "rounds": list(self.rounds)}

    def __rich__(self) -> Table:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD)
        for name in ("backend", "model"):
            table.add_column(name, overflow="fold")
        for name in _COLUMNS:
            table.add_column(name, justify="right")
        for row in self.rows:
            table.add_row(row.backend, row.model, *_cells(row))
        if len(self.rows) > 1:
            table.add_section()
            calls, failed = sum(row.calls for row in self.rows), sum(row.failed for row in self.rows)
            table.add_row("total", "", *_cells(UsageRow("", "", self.total, calls, failed)))
        return table


_OF_A_ROW = ("backend", "model", "api_time_ms", "first_token_ms")
_COLUMNS = ("calls", "input", "cached", "output", "thinking", "cost", "first token")


class Reporting(Protocol):
    """What has a report: every backend."""

    def usage_report(self) -> UsageReport: ...


def usage_report(backends: Iterable[Reporting]) -> UsageReport:
    """The reports of several backends as one, in the order given."""
    reports = [backend.usage_report() for backend in backends]
    rows = tuple(row for report in reports for row in report.rows)
    return UsageReport(rows, tuple(record for report in reports for record in report.rounds))


def report_of(
    backend: str,
    accounts: Mapping[str, TokenUsage],
    calls: Sequence[APICallMetric],
    rounds: Sequence[dict[str, Json]] = (),
) -> UsageReport:
    """The report of one backend: its accounts by model, its attempts, its rounds."""
    models = [*accounts, *(call.model for call in calls if call.model not in accounts)]
    rows = [
        _row(backend, model, accounts.get(model, TokenUsage()), [call for call in calls if call.model == model])
        for model in dict.fromkeys(models)
    ]
    return UsageReport(tuple(rows), tuple(rounds))


def _row(backend: str, model: str, usage: TokenUsage, calls: Sequence[APICallMetric]) -> UsageRow:
    waits = [call.time_to_first_token_ms for call in calls if call.time_to_first_token_ms]
    return UsageRow(
        backend,
        model,
        usage,
        len(calls),
        sum(not call.success for call in calls),
        sum(call.duration_ms for call in calls),
        sum(waits) / len(waits) if waits else None,
    )


def _cells(row: UsageRow) -> list[str]:
    """The figures of a row as the table shows them."""
    usage = row.usage
    cost = usd(usage.estimated_cost)
    if usage.estimated_cost is None and usage.known_cost:
        cost = f"over {usd(usage.known_cost)}"
    about = "about " if usage.estimated_calls else ""
    return [
        f"{row.calls}" + (f" ({row.failed} failed)" if row.failed else ""),
        f"{about}{usage.input_tokens:,}",
        f"{usage.cached_input_tokens:,}",
        f"{about}{usage.output_tokens:,}",
        f"{usage.reasoning_tokens:,}",
        cost,
        "" if row.first_token_ms is None else f"{row.first_token_ms / 1000:.2f} s",
    ]
