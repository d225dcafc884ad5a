"""Errors that providers send in words, numbers and shapes of their own, and what their documents say of them.

What a speaker's `refuse` says is each provider's usual error of a class. These are the others: a class that only the
status, a number in quotes, a detail or a sentence tells. Sources: the vendors' API references under "Errors", their
SDKs, and recorded refusals; each table names its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from massgen_conformance.plan import Reply
from massgen_conformance.speakers.base import JSON, Headers, compact, json_reply
from massgen_conformance.speakers.sse import Framing

EVENT_STREAM = (("content-type", "text/event-stream"),)
JSON_LINES = (("content-type", "application/x-ndjson"),)
NAMED_EVENTS = frozenset({"anthropic_messages", "openai_responses", "gemini_interactions"})


@dataclass(frozen=True, slots=True)
class Documented:
    """One error: `status` of its answer (None: it comes inside a stream), `body` as JSON, or a page as text.

    `kinds` are the classes that describe it; `retryable` is whether asking again can help, None where opinions differ.
    """

    status: int | None
    body: JSON
    kinds: tuple[str, ...]
    retryable: bool | None
    headers: Headers = ()

    def reply(self, wire: str) -> Reply:
        """The answer as it is sent on this wire."""
        if self.status is None:
            return self._inside(wire)
        if isinstance(self.body, str):
            page = (("content-type", "text/html"), *self.headers)
            return Reply((self.body.encode(),) if self.body else (), self.status, page, cuts=(), sized=True)
        return json_reply(self.status, self.body, self.headers)

    def _inside(self, wire: str) -> Reply:
        if wire == "ollama_chat":
            return Reply((f"{compact(self.body)}\n".encode(),), headers=JSON_LINES)
        return Reply((Framing().event(self.body, "error" if wire in NAMED_EVENTS else ""),), headers=EVENT_STREAM)


Errors = Mapping[str, Documented]


def _page(title: str) -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


GATEWAY: Final[Errors] = {
    "a page with 404": Documented(404, _page("404 Not Found"), ("not_found",), False),
    "a page with 405": Documented(405, _page("405 Not Allowed"), ("bad_request", "not_found"), False),
    "a page with 408": Documented(408, _page("408 Request Time-out"), ("timeout",), True),
    "a page with 413": Documented(413, _page("413 Content Too Large"), ("bad_request", "context_length"), False),
    "a page with 502": Documented(502, _page("502 Bad Gateway"), ("server", "overloaded", "connection"), True),
    "nothing with 503": Documented(503, "", ("overloaded", "server"), True),
    "a page with 504": Documented(504, _page("504 Gateway Time-out"), ("timeout", "server"), True),
}
"""What stands in front of any server says it with a status and a page of its own. RFC 9110 section 15."""


def _openai(message: str, type_: str | None = "invalid_request_error", code: str | None = None) -> JSON:
    return {"error": {"message": message, "type": type_, "param": None, "code": code}}


_TOO_LARGE = "Request too large for gpt-5.4 on tokens per min (TPM): Limit 30000, Requested 40000."
_TOO_MUCH = ("bad_request", "context_length", "rate_limit")
OPENAI: Final[Errors] = {
    "the region": Documented(
        403, _openai("Country not supported.", "request_forbidden", "unsupported_country_region_territory"),
        ("permission",), False,
    ),
    "a conflict": Documented(409, _openai("The resource was updated.", None), ("server", "rate_limit"), True),
    "the money is used up": Documented(
        429, _openai("You exceeded your current quota.", "insufficient_quota", "insufficient_quota"), ("quota",), False
    ),
    "one request above the budget of a minute": Documented(
        429, _openai(_TOO_LARGE, "tokens", "rate_limit_exceeded"), _TOO_MUCH, False
    ),
    "its rules": Documented(
        400, _openai("Your request was rejected.", code="content_policy_violation"), ("content_filter",), False
    ),
}  # fmt: skip
"""https://platform.openai.com/docs/guides/error-codes; the openai SDK asks again after 408, 409, 429 and 5xx."""

COMPATIBLE: Final[Errors] = {
    **OPENAI,
    "a sentence in the stream": Documented(None, _openai("The engine stopped.", None), ("server", "overloaded"), True),
}


def _anthropic(type_: str, message: str, code: str = "") -> JSON:
    details = {"details": {"error_code": code}} if code else {}
    return {"type": "error", "error": {"type": type_, "message": message, **details}, "request_id": "req_011C"}


ANTHROPIC: Final[Errors] = {
    "an unpaid bill": Documented(402, _anthropic("billing_error", "Payment is due."), ("quota",), False),
    "a conflict": Documented(409, _anthropic("conflict_error", "It was changed."), ("server", "rate_limit"), True),
    "its size": Documented(
        413, _anthropic("request_too_large", "Larger than 32 MB."), ("bad_request", "context_length"), False
    ),
    "the limit of spending": Documented(
        429, _anthropic("rate_limit_error", "Limit reached.", "contract_spend_limit_reached"), ("quota",), False
    ),
    "no room for the answer": Documented(
        400,
        _anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 190000 + 20000"),
        ("context_length",),
        False,
    ),
    "a request that is blamed in the stream": Documented(
        None, _anthropic("invalid_request_error", "A block is empty."), ("bad_request",), False
    ),
}
"""https://platform.claude.com/docs/en/api/errors"""


