"""Token counts, prices, and the records of calls, tools and rounds."""

from massgen.token_manager.report import UsageReport, UsageRow, usage_report
from massgen.token_manager.token_manager import (
    APICallMetric,
    ModelPricing,
    PriceTier,
    RoundTokenUsage,
    TokenCostCalculator,
    TokenUsage,
    ToolExecutionMetric,
    Usage,
)

__all__ = [
    "APICallMetric",
    "ModelPricing",
    "PriceTier",
    "RoundTokenUsage",
    "TokenCostCalculator",
    "TokenUsage",
    "ToolExecutionMetric",
    "Usage",
    "UsageReport",
    "UsageRow",
    "usage_report",
]
