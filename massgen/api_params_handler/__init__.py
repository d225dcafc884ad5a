"""The JSON body of a request on each wire."""

from massgen.api_params_handler._api_params_handler_base import APIParamsHandlerBase
from massgen.api_params_handler._body import encode_body
from massgen.api_params_handler._chat_completions_api_params_handler import ChatCompletionsAPIParamsHandler
from massgen.api_params_handler._claude_api_params_handler import ClaudeAPIParamsHandler
from massgen.api_params_handler._gemini_api_params_handler import GeminiAPIParamsHandler
from massgen.api_params_handler._gemini_interactions_api_params_handler import InteractionsAPIParamsHandler
from massgen.api_params_handler._ollama_api_params_handler import OllamaAPIParamsHandler
from massgen.api_params_handler._response_api_params_handler import ResponseAPIParamsHandler

__all__ = [
    "APIParamsHandlerBase",
    "ChatCompletionsAPIParamsHandler",
    "ClaudeAPIParamsHandler",
    "GeminiAPIParamsHandler",
    "InteractionsAPIParamsHandler",
    "OllamaAPIParamsHandler",
    "ResponseAPIParamsHandler",
    "encode_body",
]