def _google(code: int, status: str, message: str, *details: JSON) -> JSON:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


_BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
_PER_DAY = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
}
_RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48s"}
_QUOTA = "You exceeded your current quota."
GEMINI: Final[Errors] = {
    "the key, in a detail": Documented(
        400, _google(400, "INVALID_ARGUMENT", "Please pass a valid one.", _BAD_KEY), ("auth",), False
    ),
    "the key, in a sentence": Documented(
        400, _google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), ("auth",), False
    ),
    "the quota of a day": Documented(
        429, _google(429, "RESOURCE_EXHAUSTED", _QUOTA, _PER_DAY, _RETRY), ("quota", "rate_limit"), False
    ),
    "the quota of a minute": Documented(
        429, _google(429, "RESOURCE_EXHAUSTED", _QUOTA, _RETRY), ("rate_limit",), True
    ),
    "an error in a list": Documented(429, [_google(429, "RESOURCE_EXHAUSTED", _QUOTA)], ("rate_limit",), True),
    "the deadline": Documented(504, _google(504, "DEADLINE_EXCEEDED", "Too slow."), ("timeout", "server"), True),
}  # fmt: skip
"""https://ai.google.dev/gemini-api/docs/troubleshooting, google.rpc.Code; in a list where a stream is a JSON array."""

INTERACTIONS: Final[Errors] = {
    "the quota of a day": Documented(
        429, {"error": {"code": "quota_exceeded", "message": "Tomorrow."}}, ("quota", "rate_limit"), False
    ),
}
"""https://ai.google.dev/api/interactions-api"""

AZURE: Final[Errors] = {
    "the key, as the gateway says it": Documented(
        401, {"statusCode": 401, "message": "Access denied due to invalid subscription key."}, ("auth",), False
    ),
    "the key, as a number in quotes": Documented(401, _openai("Access denied.", None, "401"), ("auth",), False),
    "another version": Documented(404, _openai("Resource not found", None, "404"), ("not_found",), False),
    "a rate, as a word": Documented(
        429, {"error": {"code": "RateLimitReached", "message": "Exceeded.", "details": "Exceeded."}},
        ("rate_limit",), True,
    ),
    "a rate in the stream, as a number in quotes": Documented(
        None, _openai("Exceeded.", None, "429"), ("rate_limit",), True
    ),
}  # fmt: skip
"""https://learn.microsoft.com/azure/ai-foundry/openai/reference"""


def _router(code: int, message: str, **more: JSON) -> JSON:
    return {"error": {"code": code, "message": message, **more}, "user_id": "user_2a"}


OPENROUTER: Final[Errors] = {
    "credits": Documented(402, _router(402, "Insufficient credits."), ("quota",), False),
    "a timeout": Documented(408, _router(408, "Your request timed out."), ("timeout",), True),
    "a rate behind 200": Documented(200, _router(429, "Provider returned error"), ("rate_limit",), True),
    "an overload": Documented(529, _router(529, "Provider returned error"), ("overloaded", "server"), True),
    "a bad gateway in the stream": Documented(None, _router(502, "Provider returned error"), ("server",), True),
    "a context that is too long, in its metadata": Documented(
        400, _router(400, "Refused.", metadata={"error_type": "context_length_exceeded"}), ("context_length",), False
    ),
}
"""https://openrouter.ai/docs/api-reference/errors"""

XAI: Final[Errors] = {
    "no credits": Documented(
        403, {"code": "permission-denied", "error": "Your team has used all available credits."}, ("quota",), False
    ),
    "its rules": Documented(
        403, {"code": "permission-denied", "error": "Content violates usage guidelines."}, ("content_filter",), False
    ),
    "a context that is too long": Documented(
        400,
        {"code": "invalid-argument", "error": "This model's maximum prompt length is 8192 but it has 9000 tokens."},
        ("context_length",),
        False,
    ),
}
"""https://docs.x.ai/docs/key-information/debugging, and what users of its API report"""

GROQ: Final[Errors] = {
    "one request above the budget of a minute": Documented(
        413, _openai(_TOO_LARGE, "tokens", "rate_limit_exceeded"), _TOO_MUCH, False
    ),
    "no capacity": Documented(498, _openai("Flex tier capacity exceeded.", None), ("overloaded", "rate_limit"), True),
    "a call that it could not read": Documented(
        400, _openai("Failed to call a function.", code="tool_use_failed"), ("bad_request", "malformed"), None
    ),
}
"""https://console.groq.com/docs/errors"""

