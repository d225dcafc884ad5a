"""Messages and tools in the shape of each wire."""

from massgen.formatter._chat_completions_formatter import ChatCompletionsFormatter
from massgen.formatter._claude_formatter import ClaudeFormatter
from massgen.formatter._converted import Converted
from massgen.formatter._formatter_base import FormatterBase
from massgen.formatter._gemini_formatter import GeminiFormatter
from massgen.formatter._gemini_interactions_formatter import InteractionsFormatter
from massgen.formatter._history_formatter import HistoryFormatter
from massgen.formatter._of_wire import is_message_of
from massgen.formatter._ollama_formatter import OllamaFormatter
from massgen.formatter._response_formatter import ResponseFormatter

__all__ = [
    "ChatCompletionsFormatter",
    "ClaudeFormatter",
    "Converted",
    "FormatterBase",
    "GeminiFormatter",
    "HistoryFormatter",
    "InteractionsFormatter",
    "OllamaFormatter",
    "ResponseFormatter",
    "is_message_of",
]
