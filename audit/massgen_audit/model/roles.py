"""What kind of thing a backend class is: decided by its linearisation and by what its request path calls."""

from __future__ import annotations

from enum import StrEnum

from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.reach import CallSite
from massgen_audit.model.repo import ROOT_CLASS, STREAM, RepoModel


class Role(StrEnum):
    ADAPTER = "adapter"  # hands everything to an external framework
    RESPONSE = "response"  # OpenAI Responses API
    CHAT = "chat"  # Chat-Completions compatible
    CUSTOM_API = "custom-api"  # an HTTP API of its own shape
    WRAPPER = "wrapper"  # an SDK or CLI that is an agent itself


_BY_BASE = (
    ("ExternalAgentBackend", Role.ADAPTER),
    ("ResponseBackend", Role.RESPONSE),
    ("ChatCompletionsBackend", Role.CHAT),
    ("CustomToolAndMCPBackend", Role.CUSTOM_API),
)
# Clients that send one model request over HTTP; an agent SDK is not among them.
_HTTP_CLIENTS = frozenset(
    """
    OpenAI AsyncOpenAI AzureOpenAI AsyncAzureOpenAI Anthropic AsyncAnthropic Groq AsyncGroq Mistral Cohere
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
_CHAT_CALL = "chat.completions.create"


def role_of(model: RepoModel, info: ClassInfo) -> Role:
    for base, role in _BY_BASE:
        if model.classes.inherits(info, base):
            return role
    return Role.CUSTOM_API if _uses_handler(model, info) else Role.WRAPPER


def _uses_handler(model: RepoModel, info: ClassInfo) -> bool:
    """Whether the request path asks a params handler, whichever class above holds that path."""
    return any(
        call.chain.startswith("self.api_params_handler.")
        for reached in model.reach.from_method(info, STREAM)
        for call in reached.function.calls
    )


def is_shared(model: RepoModel, info: ClassInfo) -> bool:
    """Whether a class is the framework's: the root, a class under it that no type could be served by, or a mixin."""
    if info.name == ROOT_CLASS or not model.classes.inherits(info, ROOT_CLASS):
        return True
    return bool(model.classes.abstract_methods(info))


def http_call(model: RepoModel, info: ClassInfo) -> CallSite | None:
    """Where the request path makes an HTTP client of a model API."""
    return next(iter(model.reach.calls(info, STREAM, *_HTTP_CLIENTS)), None)


def chat_call(model: RepoModel, info: ClassInfo) -> CallSite | None:
    """Where the request path speaks Chat Completions."""
    for reached in model.reach.from_method(info, STREAM):
        for call in reached.function.calls:
            if call.chain.endswith(_CHAT_CALL):
                return CallSite(reached, call)
    return None