MISTRAL: Final[Errors] = {
    "the key": Documented(401, {"detail": "Invalid API Key"}, ("auth",), False),
    "a message that is an object": Documented(
        422, {"object": "error", "message": {"detail": [{"msg": "extra_forbidden"}]}}, ("bad_request",), False
    ),
    "a context that is too long": Documented(
        400,
        {"object": "error", "message": "Prompt contains 9 tokens, too large for model with 8 maximum context length"},
        ("context_length",),
        False,
    ),
}
"""https://docs.mistral.ai/resources/error-glossary"""

NVIDIA: Final[Errors] = {
    "a queue": Documented(202, {}, ("overloaded", "timeout"), True, (("nvcf-reqid", "0a1b"),)),
    "credits": Documented(402, {"detail": "Account has no credits."}, ("quota",), False),
    "no access": Documented(
        403, {"status": 403, "title": "Forbidden", "detail": "Authorization failed"}, ("permission", "auth"), False
    ),
    "no such function": Documented(404, {"detail": "Function not found"}, ("not_found",), False),
}
"""https://docs.api.nvidia.com/cloud-functions/reference/status-codes"""

FIREWORKS: Final[Errors] = {
    "the account is suspended": Documented(
        412, {"error": {"object": "error", "message": "Account is suspended."}}, ("quota", "permission"), False
    ),
}
"""https://docs.fireworks.ai/guides/inference-error-codes"""

MOONSHOT: Final[Errors] = {
    "an overload, with the status of a rate": Documented(
        429, _openai("Try later.", "engine_overloaded_error"), ("overloaded", "rate_limit"), True
    ),
    "no balance": Documented(429, _openai("Suspended.", "exceeded_current_quota_error"), ("quota",), False),
}
"""https://platform.moonshot.ai/docs/api/errors"""

ZAI: Final[Errors] = {
    "no balance": Documented(429, {"error": {"code": "1113", "message": "Recharge."}}, ("quota",), False),
    "a plan that is used up": Documented(429, {"error": {"code": "1308", "message": "Used up."}}, ("quota",), False),
}
"""https://docs.z.ai/api-reference/api-code"""

QWEN: Final[Errors] = {
    "arrears": Documented(400, _openai("Access denied.", "Arrearage", "Arrearage"), ("quota",), False),
    "a filter in the stream": Documented(
        None, _openai("Inappropriate.", "data_inspection_failed", "data_inspection_failed"), ("content_filter",), False
    ),
}
"""https://www.alibabacloud.com/help/en/model-studio/error-code"""

CEREBRAS: Final[Errors] = {
    "a rate in the stream, with its status beside it": Documented(
        None, {"error": {"message": "Too many."}, "status_code": 429}, ("rate_limit",), True
    ),
}
"""The types of the cerebras-cloud-sdk; https://inference-docs.cerebras.ai/support/error"""

DEEPSEEK: Final[Errors] = {
    "the balance": Documented(402, _openai("Insufficient Balance", "unknown_error"), ("quota",), False)
}
"""https://api-docs.deepseek.com/quick_start/error_codes"""

OLLAMA: Final[Errors] = {
    "a model that is not there": Documented(
        404, {"error": "model 'x' not found, try pulling it first"}, ("not_found",), False
    ),
    "a sentence in the stream": Documented(
        None, {"error": "llama runner process has terminated"}, ("server", "overloaded"), True
    ),
}
"""https://docs.ollama.com/api/errors"""

OLLAMA_CHAT: Final[Errors] = {
    "the key": Documented(401, _openai("unauthorized", "api_error"), ("auth",), False),
}
"""Its server calls whatever it has no word for an `api_error`: `openai.NewError` in ollama's openai/openai.go."""

LLAMA_CPP: Final[Errors] = {
    "a context that is too long": Documented(
        400,
        {"error": {"code": 400, "message": "request (9) exceeds the available context size (8)", "n_ctx": 8,
                   "type": "exceed_context_size_error"}},
        ("context_length",),
        False,
    ),
}  # fmt: skip
"""LM Studio runs it; recorded."""

OF_PROVIDER: Final[Mapping[str, Errors]] = {
    "azure_openai": AZURE,
    "cerebras": CEREBRAS,
    "deepseek": DEEPSEEK,
    "fireworks": FIREWORKS,
    "grok": XAI,
    "grok-chat": XAI,
    "groq": GROQ,
    "lmstudio": LLAMA_CPP,
    "mistral": MISTRAL,
    "moonshot": MOONSHOT,
    "nvidia_nim": NVIDIA,
    "ollama-chat": OLLAMA_CHAT,
    "openrouter": OPENROUTER,
    "qwen": QWEN,
    "zai": ZAI,
}
OF_WIRE: Final[Mapping[str, Errors]] = {
    "openai_chat": COMPATIBLE,
    "openai_responses": OPENAI,
    "anthropic_messages": ANTHROPIC,
    "gemini_generate": GEMINI,
    "gemini_interactions": INTERACTIONS,
    "ollama_chat": OLLAMA,
}


def documented(provider: str, wire: str) -> Errors:
    """What a provider is known to send: its own table, else its wire's, and what stands in front of any server."""
    return {**OF_PROVIDER.get(provider, OF_WIRE.get(wire, {})), **GATEWAY}
