"""What a piece of backend code is mostly about, told by the names it uses."""

from __future__ import annotations

import re
from enum import StrEnum


class Concern(StrEnum):
    """Kinds of code that backends repeat. The first four are the rules MGD01 to MGD04 of the catalogue."""

    MCP = "MCP"
    BREAKER = "circuit breaker"
    TOOLS = "tool conversion"
    TOKENS = "token counting"
    RETRY = "retry"
    STREAM = "streaming"
    CALLS = "tool execution"
    FILES = "workspace"
    MESSAGES = "messages"
    OTHER = "other"


CODES = {Concern.MCP: "MGD01", Concern.BREAKER: "MGD02", Concern.TOOLS: "MGD03", Concern.TOKENS: "MGD04"}

# In the order in which a tie is decided: the most particular first. A breaker around an MCP client is a breaker's code.
_VOCABULARY: tuple[tuple[Concern, re.Pattern[str]], ...] = tuple(
    (concern, re.compile(words, re.IGNORECASE))
    for concern, words in (
        (Concern.BREAKER, r"circuit_?breaker|record_(?:failure|success)|should_skip_server"),
        (
            Concern.TOKENS,
            r"tiktoken|//\s*4\b|estimate\w*token|token_usage|calculate_cost|"
            r"(?:prompt|completion|input|output|cached|reasoning)_tokens|usage_metadata|cost_per",
        ),
        (
            Concern.TOOLS,
            r"""["']type["']\s*:\s*["']function["']|input_schema|["'](?:parameters|properties)["']|format_tools"""
            r"""|tool_schema|function_?declarations|["']type["']\s*:\s*["'](?:string|object|boolean|integer)["']""",
        ),
        (Concern.MCP, r"\bMCP\w*|mcp_\w+|\b_mcp_\w+"),
        (Concern.RETRY, r"\bretr(?:y|ies)\w*|\w*_retr(?:y|ies)\w*|backoff|\battempts?\b"),
        (Concern.STREAM, r"\w*StreamChunk\w*|\basync for\b|\byield\b|chunk_type|\bdelta\b"),
        (
            Concern.CALLS,
            r"\w*_calls?\b|call_ids?\b|\w*background_tool\w*|\btool_name\b|job_id|tool_config|\bjobs?\b|ToolExecution\w*"
            r"|tool_execution|_execute_\w*tool\w*|status_(?:called|response|error)|emoji|wait_started|interrupt_\w+",
        ),
        (
            Concern.FILES,
            r"filesystem_manager|docker\w*|\w*workspace\w*|\b_?cwd\b|\bPath\(|path_permission|managed_paths",
        ),
        (Concern.MESSAGES, r"""["']role["']|\bmessages\b"""),
    )
)


def concern_of(text: str) -> Concern:
    """What the lines of one copy are about: the concern whose words they use most often. A single word proves nothing
    but for the catalogue's own four, whose words are said nowhere else.
    """
    scores = [(len(words.findall(text)), concern) for concern, words in _VOCABULARY]
    told = [(count, concern) for count, concern in scores if count > (0 if concern in CODES else 1)]
    most = max((count for count, _ in told), default=0)
    return next((concern for count, concern in told if count == most), Concern.OTHER)
